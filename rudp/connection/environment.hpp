// What the connections of one endpoint share.
#pragma once

#include <rudp/config.hpp>
#include <rudp/random.hpp>

#include "crypto/key_cache.hpp"
#include "crypto/reset_token.hpp"
#include "crypto/secret_slab.hpp"
#include "transfer/credit_budget.hpp"

namespace rudp::connection {

/// Owned by the endpoint; outlives its connections. Neither copied nor moved:
/// they keep a reference to it.
struct Environment {
  Environment(const EndpointConfig& endpoint_config, Random& endpoint_random)
      : config(endpoint_config),
        random(endpoint_random),
        keys(secrets),
        message_budget(endpoint_config.message_budget_bytes) {}
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const EndpointConfig& config;
  Random& random;
  /// Of endpoints that accept: makes the tokens of the ids that their connections give out.
  const crypto::ResetTokenKey* reset_key = nullptr;
  crypto::SecretSlab secrets;
  crypto::KeyCache keys;
  transfer::CreditBudget message_budget;
};

}  // namespace rudp::connection
