// The fixed numbers of messages, which both ends must agree on (docs/PROTOCOL.md, "Messages").
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

namespace rudp::message {

/// A reliable message costs its length and this much credit: what either side keeps beside the payload.
inline constexpr std::uint64_t kMessageChargeBytes = 64;

/// A window that holds the sender back doubles up to this, out of the endpoint's budget.
inline constexpr std::uint64_t kWindowBytesMax = 8u << 20;

/// number - lowest unfinished number of the channel stays below this; it bounds the duplicate filter too.
inline constexpr std::uint32_t kNumberSpan = 4096;

/// Messages up to this length are never fragmented: they fit every packet, and a partial message must be
/// worth the bookkeeping that it costs the receiver (F1, F3). A fragment that announces less is malformed.
inline constexpr std::uint64_t kWholeOnlyBytes = 512;

/// Unreliable messages up to this length wait for a packet that takes them whole: in two packets they are
/// lost twice as often. It fits a 1,200-byte packet beside the largest ACK. The sender's choice, not a rule.
inline constexpr std::uint64_t kUnreliableWholeBytes = 960;

/// A fragment carries at least this much, unless it is the last piece of its range.
inline constexpr std::uint64_t kFragmentBytesMin = 64;

/// Largest unreliable message, and largest value of latest: neither takes credit. In 1,200-byte packets it
/// makes 230 fragments, and at 1 % loss 1 in 10 arrives: what is larger wants a reliable kind.
inline constexpr std::uint64_t kUnreliableBytesMax = 256u << 10;

/// Partial unreliable messages held at once, and what they may occupy; the oldest are dropped first (F3).
inline constexpr std::size_t kUnreliablePartialsMax = 64;
inline constexpr std::size_t kUnreliablePartialBytesMax = 1u << 20;

/// Unreliable messages that wait for the application may occupy this much; the oldest are dropped first,
/// since no credit holds their sender back.
inline constexpr std::size_t kUnreliableReadyBytesMax = 1u << 20;

/// A partial unreliable message is given up after max(this, 3 SRTT).
inline constexpr Duration kUnreliablePartialTimeoutMin = std::chrono::seconds(1);

/// A partial value of latest is given up when nothing new has come of it for max(this, 3 SRTT): its sender
/// says what is missing again, and all of it when no RECEIPT has come for 2 s.
inline constexpr Duration kPartialValueTimeoutMin = std::chrono::seconds(10);

/// RECEIPTs that wait for a packet; the oldest are forgotten first. Two packets' worth of the smallest
/// messages that are confirmed.
inline constexpr std::size_t kReceiptsDueMax = 64;

/// How long a sender waits for a RECEIPT after it has sent everything. The receiver forgets partial messages
/// sooner, and a lost RECEIPT is said again within a few round trips.
inline constexpr Duration kReceiptWait = std::chrono::seconds(5);

/// The same for a value of latest that was acknowledged; then it goes out again. The receiver may have
/// dropped fragments of it for room.
inline constexpr Duration kLatestReceiptWait = std::chrono::seconds(2);

/// When so many values of latest were begun since the last that is known to have arrived, the newest of them
/// is sent until it has: numbers must stay comparable, and large values must not starve each other for ever.
inline constexpr std::uint64_t kLatestSpan = 4096;
/// Never more than this, also where deadlines end those too: beyond, the numbers of 16 bits, two for each
/// value, no longer tell newer from older.
inline constexpr std::uint64_t kLatestSpanMax = 16'000;

/// What the endpoint's budget holds for a promise comes back when less than this has arrived on it within
/// max(the time below, 8 SRTT): to ask for 16 MiB costs nothing, and others wait in line. 52 kbit/s.
inline constexpr std::uint64_t kPromiseProgressBytes = 64u << 10;
inline constexpr Duration kPromiseTimeMin = std::chrono::seconds(10);
inline constexpr int kPromiseRoundTrips = 8;

/// How often a connection that waits for memory of the endpoint's budget asks again.
inline constexpr Duration kBudgetRetryInterval = std::chrono::milliseconds(20);

}  // namespace rudp::message
