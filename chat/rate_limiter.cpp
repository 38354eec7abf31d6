#include "chat/rate_limiter.hpp"

namespace chat {

std::optional<rudp::Duration> Bucket::take(rudp::Instant now, const Rate& rate, std::uint32_t count) {
  const rudp::Instant begin = full_at_ < now ? now : full_at_;
  const rudp::Duration with_one_gone = begin + rate.interval - now;
  const rudp::Duration burst_span = rate.interval * rate.burst;
  if (with_one_gone > burst_span) return with_one_gone - burst_span;
  full_at_ = begin + rate.interval * count;
  return std::nullopt;
}

std::optional<rudp::Duration> RateLimiter::take(rudp::Instant now, const std::string& key) {
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) return found->second.take(now, rate_);
  if (buckets_.size() >= kKeysMax) forget_full(now);
  if (buckets_.size() >= kKeysMax) return shared_.take(now, rate_);
  return buckets_[key].take(now, rate_);
}

// A full bucket says nothing that a new one would not. Looking through all of
// them is worth it once per interval at most, or a flood would make us do it per request.
void RateLimiter::forget_full(rudp::Instant now) {
  if (now < forget_next_) return;
  forget_next_ = now + rate_.interval;
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    it = it->second.is_full(now) ? buckets_.erase(it) : std::next(it);
  }
}

std::string rate_key(const rudp::Address& address) {
  const std::size_t bytes = address.is_v4() ? 16 : 8;
  return {reinterpret_cast<const char*>(address.ip.data()), bytes};
}

}  // namespace chat
