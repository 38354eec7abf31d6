#include "congestion/new_reno.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "congestion/pacing_rate.hpp"

namespace rudp::congestion {
namespace {

constexpr std::uint64_t kNoThreshold = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kSlackDatagrams = 2;

}  // namespace

NewReno::NewReno(std::uint32_t max_datagram_bytes)
    : datagram_(max_datagram_bytes),
      window_(kInitialWindowDatagrams * max_datagram_bytes),
      threshold_(kNoThreshold) {
  RUDP_ASSERT(max_datagram_bytes > 0);
}

void NewReno::on_packet_sent(const SendSample& sample) {
  period_.on_packet_sent(sample.number);
  use_.on_packet_sent(sample.number, sample.bytes_in_flight);
}

void NewReno::on_ack(const AckSample& sample) {
  use_.on_ack(sample.largest_acked);
  if (period_.covers(sample.largest_acked)) return;
  if (!use_.is_full(window_, in_slow_start(), kSlackDatagrams * datagram_)) return;
  crowded_ = false;
  if (in_slow_start()) {
    window_ = std::min({window_ + sample.acked_bytes, threshold_, kMaximumWindowBytes});
    return;
  }
  // A datagram per window acked; what is left over is kept, so that small acks add up.
  acked_rest_ += sample.acked_bytes * datagram_;
  window_ = std::min(window_ + acked_rest_ / window_, kMaximumWindowBytes);
  acked_rest_ %= window_;
}

void NewReno::on_loss(const LossSample& sample) {
  if (period_.covers(sample.largest_lost)) {
    if (undo_) undo_->packets += sample.lost_packets;
    return;
  }
  undo_ = Undo{window_, threshold_, acked_rest_, period_, sample.lost_packets};
  halve();
}

void NewReno::on_ecn_ce(Instant, PacketNumber largest_acked) {
  if (period_.covers(largest_acked)) return;
  undo_.reset();  // a mark is no guess: nothing takes it back
  crowded_ = window_ == kMinimumWindowDatagrams * datagram_;
  halve();
}

void NewReno::halve() {
  window_ = std::max(window_ / 2, kMinimumWindowDatagrams * datagram_);
  threshold_ = window_;
  acked_rest_ = 0;
  period_.enter();
}

void NewReno::on_persistent_congestion(Instant) {
  window_ = kMinimumWindowDatagrams * datagram_;
  period_.clear();
}

void NewReno::on_spurious_loss(Instant, PacketNumber number, std::uint32_t) {
  if (!undo_ || number > undo_->period.largest_sent() || undo_->period.covers(number)) return;
  undo_->packets -= std::min(undo_->packets, 1u);
  if (undo_->packets > 0) return;
  period_.restore(undo_->period);
  window_ = std::max(window_, undo_->window);
  threshold_ = undo_->threshold;
  acked_rest_ = undo_->acked_rest;
  undo_.reset();
}

void NewReno::on_max_datagram(std::uint32_t bytes) {
  RUDP_ASSERT(bytes > 0);
  datagram_ = bytes;
  window_ = std::max(window_, kMinimumWindowDatagrams * datagram_);
}

std::uint64_t NewReno::pacing_rate(Duration smoothed_rtt) const {
  const std::uint64_t rate = window_rate(window_, smoothed_rtt, in_slow_start());
  return crowded_ ? std::max<std::uint64_t>(rate / kCrowdedRoundTrips, 1) : rate;
}

std::optional<std::uint64_t> NewReno::slow_start_threshold() const {
  return threshold_ == kNoThreshold ? std::nullopt : std::optional(threshold_);
}

}  // namespace rudp::congestion
