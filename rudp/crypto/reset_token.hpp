// The token of a stateless RESET: only the server that gave out a connection id can have made it.
#pragma once

#include <array>
#include <cstdint>

#include <rudp/identity.hpp>
#include <rudp/types.hpp>
#include "crypto/guarded_key.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kResetTokenBytes = 16;
using ResetToken = std::array<std::uint8_t, kResetTokenBytes>;

class ResetTokenKey {
 public:
  /// The key follows from the identity, so that a restarted server can reset
  /// the connections that it forgot, and from what tells the server from others that share its
  /// identity (EndpointConfig::reset_label). REQUIRES: identity holds a key.
  explicit ResetTokenKey(const Identity& identity, Bytes label = {});

  ResetToken make(Bytes server_cid) const;

 private:
  GuardedKey key_;
};

/// In constant time. An all-zero token, as one never set is, matches nothing.
bool is_reset_token(const ResetToken& expected, Bytes received);

}  // namespace rudp::crypto
