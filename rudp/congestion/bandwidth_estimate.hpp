// How fast a path delivers, for whoever wants to know; no controller asks it.
#pragma once

#include <cstdint>
#include <optional>

#include "congestion/controller.hpp"
#include "congestion/round_counter.hpp"

namespace rudp::congestion {

/// Rounds of one span; the estimate looks back over the one at hand and the one before.
inline constexpr std::uint64_t kEstimateRounds = 5;

/// The highest delivery rate of the last five to ten rounds.
class BandwidthEstimate {
 public:
  void on_packet_sent(PacketNumber number) { rounds_.on_packet_sent(number); }
  void on_ack(PacketNumber largest_acked, const std::optional<RateSample>& rate);
  /// 0 while unknown.
  std::uint64_t bytes_per_second() const { return before_ > now_ ? before_ : now_; }

 private:
  RoundCounter rounds_;
  std::uint64_t span_began_ = 0;  // in rounds
  std::uint64_t now_ = 0;
  std::uint64_t before_ = 0;
};

}  // namespace rudp::congestion
