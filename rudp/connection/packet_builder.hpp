// Builds one packet in place: header, frames, padding, seal, header protection.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "crypto/packet_protection.hpp"
#include "recovery/sent_packets.hpp"
#include "wire/writer.hpp"

namespace rudp::connection {

/// Frames of one packet whose fate is remembered. A packet full of the smallest
/// messages would hold more; the rest goes into the next one.
inline constexpr std::size_t kRecordsPerPacketMax = recovery::kFramesPerPacketMax;

/// Payload of a frame that may end a packet: with it the sample of header protection has its length.
inline constexpr std::size_t kFillingBytesMin = 4;

class PacketBuilder {
 public:
  struct Header {
    ConnectionId destination_cid;
    PacketNumber number = 0;
    std::size_t number_length = 1;
    bool key_phase = false;
  };

  /// `datagram` is where the packet goes and how long it may be.
  /// REQUIRES: room for a header, four bytes of payload and a tag.
  PacketBuilder(MutableBytes datagram, const Header& header);

  /// Where frames are written; it ends before the room for the tag.
  wire::Writer& frames() { return frames_; }
  std::size_t space() const { return records_count_ < kRecordsPerPacketMax ? frames_.remaining() : 0; }
  /// How many more frames can be noted.
  std::size_t records_left() const { return records_.size() - records_count_; }
  /// Notes a frame just written.
  void record(const recovery::SentFrame& frame);
  void set_ack_eliciting() { ack_eliciting_ = true; }

  /// The frame just written says nothing of its length: it reaches to the packet's end, so nothing follows, not
  /// even padding. REQUIRES: the frames are long enough for the sample of header protection (kFillingBytesMin).
  void end() { frames_.end(); }

  bool empty() const { return frames_.size() == 0; }
  bool ack_eliciting() const { return ack_eliciting_; }
  PacketNumber number() const { return header_.number; }
  std::span<const recovery::SentFrame> records() const { return {records_.data(), records_count_}; }

  /// Pads with PADDING to at least `bytes` of datagram where there is room, seals
  /// and protects. Returns the datagram's length. REQUIRES: !empty(). Errors: limit_exceeded (key used up).
  Result<std::size_t> finish(crypto::PacketProtection& protection, std::size_t pad_to_bytes);
  /// The datagram's length if it were finished now.
  std::size_t bytes() const { return header_bytes_ + frames_.size() + crypto::kTagBytes; }

 private:
  MutableBytes datagram_;
  Header header_;
  std::size_t header_bytes_;
  wire::Writer frames_;
  std::array<recovery::SentFrame, kRecordsPerPacketMax> records_;
  std::size_t records_count_ = 0;
  bool ack_eliciting_ = false;
};

}  // namespace rudp::connection
