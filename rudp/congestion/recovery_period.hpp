// One reduction a round trip: which losses belong to the reduction already made (RFC 9002 7.3.2).
#pragma once

#include "base/compact_optional.hpp"
#include "base/units.hpp"

namespace rudp::congestion {

/// Told by packet numbers rather than send times, so that a clock that jumps cannot cause two reductions.
class RecoveryPeriod {
 public:
  void on_packet_sent(PacketNumber number) { largest_sent_ = number; }
  /// Whether a packet was sent before the last reduction.
  bool covers(PacketNumber number) const { return entered_at_ && number <= *entered_at_; }
  PacketNumber largest_sent() const { return largest_sent_; }
  void enter() { entered_at_ = largest_sent_; }
  void clear() { entered_at_.reset(); }
  /// As it was when `earlier` was copied; what was sent since stays sent.
  void restore(const RecoveryPeriod& earlier) { entered_at_ = earlier.entered_at_; }

 private:
  PacketNumber largest_sent_ = 0;
  base::CompactOptional<PacketNumber> entered_at_;
};

}  // namespace rudp::congestion
