#include "recovery/sent_packets.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::recovery {
namespace {

// How many of the oldest lost packets go at once when the list is full, so that moving the rest is rare.
constexpr std::size_t kLostPacketsDropped = kLostPacketsMax / 8;

}  // namespace

SentPackets::Kept& SentPackets::kept() {
  if (!kept_) kept_ = std::make_unique<Kept>();
  return *kept_;
}

void SentPackets::push(const OutgoingPacket& packet, std::span<const SentFrame> frames) {
  RUDP_ASSERT(packet.number >= next_number_ && packet.number <= kPacketNumberMax);
  RUDP_ASSERT(frames.size() <= kFramesPerPacketMax);
  // Of a long gap only the last numbers could be remembered anyway.
  const PacketNumber gap = std::min<PacketNumber>(packet.number - next_number_, kSkippedNumbersMax);
  next_number_ = packet.number - gap;
  while (next_number_ < packet.number) mark_skipped(next_number_);
  next_number_ = packet.number + 1;
  if (!packet.ack_eliciting && !make_room_for_ack_only(packet.purpose)) return;
  Kept& kept = this->kept();
  make_room(packet.number);
  RUDP_ASSERT(kept.packets.can_push(packet.number));

  SentPacket sent;
  sent.sent_at = packet.sent_at;
  sent.probed_at = packet.sent_at;
  sent.rate = packet.rate;
  sent.first_frame = kept.frames_popped + kept.frames.size();
  sent.frame_count = static_cast<std::uint16_t>(frames.size());
  sent.bytes = packet.bytes;
  sent.purpose = packet.purpose;
  sent.ack_eliciting = packet.ack_eliciting;
  sent.in_flight = packet.in_flight;
  sent.is_copy = packet.copy_of.has_value();
  sent.ecn_marked = packet.ecn_marked;
  for (const SentFrame& frame : frames) kept.frames.push_back(frame);
  link(packet.number, kept.packets.push_back(packet.number, sent));
  if (packet.copy_of) note_copy(*packet.copy_of, packet.number, packet.sent_at);
}

void SentPackets::mark_skipped(PacketNumber number) {
  RUDP_ASSERT(number == next_number_);
  next_number_ = number + 1;
  std::vector<PacketNumber>& skipped = kept().skipped;
  if (skipped.size() == kSkippedNumbersMax) skipped.erase(skipped.begin());
  skipped.push_back(number);
}

bool SentPackets::is_full() const {
  if (oldest() == kNoPacket) return false;
  const std::uint64_t frames = kept_->frames_popped + kept_->frames.size() - find(oldest())->first_frame;
  return next_number_ + kSkippedNumbersMax - oldest() >= base::kPacketWindowSlotsMax ||
         frames >= kSentFramesMax;
}

// What only waits for news does not hold up what is to be sent.
void SentPackets::make_room(PacketNumber number) {
  const bool has_too_many = kept_->frames.size() >= kSentFramesMax;
  const std::span<const PacketNumber> lost = this->lost();
  std::size_t count = 0;
  while (count < lost.size() &&
         (number - lost[count] >= base::kPacketWindowSlotsMax || (has_too_many && lost[count] < oldest())))
    ++count;
  forget_lost(count);
}

// Behind an ack-eliciting packet nothing is dropped: that one is asked after by probes, and its ack will
// come.
bool SentPackets::make_room_for_ack_only(PacketPurpose purpose) {
  if (is_full()) return false;
  if (ack_only() < kAckOnlyPacketsMax || purpose == PacketPurpose::mtu_probe) return true;
  if (find(kept_->oldest)->ack_eliciting) return false;
  remove(kept_->oldest);
  return true;
}

// Numbers only grow, so none is looked at twice.
std::uint64_t SentPackets::forget_copies(std::size_t most) {
  const std::uint64_t before = bytes_in_flight();
  while (copies() > most) {
    PacketNumber& number = kept_->copies_from;
    number = std::max(number, oldest());
    while (!is_copy_under_way(number)) ++number;
    remove(number++);
  }
  return before - bytes_in_flight();
}

