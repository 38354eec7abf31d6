// Loss recovery of one path: what was sent, what arrived, what is lost, and when to ask (RFC 9002).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/rate_snapshot.hpp"
#include "base/units.hpp"
#include "recovery/loss_detector.hpp"
#include "recovery/probe_timeout.hpp"
#include "recovery/reordering.hpp"
#include "recovery/rtt_estimator.hpp"
#include "recovery/sent_packets.hpp"

namespace rudp::recovery {

struct RecoveryConfig {
  Duration initial_rtt = kInitialRtt;                           ///< e.g. the handshake's round trip
  Duration peer_max_ack_delay = std::chrono::milliseconds(25);  ///< the peer's transport parameter
  LossThresholds thresholds;  ///< the least, on a path that keeps the order
  /// Packets repeat messages: more of them count as a thin flow, and the first probe of a packet is a
  /// pair.
  bool is_low_latency = false;
  /// The peer may be gone for good, and if it is not, it asks by itself: silence is met with a back-off from the first
  /// probe on, to kSilencePeriodMax.
  bool is_server = false;
};

/// What a detection found lost. All numbers are of packets in flight; MTU probes are counted apart.
struct LossReport {
  std::span<const SentFrame> frames;  ///< to be sent again or given up; see OutgoingPacket::copy_of
  std::uint64_t bytes = 0;
  std::uint32_t packets = 0;
  std::uint32_t mtu_probes = 0;
  /// Of `packets`: above kBaseDatagramBytes, and none so large that was sent after them was acked.
  std::uint32_t large_packets = 0;
  std::uint32_t marked_packets = 0;  ///< of `packets`: left with an ECN mark
  PacketNumber largest = 0;          ///< of `packets`; meaningless when that is 0
  bool persistent_congestion = false;

  /// Whether rate control is to hear of it.
  bool is_congestion() const { return packets > 0; }
};

/// The newest packet of an ack: what a delivery-rate sample is made of.
struct NewestAcked {
  PacketNumber number = 0;
  Instant sent_at;
  RateSnapshot rate;
};

/// A packet in flight that was declared lost, and acked after all.
struct SpuriousLoss {
  PacketNumber number = 0;
  std::uint32_t bytes = 0;
};

/// What an ACK frame told. Spans hold until the next non-const call.
struct AckOutcome {
  bool newly_acked = false;                    ///< false: nothing new, every other field is empty
  bool ack_only = false;                       ///< only packets that elicit no ack were acked
  std::span<const SentFrame> acked_frames;     ///< of packets that were outstanding
  std::span<const SentFrame> spurious_frames;  ///< of packets declared lost before: they arrived after all
  std::uint64_t acked_bytes = 0;               ///< of packets in flight, spurious losses not counted
  std::uint64_t spurious_bytes = 0;
  std::uint32_t spurious_packets = 0;      ///< newly acked, and in flight when declared lost
  std::span<const SpuriousLoss> spurious;  ///< those, in no order
  std::uint32_t marked_packets = 0;  ///< newly acked that left with an ECN mark, and not declared lost before
  bool large_acked = false;          ///< one of more than kBaseDatagramBytes is among them
  std::optional<Duration> rtt_sample;  ///< unadjusted; Recovery::rtt() has it already
  std::optional<NewestAcked> newest;   ///< highest newly acked packet in flight
  LossReport lost;
};

/// One packet to send because of a probe timeout.
struct Probe {
  PacketNumber copy_of = 0;           ///< belongs into OutgoingPacket::copy_of
  std::span<const SentFrame> frames;  ///< to be repeated, as far as they are still wanted; else a PING
  /// Whether just these are waited for. Else anything that waits to be sent asks the same and brings more.
  bool is_awaited = true;
};

/// What a timeout asks for. Spans hold until the next non-const call.
struct TimeoutOutcome {
  LossReport lost;
  std::span<const Probe> probes;  ///< 0 to kProbeDatagramsMax, to be sent whatever the window says
  /// Of old copies that are not waited for any more: no loss, but in flight until now.
  std::uint64_t forgotten_bytes = 0;
};

/// Composes the room. The connection reports what it sends and receives and routes what comes back; nothing
/// here knows frames, windows or clocks. A clock that stands still, jumps or runs backwards yields odd
/// estimates, never a failure.
class Recovery {
 public:
  explicit Recovery(const RecoveryConfig& config);

  /// REQUIRES: as SentPackets::push.
  void on_packet_sent(const OutgoingPacket& packet, std::span<const SentFrame> frames);
  /// Leaves the next number out on purpose: an ack of it proves that the peer acks what it has not received.
  void mark_skipped(PacketNumber number) { sent_.mark_skipped(number); }

  /// Takes the ranges of an ACK frame, highest first. Input comes before timers: call it before on_timeout.
  /// Errors: protocol_violation, with nothing changed, when a number was never sent or was skipped, or the
  /// ranges do not descend. Work: O(ranges + newly acked + newly lost + reordering window).
  Result<AckOutcome> on_ack_received(Instant now, std::span<const PacketRange> descending,
                                     Duration ack_delay);

