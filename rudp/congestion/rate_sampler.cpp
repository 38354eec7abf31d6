#include "congestion/rate_sampler.hpp"

#include <algorithm>

#include "congestion/integer_math.hpp"

namespace rudp::congestion {

RateSnapshot RateSampler::on_sent(Instant now, std::uint64_t bytes_in_flight) {
  if (bytes_in_flight == 0) {  // after silence a new interval begins: the silence is not the path's
    first_sent_at_ = now;
    delivered_at_ = now;
  }
  return {delivered_bytes_, delivered_at_, first_sent_at_, is_app_limited()};
}

std::optional<RateSample> RateSampler::on_acked(Instant now, std::uint64_t acked_bytes,
                                                const DeliveredPacket& newest, Duration min_rtt) {
  delivered_bytes_ += acked_bytes;
  delivered_at_ = now;
  if (delivered_bytes_ > app_limited_until_) app_limited_until_ = 0;
  first_sent_at_ = std::max(first_sent_at_, newest.sent_at);

  const Duration sending = newest.sent_at - newest.rate.first_sent_at;
  const Duration arriving = now - newest.rate.delivered_at;
  const Duration interval = std::max(sending, arriving);
  if (interval < min_rtt || interval <= Duration::zero()) return std::nullopt;
  const std::uint64_t delivered = delivered_bytes_ - newest.rate.delivered_bytes;
  const auto interval_ns = static_cast<std::uint64_t>(interval.count());
  return RateSample{mul_div(delivered, 1'000'000'000, interval_ns), newest.rate.app_limited};
}

void RateSampler::on_app_limited(std::uint64_t bytes_in_flight) {
  app_limited_until_ = std::max<std::uint64_t>(delivered_bytes_ + bytes_in_flight, 1);
}

}  // namespace rudp::congestion
