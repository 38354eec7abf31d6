// Round trips counted by packet numbers: no clock, so none that jumps can shorten one.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace rudp::congestion {

/// A round ends with the ack of a packet that was sent after the round began.
class RoundEnd {
 public:
  void on_packet_sent(PacketNumber number) { next_to_send_ = number + 1; }
  /// Whether this ack begins a new round.
  bool on_ack(PacketNumber largest_acked);

 private:
  PacketNumber next_to_send_ = 0;
  PacketNumber round_end_ = 0;
};

/// The same, for who asks how many there were.
class RoundCounter {
 public:
  void on_packet_sent(PacketNumber number) { end_.on_packet_sent(number); }
  bool on_ack(PacketNumber largest_acked) {
    const bool is_new = end_.on_ack(largest_acked);
    if (is_new) ++rounds_;
    return is_new;
  }
  std::uint64_t rounds() const { return rounds_; }

 private:
  RoundEnd end_;
  std::uint64_t rounds_ = 0;
};

}  // namespace rudp::congestion
