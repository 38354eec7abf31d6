#include "recovery/probe_timeout.hpp"

#include <algorithm>

namespace rudp::recovery {

Duration probe_period(const RttEstimator& rtt, Duration max_ack_delay) {
  return rtt.smoothed_rtt() + std::max(4 * rtt.rttvar(), kGranularity) + max_ack_delay;
}

Duration thin_probe_period(const RttEstimator& rtt) {
  const Duration tenth = rtt.smoothed_rtt() / 10;
  return rtt.smoothed_rtt() + std::max({tenth, 4 * rtt.rttvar(), kGranularity});
}

Duration backed_off(Duration period, std::uint32_t doublings) {
  return period * (std::int64_t{1} << std::min(doublings, kBackoffDoublingsMax));
}

}  // namespace rudp::recovery
