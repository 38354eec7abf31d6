#include "congestion/window_use.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rudp::congestion {

void WindowUse::on_packet_sent(PacketNumber number, std::uint64_t bytes_in_flight) {
  rounds_.on_packet_sent(number);
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  peak_now_ = std::max(peak_now_, static_cast<std::uint32_t>(std::min(bytes_in_flight, most)));
}

void WindowUse::on_ack(PacketNumber largest_acked) {
  if (rounds_.on_ack(largest_acked)) peak_before_ = std::exchange(peak_now_, 0);
}

bool WindowUse::is_full(std::uint64_t window, bool doubling, std::uint64_t slack_bytes) const {
  const std::uint64_t peak = std::max(peak_now_, peak_before_);
  return doubling ? window < 2 * peak : window <= peak + slack_bytes;
}

}  // namespace rudp::congestion
