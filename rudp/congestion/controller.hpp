// What a congestion controller is told and asked; calls per ack, never per byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <rudp/config.hpp>
#include <rudp/types.hpp>

#include "base/units.hpp"

namespace rudp::congestion {

/// The window never falls below this many datagrams (RFC 9002 7.2).
inline constexpr std::uint64_t kMinimumWindowDatagrams = 2;
/// Where that is too much for a path that marks, its packets are spread over so many round trips.
inline constexpr std::uint64_t kCrowdedRoundTrips = 2;
/// And begins with this many (RFC 9002 7.2, RFC 6928).
inline constexpr std::uint64_t kInitialWindowDatagrams = 10;
/// No window grows beyond this: 1 GiB, ten times what 10 Gbit/s keeps under way in 80 ms. It keeps every
/// product of the controllers inside 64 bits.
inline constexpr std::uint64_t kMaximumWindowBytes = std::uint64_t{1} << 30;

/// A packet in flight as it leaves.
struct SendSample {
  Instant now;
  PacketNumber number = 0;
  std::uint64_t bytes_in_flight = 0;  ///< with this packet
};

/// How fast the path delivered, from one ack.
struct RateSample {
  std::uint64_t bytes_per_second = 0;
  bool app_limited = false;  ///< a lower bound only: the application did not fill the path
};

/// An ack that newly acked something in flight.
struct AckSample {
  Instant now;
  PacketNumber largest_acked = 0;     ///< highest newly acked packet in flight
  std::uint64_t acked_bytes = 0;      ///< newly acked, in flight
  std::uint64_t bytes_in_flight = 0;  ///< after this ack and the losses that it showed
  std::optional<Duration> rtt_sample;
  Duration smoothed_rtt{0};
  Duration min_rtt{0};  ///< for the life of the path
  std::optional<RateSample> rate;
};

/// Packets in flight that were found lost; MTU probes never appear here.
struct LossSample {
  Instant now;
  PacketNumber largest_lost = 0;
  std::uint64_t lost_bytes = 0;
  std::uint32_t lost_packets = 0;
  std::uint64_t bytes_in_flight = 0;  ///< after the loss
  Duration smoothed_rtt{0};
  Duration min_rtt{0};
};

/// Decides how much may be under way and how fast it leaves. Report in this order for one ACK frame: losses,
/// then CE marks, then the ack. An ack of a packet sent after the last reduction ends the recovery period.
class Controller {
 public:
  virtual ~Controller() = default;

  virtual void on_packet_sent(const SendSample& sample) = 0;
  virtual void on_ack(const AckSample& sample) = 0;
  /// Reduces at most once a round trip: losses of packets sent before the last reduction change nothing.
  virtual void on_loss(const LossSample& sample) = 0;
  /// The peer reported more CE marks; `largest_acked` is the highest number of that ACK frame.
  virtual void on_ecn_ce(Instant now, PacketNumber largest_acked) = 0;
  /// All that was sent over three probe periods is lost (RFC 9002 7.6): back to the minimum window.
  virtual void on_persistent_congestion(Instant now) = 0;
  /// A packet in flight that was reported lost arrived after all. When that was so for every loss of the last
  /// reduction, the reduction is taken back, and persistent congestion with it (RFC 9438 4.9, RFC 4015):
  /// window, threshold, curve and recovery period are what they were, so that a real loss of the same round
  /// trip is answered.
  virtual void on_spurious_loss(Instant now, PacketNumber number, std::uint32_t bytes) = 0;
  /// The largest packet of the path changed; all windows are kept in bytes.
  virtual void on_max_datagram(std::uint32_t bytes) = 0;

  /// Bytes that may be in flight; never below kMinimumWindowDatagrams.
  virtual std::uint64_t congestion_window() const = 0;
  /// Bytes per second at which to send, never 0.
  virtual std::uint64_t pacing_rate(Duration smoothed_rtt) const = 0;
  virtual bool in_slow_start() const = 0;
  /// Absent before the first reduction, or where the controller has none.
  virtual std::optional<std::uint64_t> slow_start_threshold() const = 0;
  virtual ControllerKind kind() const = 0;
};

/// A controller at its initial window. `max_datagram_bytes` is UDP payload. REQUIRES: max_datagram_bytes > 0.
std::unique_ptr<Controller> make_controller(ControllerKind kind, std::uint32_t max_datagram_bytes);

}  // namespace rudp::congestion
