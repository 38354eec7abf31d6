// Token buckets by key, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include <rudp/address.hpp>
#include <rudp/types.hpp>

namespace chat {

/// `burst` at once, then one every `interval`.
struct Rate {
  rudp::Duration interval{};
  std::uint32_t burst = 1;
};

/// One bucket, held as the instant at which it will be full again (the generic
/// cell rate algorithm: one number instead of a level and a time).
class Bucket {
 public:
  /// Takes `count` where one is there, or says how long until one is. What was not there is owed: whatever
  /// weighs more than the burst passes too, and what is light does not pass it by for ever.
  std::optional<rudp::Duration> take(rudp::Instant now, const Rate& rate, std::uint32_t count = 1);
  bool is_full(rudp::Instant now) const { return full_at_ <= now; }

 private:
  rudp::Instant full_at_;
};

/// Buckets by key. At most kKeysMax of them: further keys share one bucket, so
/// that an attacker with many addresses slows strangers and nobody else.
class RateLimiter {
 public:
  static constexpr std::size_t kKeysMax = 16'384;  // about 2 MiB

  explicit RateLimiter(const Rate& rate) : rate_(rate) {}

  /// Takes one for `key`, or says how long until one is there.
  std::optional<rudp::Duration> take(rudp::Instant now, const std::string& key);
  /// What was taken for `key` was no abuse after all.
  void forgive(const std::string& key) { buckets_.erase(key); }
  std::size_t size() const { return buckets_.size(); }

 private:
  void forget_full(rudp::Instant now);

  Rate rate_;
  std::unordered_map<std::string, Bucket> buckets_;
  Bucket shared_;
  rudp::Instant forget_next_;
};

/// The part of an address that one household or host shares: IPv4 /32, IPv6 /64.
std::string rate_key(const rudp::Address& address);

}  // namespace chat
