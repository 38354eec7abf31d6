// A rate with a burst, in integers.
#pragma once

#include <algorithm>
#include <cstdint>

#include <rudp/types.hpp>

namespace rudp::endpoint {

/// Grants `per_second` things a second, `burst` at once after a rest.
class TokenBucket {
 public:
  TokenBucket(std::uint32_t per_second, std::uint32_t burst)
      : per_second_(per_second), burst_ns_(burst * kSecond), level_ns_(burst_ns_) {}

  /// Takes one if there is one.
  bool take(Instant now) {
    refill(now);
    if (per_second_ == 0 || level_ns_ < kSecond) return false;
    level_ns_ -= kSecond;
    return true;
  }

 private:
  // The level counts tokens in units of 1e-9, so that a nanosecond at one token a second is one unit.
  static constexpr std::uint64_t kSecond = 1'000'000'000;

  void refill(Instant now) {
    if (now <= filled_at_) return;
    const auto elapsed = std::min(static_cast<std::uint64_t>((now - filled_at_).count()), kSecond * 60);
    filled_at_ = now;
    level_ns_ = std::min(burst_ns_, level_ns_ + elapsed * per_second_);
  }

  std::uint64_t per_second_;
  std::uint64_t burst_ns_;
  std::uint64_t level_ns_;
  Instant filled_at_;
};

}  // namespace rudp::endpoint
