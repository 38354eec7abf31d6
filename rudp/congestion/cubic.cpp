#include "congestion/cubic.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "congestion/pacing_rate.hpp"

namespace rudp::congestion {
namespace {

constexpr std::uint64_t kNoThreshold = std::numeric_limits<std::uint64_t>::max();
// How far below the window the peak in flight may stay for the window still to count as full.
constexpr std::uint64_t kSlackDatagrams = 2;

}  // namespace

Cubic::Cubic(std::uint32_t max_datagram_bytes)
    : datagram_(max_datagram_bytes),
      window_(kInitialWindowDatagrams * max_datagram_bytes),
      threshold_(kNoThreshold) {
  RUDP_ASSERT(max_datagram_bytes > 0);
}

void Cubic::on_packet_sent(const SendSample& sample) {
  period_.on_packet_sent(sample.number);
  hystart_.on_packet_sent(sample.number);
  use_.on_packet_sent(sample.number, sample.bytes_in_flight);
}

void Cubic::on_ack(const AckSample& sample) {
  use_.on_ack(sample.largest_acked);
  if (period_.covers(sample.largest_acked)) return;
  if (in_slow_start()) return grow_in_slow_start(sample);
  if (!window_is_full(false)) return curve_.on_unused(sample.now);
  raise_window(curve_.growth(sample.now, sample.smoothed_rtt, window_, sample.acked_bytes, datagram_));
}

void Cubic::grow_in_slow_start(const AckSample& sample) {
  const std::uint64_t growth = hystart_.on_ack(sample.largest_acked, sample.acked_bytes, sample.rtt_sample);
  if (window_is_full(true)) raise_window(std::min(growth, threshold_ - window_));
  if (hystart_.phase() == Hystart::Phase::done) leave_slow_start();
}

void Cubic::on_loss(const LossSample& sample) {
  if (ignores(sample)) {
    ignored_end_ = std::max(ignored_end_, sample.largest_lost + 1);
    return;
  }
  if (period_.covers(sample.largest_lost)) {
    if (undo_) undo_->packets += sample.lost_packets;
    return;
  }
  undo_ = Undo{window_, threshold_, curve_, period_, sample.lost_packets};
  reduce_to(window_after_loss());
}

std::uint64_t Cubic::window_after_loss() const { return window_ * kCubicBetaPercent / 100; }

void Cubic::on_ecn_ce(Instant, PacketNumber largest_acked) {
  if (period_.covers(largest_acked)) return;
  undo_.reset();  // a mark is no guess: nothing takes it back
  crowded_ = window_ == minimum_window();
  reduce_to(window_ * kCubicBetaEcnPercent / 100);
}

void Cubic::reduce_to(std::uint64_t window) {
  curve_.on_reduction(window_);
  window_ = std::clamp(window, minimum_window(), kMaximumWindowBytes);
  threshold_ = window_;
  period_.enter();
}

void Cubic::on_persistent_congestion(Instant) {
  window_ = minimum_window();
  curve_.reset();
  hystart_.restart();
  period_.clear();
}

void Cubic::on_spurious_loss(Instant, PacketNumber number, std::uint32_t) {
  if (!undo_ || number > undo_->period.largest_sent() || undo_->period.covers(number)) return;
  if (number < ignored_end_) return;
  undo_->packets -= std::min(undo_->packets, 1u);
  if (undo_->packets > 0) return;
  period_.restore(undo_->period);
  window_ = std::max(window_, undo_->window);
  crowded_ = false;
  threshold_ = undo_->threshold;
  curve_ = undo_->curve;
  undo_.reset();
}

void Cubic::on_max_datagram(std::uint32_t bytes) {
  RUDP_ASSERT(bytes > 0);
  datagram_ = bytes;
  window_ = std::max(window_, minimum_window());
}

std::uint64_t Cubic::pacing_rate(Duration smoothed_rtt) const {
  const std::uint64_t rate = window_rate(window_, smoothed_rtt, in_slow_start());
  return crowded_ ? std::max<std::uint64_t>(rate / kCrowdedRoundTrips, 1) : rate;
}

std::optional<std::uint64_t> Cubic::slow_start_threshold() const {
  return threshold_ == kNoThreshold ? std::nullopt : std::optional(threshold_);
}

bool Cubic::window_is_full(bool doubling) const {
  return use_.is_full(window_, doubling, kSlackDatagrams * datagram_);
}

void Cubic::raise_window(std::uint64_t bytes) {
  window_ = std::min(window_ + bytes, kMaximumWindowBytes);
  if (bytes > 0) crowded_ = false;
}

void Cubic::leave_slow_start() {
  threshold_ = window_;
  curve_.on_slow_start_end(window_);
}

}  // namespace rudp::congestion
