// How much a path is known to carry, loss or no loss: below that CUBIC's window is not allowed to fall.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/compact_optional.hpp"
#include "congestion/controller.hpp"
#include "congestion/policer_detector.hpp"
#include "congestion/round_counter.hpp"

namespace rudp::congestion {

/// Rounds over which the highest delivery rate counts as the path's bandwidth.
inline constexpr std::size_t kBandwidthRounds = 10;
/// Rounds without 25 % more bandwidth after which slow start has found the path's.
inline constexpr std::uint32_t kFullBandwidthRounds = 3;

/// floor = g * sustained rate * min_rtt, where g undoes the loss rate p and leans above the path's need while the
/// queue is empty, below it while it is not: docs/PROTOCOL.md, "Acks, recovery, rate".
class BandwidthFloor {
 public:
  void on_packet_sent(PacketNumber number) { rounds_.on_packet_sent(number); }
  /// `datagram` is the largest packet, in bytes.
  void on_ack(const AckSample& sample, std::uint64_t datagram);
  void on_loss(std::uint64_t lost_bytes) { lost_bytes_ += lost_bytes; }
  /// They were late: neither the share lost nor what becomes of it counts them, where their round has not
  /// ended.
  void on_spurious_loss(std::uint64_t bytes) { lost_bytes_ -= bytes < lost_bytes_ ? bytes : lost_bytes_; }
  /// The network asked for less: no floor until the round ends that the ack begins or is in which told it.
  void on_ecn_ce() { marked_ = true; }
  /// What was measured no longer holds (persistent congestion).
  void reset();

  /// Bytes; 0 while nothing is known, while loss is too high to be random, or while suspended.
  std::uint64_t window_bytes() const;
  /// Highest delivery rate of the last rounds, bytes per second; 0 while unknown.
  std::uint64_t bandwidth() const;
  /// The second highest: the highest is where others paused for a round, or chance. Bytes per second; 0 while
  /// unknown.
  std::uint64_t sustained_rate() const;
  /// Smoothed share of bytes lost, in units of 2^-20.
  std::uint64_t loss_rate() const { return loss_rate_; }
  /// Whether the bandwidth stopped rising: kFullBandwidthRounds rounds without 25 % more.
  bool bandwidth_is_flat() const { return flat_rounds_ >= kFullBandwidthRounds; }

 private:
  void end_round(Instant now);
  void fold_loss_rate();
  void follow_rise();
  void follow_rtt(const AckSample& sample, std::uint64_t datagram);
  bool queue_is_empty() const;
  bool nothing_queued() const;
  std::uint64_t path_bytes(std::uint64_t bytes_per_second) const;

  RoundCounter rounds_;
  PolicerDetector policer_;
  std::array<std::uint64_t, kBandwidthRounds> best_{};  // highest rate of each round, by rounds() modulo
  Duration min_rtt_{0};                                 // of large packets, where there were any
  base::CompactOptional<Duration> round_min_;
  base::CompactOptional<Duration> last_round_min_;
  Duration round_rtt_sum_{0};
  std::uint64_t acked_bytes_ = 0;
  std::uint64_t lost_bytes_ = 0;
  std::uint64_t flat_base_ = 0;
  std::uint32_t round_rtts_ = 0;
  std::uint32_t loss_rate_ = 0;  // at most 2^20
  std::uint32_t flat_rounds_ = 0;
  bool min_rtt_is_of_large_ = false;
  bool round_app_limited_ = false;
  bool marked_ = false;     // by the ack at hand
  bool suspended_ = false;  // for the round
};

}  // namespace rudp::congestion
