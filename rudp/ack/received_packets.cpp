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
  if (range(0).last == number) largest_at_ = now;
  if (!ack_eliciting) return;
  ++pending_packets_;
  is_news_ = true;
  if (!largest_eliciting_ || now - last_eliciting_at_ > kThinFlowGap) burst_ = 0;
  if (burst_ <= kThinFlowBurst) ++burst_;
  if (is_due_at_once(number, ecn)) {
    due_at(now);
  } else if (deadline_ == Instant::max()) {
    due_at(now + std::max(frequency_.max_delay, Duration::zero()));
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
  if (count() < kUnreportedRangesMax) return 0;
  std::uint32_t unreported = 0;
  for (std::size_t at = 0; at < count(); ++at) unreported += changed_at(at) == sequence_ ? 1 : 0;
  return unreported;
}

Duration ReceivedPackets::ack_delay(Instant now) const {
  if (count() == 0) return Duration::zero();
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

// The end of time means that nothing is due.
void ReceivedPackets::due_at(Instant at) { deadline_ = std::min(at, Instant::max() - Duration(1)); }

void ReceivedPackets::ack_at_once(Instant now) {
  if (count() == 0) return;
  pending_packets_ = std::max(pending_packets_, 1u);
  due_at(now);
}

void ReceivedPackets::repeat_ack(Instant at) {
  if (!is_news_ || burst_ > kThinFlowBurst) return;
  is_news_ = false;
  pending_packets_ = 1;
  due_at(at);
}

AckSequence ReceivedPackets::on_ack_sent(std::size_t reported) {
  ++sequence_;
  // What the frame had no room for counts as changed after it, so that its ack does not forget it.
  for (std::size_t at = reported; at < count(); ++at) touch(at);
  pending_packets_ = 0;
  deadline_ = Instant::max();
  return sequence_;
}

void ReceivedPackets::on_ack_acked(AckSequence sequence) {
  if (is_older(sequence_, sequence)) return;
  // The highest range stays: every ACK frame names the largest number received (RFC 9000 13.2.3).
  for (std::size_t at = count(); at-- > 1;) {
    if (is_older(changed_at(at), sequence)) remove(at);
  }
}

// False for a number that is there already. One below all kept ranges, when they are full, is let go: the
// peer will send what it carried again.
bool ReceivedPackets::insert(PacketNumber number) {
  std::size_t at = 0;
  while (at < count() && range(at).first > number + 1) ++at;
  if (at == count() || range(at).last + 1 < number) return insert_alone(at, number), true;
  PacketRange& found = range(at);
  if (found.first <= number && number <= found.last) return false;
  found.first = std::min(found.first, number);
  found.last = std::max(found.last, number);
  touch(at);
  const std::size_t below = at + 1;
  if (below == count() || range(below).last + 1 < found.first) return true;
  found.first = range(below).first;
  remove(below);
  return true;
}

void ReceivedPackets::insert_alone(std::size_t at, PacketNumber number) {
  if (at == kAckRangesMax) return;
  if (count() == 0 && !several_) {
    one_ = {number, number};
    one_changed_at_ = sequence_;
    has_one_ = true;
    return;
  }
  if (count() == kAckRangesMax) remove(kAckRangesMax - 1);
  if (!several_) several_ = std::make_unique<Several>(Several{{one_}, {one_changed_at_}});
  const auto place = static_cast<std::ptrdiff_t>(at);
  several_->ranges.insert(several_->ranges.begin() + place, {number, number});
  several_->changed_at.insert(several_->changed_at.begin() + place, sequence_);
}

/// REQUIRES: at > 0; the highest range is never forgotten.
void ReceivedPackets::remove(std::size_t at) {
  const auto place = static_cast<std::ptrdiff_t>(at);
  several_->ranges.erase(several_->ranges.begin() + place);
  several_->changed_at.erase(several_->changed_at.begin() + place);
}

void ReceivedPackets::rest() {
  if (!several_) return;
  while (count() > kAckRangesAtRest) remove(count() - 1);
  one_ = range(0);
  one_changed_at_ = changed_at(0);
  if (count() == 1) return several_.reset();
  several_->ranges.shrink_to_fit();
  several_->changed_at.shrink_to_fit();
}

}  // namespace rudp::ack
