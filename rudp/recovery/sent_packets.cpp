#include "recovery/sent_packets.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/give_back.hpp"

namespace rudp::recovery {
namespace {

// How many of the oldest lost packets go at once when the list is full, so that moving the rest is rare.
constexpr std::size_t kLostPacketsDropped = kLostPacketsMax / 8;

}  // namespace

void SentPackets::push(const OutgoingPacket& packet, std::span<const SentFrame> frames) {
  RUDP_ASSERT(packet.number >= next_number_ && packet.number <= kPacketNumberMax);
  // Of a long gap only the last numbers could be remembered anyway.
  const PacketNumber gap = std::min<PacketNumber>(packet.number - next_number_, kSkippedNumbersMax);
  next_number_ = packet.number - gap;
  while (next_number_ < packet.number) mark_skipped(next_number_);
  next_number_ = packet.number + 1;
  if (!packet.ack_eliciting && !make_room_for_ack_only()) return;
  RUDP_ASSERT(packets_.can_push(packet.number));

  SentPacket sent;
  sent.sent_at = packet.sent_at;
  sent.probed_at = packet.sent_at;
  sent.rate = packet.rate;
  sent.first_frame = frames_popped_ + frames_.size();
  sent.frame_count = static_cast<std::uint16_t>(frames.size());
  sent.bytes = packet.bytes;
  sent.purpose = packet.purpose;
  sent.ack_eliciting = packet.ack_eliciting;
  sent.in_flight = packet.in_flight;
  sent.is_copy = packet.copy_of.has_value();
  sent.ecn_marked = packet.ecn_marked;
  for (const SentFrame& frame : frames) frames_.push_back(frame);
  link(packet.number, packets_.push_back(packet.number, sent));
  if (packet.copy_of) note_copy(*packet.copy_of, packet.number, packet.sent_at);
}

void SentPackets::mark_skipped(PacketNumber number) {
  RUDP_ASSERT(number == next_number_);
  next_number_ = number + 1;
  if (skipped_.size() == kSkippedNumbersMax) skipped_.erase(skipped_.begin());
  skipped_.push_back(number);
}

bool SentPackets::is_full() const {
  return !packets_.empty() &&
         next_number_ + kSkippedNumbersMax - packets_.front_number() >= base::kPacketWindowSlotsMax;
}

// Behind an ack-eliciting packet nothing is dropped: that one is asked after by probes, and its ack will
// come.
bool SentPackets::make_room_for_ack_only() {
  if (is_full()) return false;
  if (ack_only_ < kAckOnlyPacketsMax) return true;
  if (find(oldest_)->ack_eliciting) return false;
  remove(oldest_);
  return true;
}

// The newest copy is what the original and all its earlier copies hope for.
void SentPackets::note_copy(PacketNumber original, PacketNumber copy, Instant sent_at) {
  SentPacket* const first = find(original);
  if (first == nullptr) return;
  if (SentPacket* const earlier = find(first->copied_in)) earlier->copied_in = copy;
  first->copied_in = copy;
  first->probed_at = sent_at;
}

bool SentPackets::was_skipped(PacketNumber first, PacketNumber last) const {
  const auto at = std::lower_bound(skipped_.begin(), skipped_.end(), first);
  return at != skipped_.end() && *at <= last;
}

std::uint64_t SentPackets::skipped_between(PacketNumber low, PacketNumber high) const {
  const auto from = std::upper_bound(skipped_.begin(), skipped_.end(), low);
  const auto to = std::lower_bound(from, skipped_.end(), high);
  return static_cast<std::uint64_t>(to - from);
}

void SentPackets::append_frames(const SentPacket& packet, std::vector<SentFrame>& out) const {
  const std::uint64_t begin = packet.first_frame - frames_popped_;
  for (std::uint64_t at = begin; at < begin + packet.frame_count; ++at) {
    out.push_back(frames_[static_cast<std::size_t>(at)]);
  }
}

void SentPackets::remove(PacketNumber number) {
  const SentPacket* const packet = find(number);
  RUDP_ASSERT(packet != nullptr);
  if (packet->lost) {
    lost_.erase(std::lower_bound(lost_.begin(), lost_.end(), number));
  } else {
    unlink(*packet);
  }
  packets_.erase(number);
  trim_frames();
}

void SentPackets::mark_lost(PacketNumber number) {
  SentPacket* const packet = find(number);
  RUDP_ASSERT(packet != nullptr && !packet->lost);
  unlink(*packet);
  packet->lost = true;
  lost_.insert(std::lower_bound(lost_.begin(), lost_.end(), number), number);
  if (lost_.size() > kLostPacketsMax) forget_lost(kLostPacketsDropped);
}

void SentPackets::promote(PacketNumber number) {
  SentPacket* const packet = find(number);
  RUDP_ASSERT(packet != nullptr && !packet->lost);
  if (!packet->is_copy) return;
  packet->is_copy = false;
  if (packet->ack_eliciting) ++originals_;
}

void SentPackets::rest() {
  RUDP_ASSERT(eliciting_ == 0);
  frames_popped_ += frames_.size();
  base::give_back(packets_);
  base::give_back(frames_);
  base::give_back(lost_);
  base::give_back(skipped_);
  oldest_ = newest_ = kNoPacket;
  bytes_in_flight_ = 0;
  ack_only_ = 0;
}

void SentPackets::forget_lost_before(Instant limit) {
  std::size_t oldest = 0;
  while (oldest < lost_.size() && find(lost_[oldest])->sent_at < limit) ++oldest;
  forget_lost(oldest);
}

void SentPackets::forget_lost(std::size_t oldest) {
  if (oldest == 0) return;
  for (std::size_t at = 0; at < oldest; ++at) packets_.erase(lost_[at]);
  lost_.erase(lost_.begin(), lost_.begin() + static_cast<std::ptrdiff_t>(oldest));
  trim_frames();
}

void SentPackets::link(PacketNumber number, SentPacket& packet) {
  packet.previous = newest_;
  packet.next = kNoPacket;
  (newest_ == kNoPacket ? oldest_ : find(newest_)->next) = number;
  newest_ = number;
  if (packet.in_flight) bytes_in_flight_ += packet.bytes;
  if (!packet.ack_eliciting) ++ack_only_;
  if (packet.ack_eliciting) ++eliciting_;
  if (packet.ack_eliciting && !packet.is_copy) ++originals_;
}

void SentPackets::unlink(const SentPacket& packet) {
  (packet.previous == kNoPacket ? oldest_ : find(packet.previous)->next) = packet.next;
  (packet.next == kNoPacket ? newest_ : find(packet.next)->previous) = packet.previous;
  if (packet.in_flight) bytes_in_flight_ -= packet.bytes;
  if (!packet.ack_eliciting) --ack_only_;
  if (packet.ack_eliciting) --eliciting_;
  if (packet.ack_eliciting && !packet.is_copy) --originals_;
}

void SentPackets::trim_frames() {
  const std::uint64_t end = frames_popped_ + frames_.size();
  const std::uint64_t needed = packets_.empty() ? end : packets_.front().first_frame;
  for (; frames_popped_ < needed; ++frames_popped_) frames_.pop_front();
}

}  // namespace rudp::recovery
