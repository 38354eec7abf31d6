// The values that every part of rudp speaks in: time, bytes, numbers, delivery kinds.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace rudp {

/// Borrowed bytes, valid for the call unless the function says otherwise.
using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// A length of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// A point on the caller's monotonic clock. It has no `now()`: nothing in the
/// core can ask a clock, the caller passes the time in. Arithmetic saturates,
/// so that no peer-chosen duration can overflow it.
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant from_ns(std::int64_t ns) { return Instant(ns); }
  static constexpr Instant min() { return Instant(std::numeric_limits<std::int64_t>::min()); }
  static constexpr Instant max() { return Instant(std::numeric_limits<std::int64_t>::max()); }

  /// Nanoseconds since an origin that the caller chose.
  constexpr std::int64_t ns() const { return ns_; }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant at, Duration d) {
    return Instant(saturating_add(at.ns_, d.count()));
  }
  friend constexpr Instant operator-(Instant at, Duration d) { return at + (-d); }
  friend constexpr Duration operator-(Instant a, Instant b) {
    if (b.ns_ == std::numeric_limits<std::int64_t>::min()) return Duration::max();
    return Duration(saturating_add(a.ns_, -b.ns_));
  }
  Instant& operator+=(Duration d) { return *this = *this + d; }

 private:
  explicit constexpr Instant(std::int64_t ns) : ns_(ns) {}
  static constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }

  std::int64_t ns_ = 0;
};

/// How a message travels; the numbers are the low two bits of its frame type.
enum class Delivery : std::uint8_t {
  reliable_ordered = 0,    ///< retransmitted; in order within its channel
  reliable_unordered = 1,  ///< retransmitted; delivered as soon as complete
  unreliable = 2,          ///< sent once; may be lost, may arrive out of order
  latest = 3,              ///< only the newest value of the channel matters
};

/// One of 65,536 independent message channels of a connection; each side ever uses
/// at most `TransportOptions::max_channels` of them, its own or the peer's, whichever is less.
using ChannelId = std::uint16_t;

/// Names a sent message in its receipt; unique within a connection, never 0.
using MessageId = std::uint64_t;

/// One of the caller's own sockets, in numbers that only the caller gives a meaning; 0 where it has but one.
using SocketId = std::uint32_t;

/// Names a connection at its endpoint. A handle outlives its connection safely:
/// the generation tells a stale one, and every call then answers
/// Error::unknown_connection.
struct ConnectionHandle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;

  friend constexpr auto operator<=>(const ConnectionHandle&, const ConnectionHandle&) = default;
};

/// What encrypts packets.
enum class Cipher : std::uint8_t {
  chacha20_poly1305 = 0,  ///< fast everywhere
  aes256_gcm = 1,         ///< offered where the processor has instructions for it, and preferred there
};

/// Explicit congestion notification mark of a datagram (RFC 3168, the two bits
/// of the IP header in their own order).
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

}  // namespace rudp
