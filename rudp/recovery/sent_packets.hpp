// What is remembered of sent packets until they are acked, or lost for good.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <rudp/types.hpp>

#include "base/packet_window.hpp"
#include "base/rate_snapshot.hpp"
#include "base/ring_queue.hpp"
#include "base/units.hpp"

namespace rudp::recovery {

/// Lost packets that are still recognised when their ack comes after all. One window's worth on most paths.
inline constexpr std::size_t kLostPacketsMax = 512;
/// Packets that elicit no ack and were not acked yet. A side that only receives sends many, and nothing makes
/// its peer ack them; the oldest are forgotten (or, behind one that is still asked after, the newest are not
/// remembered), which costs nothing but the news that they arrived. An MTU probe, of which there is one at a
/// time, is always taken in.
inline constexpr std::size_t kAckOnlyPacketsMax = 256;
/// Copies under way (OutgoingPacket::copy_of). Who is asked and answers next to nothing would let them grow
/// in number, and each search for what to ask after next passes them; the oldest are forgotten, and with
/// them the news that their acks would be.
inline constexpr std::size_t kCopiesMax = 64;
/// The newest deliberately skipped numbers, for telling an ack that was made up. They are about a window
/// apart.
inline constexpr std::size_t kSkippedNumbersMax = 16;

/// Frames that one packet carries at most.
inline constexpr std::size_t kFramesPerPacketMax = 64;
/// Slots of the ring of frames at most. Two for each packet of the largest window.
inline constexpr std::size_t kSentFrameSlotsMax = std::size_t{1} << 19;
/// Frames of remembered packets, and of those between them, that still let one more packet in.
inline constexpr std::size_t kSentFramesMax = kSentFrameSlotsMax - kFramesPerPacketMax;
/// What a peer that never acknowledges can make the record of sent packets take.
inline constexpr std::size_t kSentPacketsBytesMax = std::size_t{48} << 20;

/// Why a packet was sent, where that changes what its loss means.
enum class PacketPurpose : std::uint8_t {
  ordinary,
  probe,  ///< answers a probe timeout
  /// Larger than the path is known to take: its loss is no congestion (RFC 9000 14.4). Given as a packet that
  /// elicits nothing and is not in flight, so that nothing waits for it.
  mtu_probe,
  path_probe,  ///< over another path, and not in flight on this one: its ack tells nothing of this one's time
};

/// One thing that a packet carried, in the connection's own terms; here it is only kept and handed back.
struct SentFrame {
  std::uint8_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t length = 0;
  std::uint64_t id = 0;
  std::uint64_t offset = 0;

  friend constexpr auto operator<=>(const SentFrame&, const SentFrame&) = default;
};

/// A packet as it leaves.
struct OutgoingPacket {
  PacketNumber number = 0;  ///< above every number before
  Instant sent_at;
  std::uint32_t bytes = 0;  ///< UDP payload
  bool ack_eliciting = true;
  bool in_flight = true;    ///< counts toward the congestion window: ack-eliciting or padded
  bool ecn_marked = false;  ///< left as ECN-capable
  PacketPurpose purpose = PacketPurpose::ordinary;
  /// The packet whose frames this one repeats (Probe::copy_of). While a copy is under way the original's loss
  /// hands no frames back, else every answered probe would be followed by a needless retransmission.
  std::optional<PacketNumber> copy_of;
  RateSnapshot rate;
};

/// Stands for "none" where a packet number is stored.
inline constexpr PacketNumber kNoPacket = kPacketNumberMax + 1;

/// A packet as it is remembered.
struct SentPacket {
  Instant sent_at;
  Instant probed_at;  ///< when it or its newest copy was sent
  RateSnapshot rate;
  std::uint64_t first_frame = 0;      ///< index into the frames ever pushed
  PacketNumber previous = kNoPacket;  ///< neighbours in the list of outstanding packets
  PacketNumber next = kNoPacket;
  PacketNumber copied_in = kNoPacket;  ///< its newest copy, or none
  std::uint32_t bytes = 0;
  std::uint16_t frame_count = 0;
  std::uint8_t probes = 0;  ///< probe timeouts that repeated it
  PacketPurpose purpose = PacketPurpose::ordinary;
  bool ack_eliciting = false;
  bool in_flight = false;
  bool is_copy = false;
  bool lost = false;
  bool ecn_marked = false;
};

/// Packets in two sets: outstanding (sent, neither acked nor lost; linked in ascending order) and lost
/// (declared so, kept for a while to recognise a spurious loss). Acked ones are forgotten at once. Memory is
/// two rings that grow to the window's need and then stay, until rest(): then it is a number.
class SentPackets {
 public:
  /// Remembers a packet and what it carried. Numbers left out since the last one count as skipped on purpose.
  /// A packet that elicits nothing is not remembered while is_full() or while too many such are.
  /// REQUIRES: a number above all before, at most kPacketNumberMax; at most kFramesPerPacketMax frames;
  /// !is_full() for a packet in flight.
  void push(const OutgoingPacket& packet, std::span<const SentFrame> frames);
  /// REQUIRES: number is the next one in order.
  void mark_skipped(PacketNumber number);

