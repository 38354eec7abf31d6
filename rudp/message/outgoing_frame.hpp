// What the sending side of messages hands to a packet, and the tag by which the packet's fate comes back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rudp/event.hpp>
#include <rudp/types.hpp>

namespace rudp::message {

/// Which bytes of which message a packet carries. The connection keeps it with the packet and returns it to
/// Outgoing::on_acked or on_lost, at most once each; a tag of a message that is done is ignored.
struct FrameTag {
  std::uint64_t id = 0;  ///< meaningful to Outgoing only
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

enum class FrameKind : std::uint8_t {
  whole,     ///< MESSAGE
  fragment,  ///< FRAGMENT
};

/// One frame to write. Frames of small messages of one channel come one after the other with rising numbers,
/// so that a packet builder may join them to a run.
struct OutgoingFrame {
  FrameKind kind = FrameKind::whole;
  Delivery delivery = Delivery::reliable_ordered;
  ChannelId channel = 0;
  std::uint16_t number = 0;  ///< no meaning where has_number() is false
  std::uint64_t total = 0;   ///< length of the whole message
  std::uint64_t offset = 0;  ///< of a fragment
  Bytes data;                ///< valid until the next call on Outgoing that is not const
  FrameTag tag;

  bool has_number() const { return kind == FrameKind::fragment || delivery != Delivery::unreliable; }
};

/// Items that one SKIP takes here: a burst of deadlines in a few frames, a small part of a packet's records.
inline constexpr std::size_t kSkipItemsMax = 32;

/// One number that is given up.
struct OutgoingSkipItem {
  std::uint64_t id = 0;  ///< returned to Outgoing::on_skip_acked or on_skip_lost
  std::uint64_t charge = 0;
  std::uint16_t number = 0;
};

/// One SKIP to write.
struct OutgoingSkip {
  ChannelId channel = 0;
  std::size_t count = 0;
  std::array<OutgoingSkipItem, kSkipItemsMax> items{};
};

/// What MSG_BLOCKED says: at this limit there is no credit for a message that needs `need` (length + 64).
struct MsgBlocked {
  std::uint64_t limit = 0;
  std::uint64_t need = 0;
};

/// What became of a message that was sent with SendOptions::receipt.
struct Receipt {
  MessageId id = 0;
  ReceiptStatus status = ReceiptStatus::delivered;
};

}  // namespace rudp::message
