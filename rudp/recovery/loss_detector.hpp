// The verdict on one unacknowledged packet: a function of values (RFC 9002 section 6.1).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <rudp/types.hpp>

#include "base/units.hpp"
#include "recovery/rtt_estimator.hpp"

namespace rudp::recovery {

/// Packets are lost by time alone.
inline constexpr std::uint32_t kNoPacketThreshold = std::numeric_limits<std::uint32_t>::max();

/// What counts as reordering rather than loss. The defaults are RFC 9002's; a path that reorders raises them.
struct LossThresholds {
  std::uint32_t packets = 3;           ///< kPacketThreshold
  std::uint16_t time_numerator = 9;    ///< kTimeThreshold = 9/8
  std::uint16_t time_denominator = 8;  ///< REQUIRES: > 0
};

/// The round-trip time that the time threshold is a multiple of: the larger of latest and smoothed.
Duration longest_rtt(const RttEstimator& rtt);
/// How long after its sending a packet is lost once a later one was acked: 9/8 of the larger of latest and
/// smoothed RTT, at least kGranularity.
Duration loss_delay(const RttEstimator& rtt, const LossThresholds& thresholds);

/// What is known of a packet that was sent before an acked one.
struct Overtaken {
  Instant sent_at;
  std::uint64_t distance = 0;  ///< numbers from it up to largest_acked, deliberately skipped ones not counted
};

struct LossVerdict {
  bool lost = false;
  std::optional<Instant> lost_at;  ///< when it will be lost by time; empty when lost
};

LossVerdict judge(const Overtaken& packet, Instant now, Duration delay, const LossThresholds& thresholds);

}  // namespace rudp::recovery
