#include "congestion/bandwidth_estimate.hpp"

#include <algorithm>
#include <utility>

namespace rudp::congestion {

void BandwidthEstimate::on_ack(PacketNumber largest_acked, const std::optional<RateSample>& rate) {
  const bool round_ends = rounds_.on_ack(largest_acked);
  // A sample that the application held down says only that the path carries at least as much.
  const bool counts = rate && (!rate->app_limited || rate->bytes_per_second > bytes_per_second());
  if (!counts) {
    // Nor is a round in which nothing else was seen a reason to forget what was.
    if (round_ends) ++span_began_;
    return;
  }
  if (rounds_.rounds() - span_began_ >= kEstimateRounds) {
    span_began_ = rounds_.rounds();
    before_ = std::exchange(now_, 0);
  }
  now_ = std::max(now_, rate->bytes_per_second);
}

}  // namespace rudp::congestion
