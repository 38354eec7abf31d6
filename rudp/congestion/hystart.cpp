#include "congestion/hystart.hpp"

#include <algorithm>

namespace rudp::congestion {

std::uint64_t Hystart::on_ack(PacketNumber largest_acked, std::uint64_t acked_bytes,
                              std::optional<Duration> rtt) {
  if (rounds_.on_ack(largest_acked)) begin_round();
  if (rtt) sample(*rtt);
  return phase_ == Phase::slow_start ? acked_bytes : acked_bytes / kHystartCssGrowthDivisor;
}

void Hystart::begin_round() {
  last_round_min_ = this_round_min_;
  this_round_min_.reset();
  samples_ = 0;
  // The partial round in which the conservative phase began counts too (RFC 9406 4.2).
  if (phase_ == Phase::conservative && ++css_rounds_ >= kHystartCssRounds) phase_ = Phase::done;
}

void Hystart::sample(Duration rtt) {
  this_round_min_ = std::min(this_round_min_.value_or(rtt), rtt);
  if (samples_ < kHystartRttSamples) ++samples_;
  if (samples_ < kHystartRttSamples) return;
  if (phase_ == Phase::slow_start) return check_rise();
  if (phase_ == Phase::conservative) check_fall();
}

void Hystart::check_rise() {
  if (!last_round_min_) return;
  const Duration threshold =
      std::clamp(*last_round_min_ / kHystartMinRttDivisor, kHystartMinRttThreshold, kHystartMaxRttThreshold);
  if (*this_round_min_ < *last_round_min_ + threshold) return;
  baseline_min_ = *this_round_min_;
  css_rounds_ = 0;
  phase_ = Phase::conservative;
}

// The rise was jitter: the round-trip time is below what it was when the phase began.
void Hystart::check_fall() {
  if (*this_round_min_ < baseline_min_) phase_ = Phase::slow_start;
}

void Hystart::restart() {
  phase_ = Phase::slow_start;
  last_round_min_.reset();
  this_round_min_.reset();
  samples_ = 0;
}

}  // namespace rudp::congestion
