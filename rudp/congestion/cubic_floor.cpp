#include "congestion/cubic_floor.hpp"

#include <algorithm>

namespace rudp::congestion {

void CubicFloor::on_packet_sent(const SendSample& sample) {
  floor_.on_packet_sent(sample.number);
  Cubic::on_packet_sent(sample);
}

void CubicFloor::on_ack(const AckSample& sample) {
  floor_.on_ack(sample, datagram());
  Cubic::on_ack(sample);
  if (in_slow_start() && floor_.bandwidth_is_flat()) leave_slow_start();
  const std::uint64_t floor = floor_.window_bytes();
  if (congestion_window() < floor && window_is_full(true)) {
    raise_window(std::min(sample.acked_bytes, floor - congestion_window()));
  }
}

void CubicFloor::on_loss(const LossSample& sample) {
  floor_.on_loss(sample.lost_bytes);
  Cubic::on_loss(sample);
}

std::uint64_t CubicFloor::window_after_loss() const {
  return std::max(Cubic::window_after_loss(), floor_.window_bytes());
}

// While the round-trip time says that no queue stands, a loss in slow start is the link's noise.
bool CubicFloor::ignores(const LossSample& sample) const {
  return in_slow_start() && sample.smoothed_rtt - sample.min_rtt < sample.min_rtt / 8;
}

void CubicFloor::on_ecn_ce(Instant now, PacketNumber largest_acked) {
  floor_.on_ecn_ce();
  Cubic::on_ecn_ce(now, largest_acked);
}

void CubicFloor::on_persistent_congestion(Instant now) {
  floor_.reset();
  Cubic::on_persistent_congestion(now);
}

void CubicFloor::on_spurious_loss(Instant now, PacketNumber number, std::uint32_t bytes) {
  floor_.on_spurious_loss(bytes);
  Cubic::on_spurious_loss(now, number, bytes);
}

}  // namespace rudp::congestion
