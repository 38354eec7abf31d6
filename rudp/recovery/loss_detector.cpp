#include "recovery/loss_detector.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::recovery {

Duration longest_rtt(const RttEstimator& rtt) { return std::max(rtt.latest_rtt(), rtt.smoothed_rtt()); }

Duration loss_delay(const RttEstimator& rtt, const LossThresholds& thresholds) {
  RUDP_ASSERT(thresholds.time_denominator > 0);
  return std::max(longest_rtt(rtt) * thresholds.time_numerator / thresholds.time_denominator, kGranularity);
}

LossVerdict judge(const Overtaken& packet, Instant now, Duration delay, const LossThresholds& thresholds) {
  if (packet.distance >= thresholds.packets) return {true, std::nullopt};
  const Instant lost_at = packet.sent_at + delay;
  if (lost_at <= now) return {true, std::nullopt};
  return {false, lost_at};
}

}  // namespace rudp::recovery
