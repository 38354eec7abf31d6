// When an unacknowledged packet is asked after: functions of values (RFC 9002 section 6.2, and thin flows).
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

#include "recovery/rtt_estimator.hpp"

namespace rudp::recovery {

/// A flow with at most this many ack-eliciting packets in flight is thin: too few follow a lost packet for
/// the packet threshold, and each is probably waited for. With 4 a talk of 30 messages a second at 20 % loss
/// each way fell out of it too often (p99 152 ms instead of 135, tests/scenario/test_thinflow).
inline constexpr std::uint32_t kThinFlowPackets = 5;
/// Probes of one thin packet before its timer backs off.
inline constexpr std::uint32_t kThinProbesWithoutBackoff = 3;
/// The timer doubles at most this often; beyond, the idle timeout ends the connection.
inline constexpr std::uint32_t kBackoffDoublingsMax = 6;
/// Datagrams of a probe timeout after the first (RFC 9002 6.2.4 allows two).
inline constexpr std::uint32_t kProbeDatagramsMax = 2;

/// RFC 9002's PTO without back-off: smoothed_rtt + max(4 rttvar, kGranularity) + max_ack_delay.
Duration probe_period(const RttEstimator& rtt, Duration max_ack_delay);

/// The thin flow's period: max(1.10 smoothed_rtt, smoothed_rtt + 4 rttvar), with at least kGranularity above
/// smoothed_rtt. It leaves max_ack_delay out: a peer acks a thin flow at once.
Duration thin_probe_period(const RttEstimator& rtt);

/// `period` doubled `doublings` times, at most kBackoffDoublingsMax.
Duration backed_off(Duration period, std::uint32_t doublings);

/// Doublings of a thin packet's timer after `probes` of it were sent.
constexpr std::uint32_t thin_doublings(std::uint32_t probes) {
  return probes < kThinProbesWithoutBackoff ? 0 : probes - kThinProbesWithoutBackoff + 1;
}

}  // namespace rudp::recovery
