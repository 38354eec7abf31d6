#include "ack/received_packets.hpp"

#include <algorithm>

namespace rudp::ack {
namespace {

// Sequences wrap; of two that are less than half the circle apart this tells the older one.
bool is_older(AckSequence a, AckSequence b) { return static_cast<std::int32_t>(a - b) < 0; }

}  // namespace

void ReceivedPackets::on_received(Instant now, PacketNumber number, bool ack_eliciting, Ecn ecn) {
  if (!insert(number)) return;
  count(ecn);
  if (ranges_[0].last == number) largest_at_ = now;
  if (!ack_eliciting) return;
  ++pending_packets_;
  is_news_ = true;
  if (!largest_eliciting_ || now - last_eliciting_at_ > kThinFlowGap) burst_ = 0;
  burst_ = std::min(burst_ + 1, kThinFlowBurst + 1);
  if (is_due_at_once(number, ecn)) {
    deadline_ = now;
  } else if (!deadline_) {
    deadline_ = now + std::max(frequency_.max_delay, Duration::zero());
  }
  largest_eliciting_ = std::max(largest_eliciting_.value_or(0), number);
  last_eliciting_at_ = now;
}

bool ReceivedPackets::is_due_at_once(PacketNumber number, Ecn ecn) const {
  if (burst_ <= kThinFlowBurst) return true;
  if (pending_packets_ >= std::max(frequency_.packets, 1u) || ecn == Ecn::ce) return true;
  return (frequency_.gaps_at_once && reveals_a_gap(number)) || unreported_ranges() >= kUnreportedRangesMax;
}

// RFC 9000 13.2.1: out of order, or with numbers missing since the highest ack-eliciting one.
bool ReceivedPackets::reveals_a_gap(PacketNumber number) const {
  if (number < *largest_eliciting_) return true;
  for (const PacketRange& range : ranges()) {
    if (range.first <= number) return range.first > *largest_eliciting_ + 1;
  }
  return true;
}

std::uint32_t ReceivedPackets::unreported_ranges() const {
  if (ranges_.size() < kUnreportedRangesMax) return 0;
  std::uint32_t unreported = 0;
  for (std::size_t at = 0; at < ranges_.size(); ++at) unreported += changed_at_[at] == sequence_ ? 1 : 0;
  return unreported;
}

Duration ReceivedPackets::ack_delay(Instant now) const {
  if (ranges_.empty()) return Duration::zero();
  return std::max(now - largest_at_, Duration::zero());
}

void ReceivedPackets::count(Ecn ecn) {
  switch (ecn) {
    case Ecn::not_ect:
      return;
    case Ecn::ect0:
      ++ecn_.ect0;
      return;
    case Ecn::ect1:
      ++ecn_.ect1;
      return;
    case Ecn::ce:
      ++ecn_.ce;
      return;
  }
}

void ReceivedPackets::ack_at_once(Instant now) {
  if (ranges_.empty()) return;
  pending_packets_ = std::max(pending_packets_, 1u);
  deadline_ = now;
}

void ReceivedPackets::repeat_ack(Instant at) {
  if (!is_news_ || burst_ > kThinFlowBurst) return;
  is_news_ = false;
  pending_packets_ = 1;
  deadline_ = at;
}

AckSequence ReceivedPackets::on_ack_sent(std::size_t reported) {
  ++sequence_;
  // What the frame had no room for counts as changed after it, so that its ack does not forget it.
  for (std::size_t at = reported; at < ranges_.size(); ++at) touch(at);
  pending_packets_ = 0;
  deadline_.reset();
  return sequence_;
}

void ReceivedPackets::on_ack_acked(AckSequence sequence) {
  if (is_older(sequence_, sequence)) return;
  // The highest range stays: every ACK frame names the largest number received (RFC 9000 13.2.3).
  for (std::size_t at = ranges_.size(); at-- > 1;) {
    if (is_older(changed_at_[at], sequence)) remove(at);
  }
}

// False for a number that is there already. One below all kept ranges, when they are full, is let go: the
// peer will send what it carried again.
bool ReceivedPackets::insert(PacketNumber number) {
  std::size_t at = 0;
  while (at < ranges_.size() && ranges_[at].first > number + 1) ++at;
  if (at == ranges_.size() || ranges_[at].last + 1 < number) return insert_alone(at, number), true;
  PacketRange& range = ranges_[at];
  if (range.first <= number && number <= range.last) return false;
  range.first = std::min(range.first, number);
  range.last = std::max(range.last, number);
  touch(at);
  const std::size_t below = at + 1;
  if (below == ranges_.size() || ranges_[below].last + 1 < range.first) return true;
  range.first = ranges_[below].first;
  remove(below);
  return true;
}

void ReceivedPackets::insert_alone(std::size_t at, PacketNumber number) {
  if (at == kAckRangesMax) return;
  if (ranges_.size() == kAckRangesMax) remove(kAckRangesMax - 1);
  ranges_.insert(ranges_.begin() + static_cast<std::ptrdiff_t>(at), {number, number});
  changed_at_.insert(changed_at_.begin() + static_cast<std::ptrdiff_t>(at), sequence_);
}

void ReceivedPackets::remove(std::size_t at) {
  ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(at));
  changed_at_.erase(changed_at_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace rudp::ack
