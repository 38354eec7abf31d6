#include "recovery/rtt_estimator.hpp"

#include <algorithm>
#include <chrono>

namespace rudp::recovery {

RttEstimator::RttEstimator(Duration initial)
    : latest_rtt_(std::clamp(initial, kRttMin, kRttMax)),
      min_rtt_(latest_rtt_),
      smoothed_rtt_(latest_rtt_),
      rttvar_(latest_rtt_ / 2) {}

void RttEstimator::on_sample(Instant now, Duration latest, Duration ack_delay, Duration max_ack_delay) {
  latest = std::clamp(latest, kRttMin, kRttMax);
  if (!has_sample()) return take_first(now, latest);
  latest_rtt_ = latest;
  min_rtt_ = std::min(min_rtt_, latest);
  // Two steps instead of std::clamp: a peer that announces a negative or tiny bound must not make min > max.
  ack_delay = std::max(std::min(ack_delay, max_ack_delay), Duration::zero());
  const Duration adjusted = latest - min_rtt_ >= ack_delay ? latest - ack_delay : latest;
  rttvar_ = (3 * rttvar_ + std::chrono::abs(smoothed_rtt_ - adjusted)) / 4;
  smoothed_rtt_ = (7 * smoothed_rtt_ + adjusted) / 8;
}

void RttEstimator::take_first(Instant now, Duration latest) {
  first_sample_at_ = now;
  latest_rtt_ = latest;
  min_rtt_ = latest;
  smoothed_rtt_ = latest;
  rttvar_ = latest / 2;
}

}  // namespace rudp::recovery
