// Spreads a window over its round trip: a token bucket that holds 1 ms of the rate.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

namespace rudp::congestion {

/// What may leave in one burst: the rate's worth of this time, for timers are not finer than that.
inline constexpr Duration kPacingQuantum = std::chrono::milliseconds(1);
/// But at least this many datagrams, and at most this many bytes (one GSO run). One alone where two are worth
/// more time than a receiver waits for the second: a pair is then all that an ack lets go at once, and a
/// queue that marks two would never be without marks.
inline constexpr std::uint64_t kPacingQuantumDatagramsMin = 2;
inline constexpr Duration kPacingSinglesFrom = std::chrono::milliseconds(10);
inline constexpr std::uint64_t kPacingQuantumBytesMax = 64 * 1024;

/// Starts with a full bucket. A clock that stands still or runs back adds no tokens and takes none.
class Pacer {
 public:
  /// REQUIRES: max_datagram_bytes > 0.
  explicit Pacer(std::uint32_t max_datagram_bytes);

  /// From `now` on the bucket fills at this rate; 0 counts as 1. Cheap where nothing changed.
  void set_rate(Instant now, std::uint64_t bytes_per_second);
  void set_max_datagram(std::uint32_t bytes);

  /// Bytes that may leave now in one run; 0 to quantum_bytes().
  std::uint64_t available_bytes(Instant now) const;
  /// When `bytes` may leave; empty: now. More than a quantum is treated as one quantum.
  std::optional<Instant> next_send(Instant now, std::uint64_t bytes) const;
  /// Takes what left, also what may leave unasked (probes): the debt delays what follows.
  void on_sent(Instant now, std::uint64_t bytes);

  std::uint64_t quantum_bytes() const;
  std::uint64_t bytes_per_second() const { return rate_; }

 private:
  std::int64_t tokens_at(Instant now) const;
  void settle(Instant now);

  std::uint64_t datagram_;
  std::uint64_t rate_ = 1'000'000;  // until it is known: that of a full bucket
  std::int64_t tokens_;  // in nanobytes (bytes * 10^-9), so that slow rates and short steps lose nothing
  Instant settled_at_;
};

}  // namespace rudp::congestion
