// The rate at which a window is spread over its round trip (RFC 9002 section 7.7).
#pragma once

#include <algorithm>
#include <cstdint>

#include <rudp/types.hpp>

#include "congestion/integer_math.hpp"

namespace rudp::congestion {

/// Above 100, so that pacing alone never keeps a window from being used.
inline constexpr std::uint64_t kPacingPercent = 125;
/// In slow start the window doubles within a round, and sending has to keep up with that.
inline constexpr std::uint64_t kPacingSlowStartPercent = 200;

/// Bytes per second, at least 1.
inline std::uint64_t window_rate(std::uint64_t window, Duration smoothed_rtt, bool in_slow_start) {
  const std::uint64_t percent = in_slow_start ? kPacingSlowStartPercent : kPacingPercent;
  const auto rtt_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(smoothed_rtt.count(), 1));
  return std::max<std::uint64_t>(mul_div(window * percent, 1'000'000'000 / 100, rtt_ns), 1);
}

}  // namespace rudp::congestion
