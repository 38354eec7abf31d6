// The cookie of a RETRY: proves that a client receives at the address it sends from, without any memory of
// it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <rudp/address.hpp>
#include <rudp/types.hpp>
#include "crypto/guarded_key.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kRetryTokenBytes = 32;
/// The secret changes this often. A token holds for the epoch that made it and
/// the next one, 60 to 120 s, which covers the 45 s of a connection attempt.
inline constexpr Duration kRetryTokenEpoch = std::chrono::seconds(60);

using RetryToken = std::array<std::uint8_t, kRetryTokenBytes>;

/// What a token is bound to.
struct RetryTokenSubject {
  const Address& client;  ///< address and port; IPv4-mapped counts as IPv4
  Bytes client_cid;
  std::uint32_t version = 0;
  std::string_view pattern;  ///< the Noise pattern that the INIT asked for
};

class RetryTokenKey {
 public:
  /// Draws a master key: cookies need not survive a restart.
  explicit RetryTokenKey(Random& random);

  /// `now` is the server's own clock; the token says nothing about it.
  RetryToken make(Instant now, const RetryTokenSubject& subject) const;
  /// In constant time for tokens of the right length.
  bool verify(Instant now, const RetryTokenSubject& subject, Bytes token) const;

 private:
  RetryToken make_for_epoch(std::int64_t epoch, const RetryTokenSubject& subject) const;
  GuardedKey master_;
};

}  // namespace rudp::crypto
