// Whether the window is what holds the sender back; growing it otherwise would be by mere assertion.
#pragma once

#include <cstdint>

#include "base/units.hpp"
#include "congestion/round_counter.hpp"

namespace rudp::congestion {

/// Looks at how much was in flight over the last two rounds, so that pacing and acks that come in bursts do
/// not look like an idle application (RFC 9002 7.8, RFC 7661).
class WindowUse {
 public:
  void on_packet_sent(PacketNumber number, std::uint64_t bytes_in_flight);
  void on_ack(PacketNumber largest_acked);
  /// A window that doubles within a round may reach twice what was in flight before.
  bool is_full(std::uint64_t window, bool doubling, std::uint64_t slack_bytes) const;

 private:
  RoundEnd rounds_;
  // In 32 bits: no window is larger than kMaximumWindowBytes.
  std::uint32_t peak_now_ = 0;
  std::uint32_t peak_before_ = 0;
};

}  // namespace rudp::congestion