bool SentPackets::is_copy_under_way(PacketNumber number) const {
  const SentPacket* const packet = find(number);
  return packet != nullptr && packet->ack_eliciting && packet->is_copy && !packet->lost;
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
  if (!kept_) return false;
  const auto at = std::lower_bound(kept_->skipped.begin(), kept_->skipped.end(), first);
  return at != kept_->skipped.end() && *at <= last;
}

std::uint64_t SentPackets::skipped_between(PacketNumber low, PacketNumber high) const {
  if (!kept_) return 0;
  const auto from = std::upper_bound(kept_->skipped.begin(), kept_->skipped.end(), low);
  const auto to = std::lower_bound(from, kept_->skipped.end(), high);
  return static_cast<std::uint64_t>(to - from);
}

void SentPackets::append_frames(const SentPacket& packet, std::vector<SentFrame>& out) const {
  const std::uint64_t begin = packet.first_frame - kept_->frames_popped;
  for (std::uint64_t at = begin; at < begin + packet.frame_count; ++at) {
    out.push_back(kept_->frames[static_cast<std::size_t>(at)]);
  }
}

void SentPackets::remove(PacketNumber number) {
  const SentPacket* const packet = find(number);
  RUDP_ASSERT(packet != nullptr);
  if (packet->lost) {
    kept_->lost.erase(std::lower_bound(kept_->lost.begin(), kept_->lost.end(), number));
  } else {
    unlink(*packet);
  }
  kept_->packets.erase(number);
  trim_frames();
}

void SentPackets::mark_lost(PacketNumber number) {
  SentPacket* const packet = find(number);
  RUDP_ASSERT(packet != nullptr && !packet->lost);
  unlink(*packet);
  packet->lost = true;
  kept_->lost.insert(std::lower_bound(kept_->lost.begin(), kept_->lost.end(), number), number);
  if (kept_->lost.size() > kLostPacketsMax) forget_lost(kLostPacketsDropped);
}

void SentPackets::promote(PacketNumber number) {
  SentPacket* const packet = find(number);
  RUDP_ASSERT(packet != nullptr && !packet->lost);
  if (!packet->is_copy) return;
  packet->is_copy = false;
  if (packet->ack_eliciting) ++kept_->originals;
}

void SentPackets::rest() {
  RUDP_ASSERT(eliciting() == 0);
  kept_.reset();
}

void SentPackets::forget_lost_before(Instant limit) {
  std::size_t oldest = 0;
  while (oldest < lost().size() && find(lost()[oldest])->sent_at < limit) ++oldest;
  forget_lost(oldest);
}

void SentPackets::forget_lost(std::size_t oldest) {
  if (oldest == 0) return;
  for (std::size_t at = 0; at < oldest; ++at) kept_->packets.erase(kept_->lost[at]);
  kept_->lost.erase(kept_->lost.begin(), kept_->lost.begin() + static_cast<std::ptrdiff_t>(oldest));
  trim_frames();
}

void SentPackets::link(PacketNumber number, SentPacket& packet) {
  packet.previous = kept_->newest;
  packet.next = kNoPacket;
  (kept_->newest == kNoPacket ? kept_->oldest : find(kept_->newest)->next) = number;
  kept_->newest = number;
  if (packet.in_flight) kept_->bytes_in_flight += packet.bytes;
  if (!packet.ack_eliciting) ++kept_->ack_only;
  if (packet.ack_eliciting) ++kept_->eliciting;
  if (packet.ack_eliciting && !packet.is_copy) ++kept_->originals;
}

void SentPackets::unlink(const SentPacket& packet) {
  (packet.previous == kNoPacket ? kept_->oldest : find(packet.previous)->next) = packet.next;
  (packet.next == kNoPacket ? kept_->newest : find(packet.next)->previous) = packet.previous;
  if (packet.in_flight) kept_->bytes_in_flight -= packet.bytes;
  if (!packet.ack_eliciting) --kept_->ack_only;
  if (packet.ack_eliciting) --kept_->eliciting;
  if (packet.ack_eliciting && !packet.is_copy) --kept_->originals;
}

void SentPackets::trim_frames() {
  const std::uint64_t end = kept_->frames_popped + kept_->frames.size();
  const std::uint64_t needed = kept_->packets.empty() ? end : kept_->packets.front().first_frame;
  for (; kept_->frames_popped < needed; ++kept_->frames_popped) kept_->frames.pop_front();
}

}  // namespace rudp::recovery
