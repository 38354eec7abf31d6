// The window that CUBIC wants at an instant (RFC 9438 section 4), in bytes and milliseconds.
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

#include "base/compact_optional.hpp"

namespace rudp::congestion {

/// Growth in congestion avoidance since the last reduction.
class CubicCurve {
 public:
  /// A reduction from `before`: the curve's plateau, lowered when the last one was not reached (RFC
  /// 9438 4.7).
  void on_reduction(std::uint64_t before);
  /// Slow start ended without a reduction: the plateau is here.
  void on_slow_start_end(std::uint64_t window);
  /// Bytes by which the window grows for an ack: toward the curve one RTT ahead, at least as fast as Reno
  /// would (RFC 9438 4.2 to 4.5).
  std::uint64_t growth(Instant now, Duration rtt, std::uint64_t window, std::uint64_t acked_bytes,
                       std::uint64_t datagram);
  /// The sender did not fill its window at this ack: the curve waits (RFC 9438 5.8).
  void on_unused(Instant now);
  void reset() { *this = CubicCurve{}; }

 private:
  void begin_epoch(Instant now, std::uint64_t window, std::uint64_t datagram);
  std::uint64_t curve_at(Duration since_epoch, std::uint64_t datagram) const;
  std::uint64_t friendly_window(std::uint64_t window, std::uint64_t acked_bytes, std::uint64_t datagram);

  // Windows are at most kMaximumWindowBytes, and so is what a division by one leaves over.
  std::uint32_t plateau_ = 0;   // W_max
  std::uint32_t before_ = 0;    // cwnd_prior
  std::uint32_t friendly_ = 0;  // W_est
  std::uint32_t growth_rest_ = 0;
  std::uint64_t friendly_rest_ = 0;  // what division left over, so that slow acks count too
  base::CompactOptional<Instant> epoch_;
  Instant last_ack_;
  std::uint32_t k_ms_ = 0;
};

}  // namespace rudp::congestion
