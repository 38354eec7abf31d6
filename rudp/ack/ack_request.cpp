#include "ack/ack_request.hpp"

#include <algorithm>

namespace rudp::ack {

std::optional<AckWish> AckRequest::next(Instant now, const FlowToAck& flow) {
  if (now < next_at_) return std::nullopt;
  const AckFrequency wish = wish_for(flow);
  const bool differs = wish.packets >= 2 * asked_.packets || 2 * wish.packets <= asked_.packets;
  if (!differs && !is_lost_) return std::nullopt;
  is_lost_ = false;
  asked_ = wish;
  next_at_ = now + flow.smoothed_rtt;
  return AckWish{next_sequence_++, wish};
}

AckFrequency AckRequest::wish_for(const FlowToAck& flow) const {
  const auto packets = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(flow.window_packets / kAcksPerWindow, kAckPacketsMax));
  if (flow.in_slow_start || packets <= unasked_.packets) return unasked_;
  const Duration delay = std::max(flow.smoothed_rtt / kAcksPerRoundTrip, delay_min_);
  return {.packets = packets, .max_delay = std::min(delay, unasked_.max_delay)};
}

}  // namespace rudp::ack
