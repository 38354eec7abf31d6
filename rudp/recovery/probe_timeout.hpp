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
/// The same in the low-latency mode: each of so many messages is asked after on its own.
inline constexpr std::uint32_t kLowLatencyThinPackets = 16;
/// Probes that a thin packet has to itself. From then on all such packets share one timer, and take turns.
inline constexpr std::uint32_t kThinProbesOfItsOwn = 3;
/// How long after its first timeout the timer that packets share does not back off (RFC 9002 6.2.1 doubles it
/// from the first). A path that is back after ten seconds is then found within a period instead of
/// 64; after this, and so well before the idle timeout, what is silent is left alone more and more.
inline constexpr Duration kSilenceWithoutBackoff = std::chrono::seconds(15);
/// The least period of that timer after its first timeout: where a round trip is shorter than this, one
/// packet in each would be a load.
inline constexpr Duration kSilencePeriodMin = std::chrono::milliseconds(20);
/// A server's period grows to about this from its first timeout on: its client may be gone for good, and with it others,
/// and one that only lost its path for a while asks by itself, often.
inline constexpr Duration kSilencePeriodMax = std::chrono::milliseconds(500);
/// The timer doubles at most this often; beyond, the idle timeout ends the connection.
inline constexpr std::uint32_t kBackoffDoublingsMax = 6;
/// Datagrams of a thin packet's second and third probe, in the low-latency mode of its first (RFC 9002 6.2.4
/// allows two); else there is one.
inline constexpr std::uint32_t kProbeDatagramsMax = 2;

/// RFC 9002's PTO without back-off: smoothed_rtt + max(4 rttvar, kGranularity) + max_ack_delay.
Duration probe_period(const RttEstimator& rtt, Duration max_ack_delay);

/// The thin flow's period: max(1.10 smoothed_rtt, smoothed_rtt + 4 rttvar), with at least kGranularity above
/// smoothed_rtt. It leaves max_ack_delay out: a peer acks a thin flow at once.
Duration thin_probe_period(const RttEstimator& rtt);

/// `period` doubled `doublings` times, at most kBackoffDoublingsMax.
Duration backed_off(Duration period, std::uint32_t doublings);

}  // namespace rudp::recovery
