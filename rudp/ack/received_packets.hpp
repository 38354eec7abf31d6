// Which packets arrived, what an ACK frame says about them, and when the next one is due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <rudp/types.hpp>

#include "base/units.hpp"

namespace rudp::ack {

/// Ranges that may change without an ack being sent; half of what a frame carries, so that a lost ack does
/// not yet push ranges out unreported.
inline constexpr std::uint32_t kUnreportedRangesMax = 16;
/// An ack-eliciting packet that follows the one before by more than this belongs to a thin flow, whose sender
/// waits for each ack.
inline constexpr Duration kThinFlowGap = std::chrono::milliseconds(5);
/// So many packets after such a gap are acked at once each. With one alone, a message that happens to follow
/// a probe waits for max_ack_delay, is probed for in its turn, and so on for ever.
inline constexpr std::uint32_t kThinFlowBurst = 3;

/// Ranges that are kept while nothing is said. Older ones were reported again and again, and numbers that the
/// peer skipped part them for ever; who never hears whether its acks arrived would hold ever more.
inline constexpr std::size_t kAckRangesAtRest = 4;

/// How long acks may be held back; ACK_FREQUENCY changes it.
struct AckFrequency {
  std::uint32_t packets = 2;  ///< ack-eliciting packets until an ack is due at once; 0 counts as 1
  bool gaps_at_once = true;   ///< whether a packet out of order is acked at once
  Duration max_delay =
      std::chrono::milliseconds(25);  ///< after the first unacknowledged one; below 0 counts as 0
};

/// Names the state of the ranges when an ACK frame was built.
using AckSequence = std::uint32_t;

/// Keeps at most kAckRangesMax ranges, the oldest forgotten first, so that what a peer sends cannot
/// make the work or the memory grow beyond that. Only ack-eliciting packets make an ack due, so acks never
/// answer acks.
class ReceivedPackets {
 public:
  ReceivedPackets() = default;
  explicit ReceivedPackets(AckFrequency frequency) : frequency_(frequency) {}

  /// Notes an authenticated packet. REQUIRES: each number once (the replay window sees to it); a repeated one
  /// changes nothing.
  void on_received(Instant now, PacketNumber number, bool ack_eliciting, Ecn ecn);

  /// When an ACK frame must leave: at or before `now` means at once. Empty: no ack-eliciting packet waits.
  std::optional<Instant> ack_deadline() const {
    return deadline_ == Instant::max() ? std::nullopt : std::optional(deadline_);
  }
  /// Makes an ack due now, whatever was acknowledged before, if there is anything to report.
  void ack_at_once(Instant now);
  /// Whether an ack-eliciting packet waits for its ack, so that a packet that leaves anyway should carry one.
  bool ack_pending() const { return pending_packets_ > 0; }

  /// What an ACK frame reports, highest range first; at most kAckRangesMax, valid until the next non-const
  /// call. Empty when nothing arrived since the peer learnt all.
  std::span<const PacketRange> ranges() const {
    return {several_ ? several_->ranges.data() : &one_, count()};
  }
  /// Time since the largest number of ranges() arrived; 0 where the clock stood still or went back.
  Duration ack_delay(Instant now) const;
  const EcnCounts& ecn_counts() const { return ecn_; }

  /// Notes that an ACK frame with the first `reported` of ranges() left. The answer belongs into what is
  /// remembered of that packet, for on_ack_acked.
  AckSequence on_ack_sent(std::size_t reported);
  /// The peer has the ACK frame to which on_ack_sent answered `sequence`: ranges that did not change since
  /// are known to it and are forgotten. Values that were never answered change nothing.
  void on_ack_acked(AckSequence sequence);

  /// The ack of a thin flow's packet that has just left leaves once more at `at`, unless another does before.
  void repeat_ack(Instant at);

  /// Nothing is said for a while: gives memory back, and forgets all but the highest kAckRangesAtRest ranges.
  /// One range needs none. REQUIRES: !ack_pending().
  void rest();

  void set_frequency(AckFrequency frequency) { frequency_ = frequency; }

 private:
  struct Several {
    std::vector<PacketRange> ranges;      // descending, at most kAckRangesMax
    std::vector<AckSequence> changed_at;  // parallel: the sequence in which a range last changed
  };

  bool insert(PacketNumber number);
  void insert_alone(std::size_t at, PacketNumber number);
  std::size_t count() const { return several_ ? several_->ranges.size() : has_one_; }
  PacketRange& range(std::size_t at) { return several_ ? several_->ranges[at] : one_; }
  AckSequence& changed_at(std::size_t at) { return several_ ? several_->changed_at[at] : one_changed_at_; }
  AckSequence changed_at(std::size_t at) const {
    return several_ ? several_->changed_at[at] : one_changed_at_;
  }
  void touch(std::size_t at) { changed_at(at) = sequence_; }
  void remove(std::size_t at);
  bool is_due_at_once(PacketNumber number, Ecn ecn) const;
  bool reveals_a_gap(PacketNumber number) const;
  std::uint32_t unreported_ranges() const;
  void count(Ecn ecn);
  void due_at(Instant at);

  PacketRange one_;
  AckSequence one_changed_at_ = 0;
  AckSequence sequence_ = 0;
  std::unique_ptr<Several> several_;  // null: there is one range at most

  AckFrequency frequency_;
  EcnCounts ecn_;
  Instant deadline_ = Instant::max();  // max(): no ack-eliciting packet waits
  std::optional<PacketNumber> largest_eliciting_;
  Instant last_eliciting_at_;
  Instant largest_at_;  // arrival of the largest number of all
  std::uint32_t pending_packets_ = 0;
  std::uint8_t burst_ = 0;  // ack-eliciting packets since a kThinFlowGap, counted to kThinFlowBurst + 1
  bool has_one_ = false;
  bool is_news_ = false;  // an ack-eliciting packet came since repeat_ack
};

}  // namespace rudp::ack
