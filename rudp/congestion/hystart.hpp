// HyStart++: leaves slow start when the round-trip time rises, before packets are lost (RFC 9406).
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/compact_optional.hpp"
#include "base/units.hpp"
#include "congestion/round_counter.hpp"

namespace rudp::congestion {

inline constexpr Duration kHystartMinRttThreshold = std::chrono::milliseconds(4);
inline constexpr Duration kHystartMaxRttThreshold = std::chrono::milliseconds(16);
inline constexpr int kHystartMinRttDivisor = 8;
inline constexpr std::uint32_t kHystartRttSamples = 8;
inline constexpr std::uint64_t kHystartCssGrowthDivisor = 4;
inline constexpr std::uint32_t kHystartCssRounds = 5;

/// Follows slow start; L is infinite because sending is always paced (RFC 9406 4.3).
class Hystart {
 public:
  enum class Phase : std::uint8_t { slow_start, conservative, done };

  void on_packet_sent(PacketNumber number) { rounds_.on_packet_sent(number); }
  /// Returns what an ack of `acked_bytes` adds to the window in slow start, and moves between the phases.
  std::uint64_t on_ack(PacketNumber largest_acked, std::uint64_t acked_bytes, std::optional<Duration> rtt);
  /// done: the caller is to leave slow start at its present window.
  Phase phase() const { return phase_; }
  /// Slow start begins anew, after persistent congestion.
  void restart();

 private:
  void begin_round();
  void sample(Duration rtt);
  void check_rise();
  void check_fall();

  RoundEnd rounds_;
  base::CompactOptional<Duration> last_round_min_;
  base::CompactOptional<Duration> this_round_min_;
  Duration baseline_min_{0};
  Phase phase_ = Phase::slow_start;
  std::uint8_t samples_ = 0;  // of this round, as far as they are counted: kHystartRttSamples
  std::uint8_t css_rounds_ = 0;
};

}  // namespace rudp::congestion
