// What the connections of one endpoint share and borrow.
#pragma once

#include <rudp/config.hpp>
#include <rudp/identity.hpp>
#include <rudp/random.hpp>

#include "crypto/secret_slab.hpp"
#include "message/credit_budget.hpp"

namespace rudp::connection {

/// Owned by the endpoint; outlives its connections.
struct Environment {
  const EndpointConfig& config;
  Random& random;
  crypto::SecretSlab& secrets;
  message::CreditBudget& message_budget;
};

}  // namespace rudp::connection