  /// When on_timeout is due; empty while nothing is under way that would need it.
  std::optional<Instant> timeout() const;
  /// Declares losses whose time has come, else asks for probes; where SentPackets::is_full(), what was sent
  /// longest ago is declared lost to make room for one. Before timeout() nothing happens.
  TimeoutOutcome on_timeout(Instant now);

  /// Another path is in use: what was sent since `since` went to where nobody is. It is reported as lost
  /// once; should it be acknowledged after all, that is no spurious loss.
  LossReport give_up(Instant since);
  /// Nothing is said for a while: what stays are the round trip and the numbers. All memory is given back,
  /// and what was lost or asked for no ack will not be recognised any more. REQUIRES: sent().eliciting() ==
  /// 0.
  void rest();
  /// Another network: its round trip is known by `rtt` alone. What is outstanding was given up before.
  void begin_path(Duration rtt);

  std::uint64_t bytes_in_flight() const { return sent_.bytes_in_flight(); }
  /// RFC 9002's probe timeout without back-off; what closing and idle periods are measured in.
  Duration pto() const;
  /// Probe timeouts since the last newly acked packet.
  std::uint32_t pto_count() const { return pto_count_; }
  const RttEstimator& rtt() const { return rtt_; }
  const SentPackets& sent() const { return sent_; }
  bool is_thin() const;
  /// Whether more waits to be sent than the window takes: few packets in flight are no thin flow then, but
  /// all that a lossy path leaves of a transfer.
  void set_backlog(bool backlog) { backlog_ = backlog; }

  /// Takes a round trip measured outside of packets, e.g. by the handshake.
  void on_rtt_sample(Instant now, Duration rtt) {
    rtt_.on_sample(now, rtt, Duration::zero(), Duration::zero());
  }
  /// Values outside 0 to kRttMax count as the nearer end.
  void set_peer_max_ack_delay(Duration delay);
  /// A packet of the peer came, whatever it says: it is there again, and is asked at once.
  void on_peer_heard(Instant now);
  /// The clock jumped, or its owner slept: what was sent before `now` tells nothing of the round trip.
  void on_clock_jump(Instant now) { timed_since_ = now; }
  /// They grow with the reordering that the path shows, and shrink again.
  const LossThresholds& thresholds() const { return reordering_.thresholds(); }

 private:
  /// What the outcomes point into, so that the steady state allocates nothing.
  struct Scratch {
    std::vector<SentFrame> acked_frames;
    std::vector<SentFrame> spurious_frames;
    std::vector<SentFrame> lost_frames;
    std::vector<SentFrame> probe_frames;
    std::vector<Probe> probes;
    std::vector<PacketNumber> late;
    std::vector<SpuriousLoss> spurious;
  };
  struct DueProbe {
    PacketNumber number = 0;
    Instant at;
  };

  Scratch& cleared_scratch();
  Result<void> check(std::span<const PacketRange> descending) const;
  /// Returns the lowest newly acked number, or kNoPacket.
  PacketNumber acknowledge_outstanding(std::span<const PacketRange> descending, AckOutcome& outcome);
  void acknowledge_lost(Instant now, std::span<const PacketRange> descending, AckOutcome& outcome);
  void acknowledge(PacketNumber number, AckOutcome& outcome);
  void acknowledge_late(Instant now, PacketNumber number, AckOutcome& outcome);
  std::uint64_t overtaken_by(PacketNumber number, PacketNumber largest) const;
  void sample_rtt(Instant now, Instant sent_at, Duration ack_delay, AckOutcome& outcome);
  LossReport detect_losses(Instant now);
  void declare_lost(PacketNumber number, LossReport& report);
  PacketNumber copy_under_way(const SentPacket& packet) const;
  bool acked_between(PacketNumber low, PacketNumber high) const;
  std::optional<DueProbe> next_probe() const;
  std::optional<DueProbe> next_thin_probe() const;
  Instant thin_probe_at(const SentPacket& packet) const;
  PacketNumber oldest_eliciting(PacketNumber from) const;
  LossReport make_room();
  void count_timeout(Instant now, PacketNumber due);
  bool backs_off(Instant now) const;
  void fill_probes(Instant now, PacketNumber due);
  void forget_timeouts();

  RecoveryConfig config_;
  SentPackets sent_;
  RttEstimator rtt_;
  Reordering reordering_;
  std::optional<PacketNumber> largest_acked_;
  PacketNumber largest_large_acked_ = 0;  // of those above kBaseDatagramBytes
  Instant loss_time_ = Instant::max();    // max(): nothing is lost by time alone
  Instant last_eliciting_at_;
  Instant timed_since_ = Instant::min();  ///< packets sent earlier give no round trip
  std::uint32_t pto_count_ = 0;
  std::uint32_t doublings_ = 0;                // of the timer that packets share
  Instant silent_since_ = Instant::max();      // its first timeout since a newly acked packet; max(): none
  Instant asked_in_turn_at_ = Instant::min();  // its last one in a thin flow
  bool backlog_ = false;
  std::unique_ptr<Scratch> scratch_;  // null at rest
};

}  // namespace rudp::recovery
