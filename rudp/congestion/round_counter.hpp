// Round trips counted by packet numbers: no clock, so none that jumps can shorten one.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace rudp::congestion {

/// A round ends with the ack of a packet that was sent after the round began.
class RoundCounter {
 public:
  void on_packet_sent(PacketNumber number) { next_to_send_ = number + 1; }
  /// Whether this ack begins a new round.
  bool on_ack(PacketNumber largest_acked);

  std::uint64_t rounds() const { return rounds_; }

 private:
  PacketNumber next_to_send_ = 0;
  PacketNumber round_end_ = 0;
  std::uint64_t rounds_ = 0;
};

}  // namespace rudp::congestion