  /// Whether the span from the oldest outstanding packet to the next one is at its bound, or its frames are:
  /// nothing ack-eliciting may be sent until an ack or a loss frees the front.
  bool is_full() const;

  /// One above the highest number sent or skipped.
  PacketNumber next_number() const { return next_number_; }
  bool was_skipped(PacketNumber first, PacketNumber last) const;
  /// Skipped numbers among those remembered, between two numbers, both excluded.
  std::uint64_t skipped_between(PacketNumber low, PacketNumber high) const;

  /// Null where it is neither outstanding nor remembered as lost.
  SentPacket* find(PacketNumber number) { return kept_ ? kept_->packets.find(number) : nullptr; }
  const SentPacket* find(PacketNumber number) const { return kept_ ? kept_->packets.find(number) : nullptr; }
  /// The oldest outstanding packet, or kNoPacket; follow SentPacket::next.
  PacketNumber oldest() const { return kept_ ? kept_->oldest : kNoPacket; }
  /// The numbers remembered as lost, ascending.
  std::span<const PacketNumber> lost() const {
    return kept_ ? std::span<const PacketNumber>(kept_->lost) : std::span<const PacketNumber>();
  }

  /// Appends what a remembered packet carried.
  void append_frames(const SentPacket& packet, std::vector<SentFrame>& out) const;

  /// Forgets a packet, outstanding or lost. REQUIRES: find(number).
  void remove(PacketNumber number);
  /// Moves an outstanding packet to the lost ones. REQUIRES: find(number), not lost.
  void mark_lost(PacketNumber number);
  /// Makes a copy count as an original: what it repeats was declared lost. REQUIRES: find(number), not lost.
  void promote(PacketNumber number);
  /// Forgets the oldest copies under way, all but `most`; that is no loss. Returns what they had in flight,
  /// in bytes.
  std::uint64_t forget_copies(std::size_t most);
  /// Gives all memory back when nothing is under way that asks for an ack; what only waited for news is
  /// forgotten. REQUIRES: eliciting() == 0.
  void rest();
  /// Forgets lost packets that were sent before `limit`.
  void forget_lost_before(Instant limit);

  std::uint64_t bytes_in_flight() const { return kept_ ? kept_->bytes_in_flight : 0; }
  /// Outstanding ack-eliciting packets; those that repeat another one's frames are left out of `originals`.
  std::size_t eliciting() const { return kept_ ? kept_->eliciting : 0; }
  std::size_t originals() const { return kept_ ? kept_->originals : 0; }
  std::size_t copies() const { return eliciting() - originals(); }
  /// Outstanding packets that elicit no ack.
  std::size_t ack_only() const { return kept_ ? kept_->ack_only : 0; }

 private:
  /// What is of use only while packets are remembered.
  struct Kept {
    base::PacketWindow<SentPacket> packets;
    base::RingQueue<SentFrame> frames;
    std::uint64_t frames_popped = 0;
    std::vector<PacketNumber> lost;
    std::vector<PacketNumber> skipped;  // ascending, at most kSkippedNumbersMax
    PacketNumber oldest = kNoPacket;
    PacketNumber newest = kNoPacket;
    PacketNumber copies_from = 0;  // no copy is under way below
    std::uint64_t bytes_in_flight = 0;
    std::size_t eliciting = 0;
    std::size_t originals = 0;
    std::size_t ack_only = 0;
  };

  Kept& kept();
  void link(PacketNumber number, SentPacket& packet);
  void unlink(const SentPacket& packet);
  bool make_room_for_ack_only(PacketPurpose purpose);
  bool is_copy_under_way(PacketNumber number) const;
  void note_copy(PacketNumber original, PacketNumber copy, Instant sent_at);
  void forget_lost(std::size_t oldest);
  void make_room(PacketNumber number);
  void trim_frames();

  PacketNumber next_number_ = 0;
  std::unique_ptr<Kept> kept_;  // null: nothing is remembered
};

static_assert(base::kPacketWindowSlotsMax * (sizeof(SentPacket) + sizeof(PacketNumber)) +
                  kSentFrameSlotsMax * sizeof(SentFrame) <=
              kSentPacketsBytesMax);

}  // namespace rudp::recovery
