// How seldom the peer is asked to acknowledge (draft-ietf-quic-ack-frequency).
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "ack/received_packets.hpp"

namespace rudp::ack {

/// So many acks a window at least: each comes late by the packets that it waits for, and a window that is no
/// larger than the path needs would run dry meanwhile.
inline constexpr std::uint64_t kAcksPerWindow = 32;
/// Beyond this fewer acks save nothing that could be measured.
inline constexpr std::uint32_t kAckPacketsMax = 32;
/// And so many a round trip, however little comes.
inline constexpr int kAcksPerRoundTrip = 4;

/// What a sender knows of its flow.
struct FlowToAck {
  std::uint64_t window_packets = 0;
  bool in_slow_start = true;  ///< which lives on many samples of the round trip
  Duration smoothed_rtt{0};
};

struct AckWish {
  std::uint64_t sequence = 0;
  AckFrequency frequency;
};

class AckRequest {
 public:
  AckRequest() = default;
  /// What the peer does unasked, and the least delay that it takes.
  AckRequest(AckFrequency unasked, Duration delay_min) : asked_(unasked), unasked_(unasked), delay_min_(delay_min) {}

  /// What to ask now; nothing, where it would be about what was asked last, and within a round trip of that.
  std::optional<AckWish> next(Instant now, const FlowToAck& flow);
  /// The newest is asked again.
  void on_lost(std::uint64_t sequence) { is_lost_ = is_lost_ || sequence + 1 == next_sequence_; }

 private:
  AckFrequency wish_for(const FlowToAck& flow) const;

  AckFrequency asked_;
  AckFrequency unasked_;
  Duration delay_min_{0};
  std::uint64_t next_sequence_ = 0;
  Instant next_at_ = Instant::min();
  bool is_lost_ = false;
};

}  // namespace rudp::ack
