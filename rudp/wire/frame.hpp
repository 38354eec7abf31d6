// The frames of a packet as valid values. Byte sequences and lists are views into the packet that they came
// from, checked when the frame was read; iterating them cannot fail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include <rudp/stream.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "wire/frame_lists.hpp"

namespace rudp::wire {

/// The first byte(s) of a frame, a varint in its shortest form. Where a range of types is one frame, this is
/// the lowest; flags and delivery kinds are added to it.
enum class FrameType : std::uint8_t {
  padding = 0x00,
  ping = 0x01,
  ack = 0x02,
  ack_ecn = 0x03,
  reset_stream = 0x04,
  stop_sending = 0x05,
  stream = 0x08,
  message_to_end = 0x10,
  message = 0x14,
  messages = 0x18,
  close_transport = 0x1c,
  close_application = 0x1d,
  fragment_to_end = 0x20,
  fragment = 0x24,
  skip = 0x28,
  receipt = 0x29,
  max_msg_data = 0x30,
  msg_blocked = 0x31,
  max_data = 0x32,
  max_stream_data = 0x33,
  max_streams_bidirectional = 0x34,
  max_streams_one_way = 0x35,
  new_connection_id = 0x38,
  retire_connection_id = 0x39,
  path_challenge = 0x3a,
  path_response = 0x3b,
  ack_frequency = 0x3c,
  immediate_ack = 0x3d,
};

using rudp::StreamDirection;
using rudp::StreamId;

/// Channels are numbered 0 to this.
inline constexpr std::uint64_t kChannelMax = 65535;
/// No more streams of a direction than fit a stream id (RFC 9000 19.11).
inline constexpr std::uint64_t kStreamsMax = std::uint64_t{1} << 60;
/// ACK delays are counted in units of this many microseconds.
inline constexpr std::uint64_t kAckDelayUnitUs = 8;
inline constexpr std::size_t kPathDataBytes = 8;

/// Whether a frame says how long its last field is, or fills the packet.
enum class Extent : std::uint8_t { stated, to_packet_end };

/// A run of 0x00 bytes, read and written as one. REQUIRES for writing: bytes >= 1.
struct PaddingFrame {
  std::size_t bytes = 1;
  friend bool operator==(const PaddingFrame&, const PaddingFrame&) = default;
};

struct PingFrame {
  friend bool operator==(const PingFrame&, const PingFrame&) = default;
};

/// Made by reading; to write one from ranges, see write_ack.
struct AckFrame {
  AckRanges ranges;               ///< descending; the first ends at the largest acknowledged number
  std::uint64_t delay_units = 0;  ///< of kAckDelayUnitUs; what the peer claims, up to kVarintMax
  std::optional<EcnCounts> ecn;

  PacketNumber largest() const { return ranges.largest(); }
  friend bool operator==(const AckFrame&, const AckFrame&) = default;
};

struct ResetStreamFrame {
  StreamId stream = 0;
  std::uint64_t code = 0;
  std::uint64_t final_size = 0;
  friend bool operator==(const ResetStreamFrame&, const ResetStreamFrame&) = default;
};

struct StopSendingFrame {
  StreamId stream = 0;
  std::uint64_t code = 0;
  friend bool operator==(const StopSendingFrame&, const StopSendingFrame&) = default;
};

/// offset + data.size() <= kVarintMax.
struct StreamFrame {
  StreamId stream = 0;
  std::uint64_t offset = 0;
  Bytes data;
  bool fin = false;
  Extent extent = Extent::stated;
  friend bool operator==(const StreamFrame& a, const StreamFrame& b);
};

/// A whole message.
struct MessageFrame {
  Bytes payload;
  ChannelId channel = 0;
  std::uint16_t number = 0;  ///< absent on the wire, and 0, for unreliable
  Delivery delivery = Delivery::reliable_ordered;
  Extent extent = Extent::stated;
  friend bool operator==(const MessageFrame& a, const MessageFrame& b);
};

/// Whole messages with ascending numbers. Never Delivery::latest.
struct MessagesFrame {
  MessageRun messages;  ///< 1 to 255
  ChannelId channel = 0;
  std::uint16_t first = 0;  ///< the number of the first, the others follow modulo 2^16; as in MessageFrame
  Delivery delivery = Delivery::reliable_ordered;
  friend bool operator==(const MessagesFrame&, const MessagesFrame&) = default;
};

/// Part of a message: data is never empty, offset + data.size() <= total.
struct FragmentFrame {
  std::uint64_t total = 0;  ///< bytes of the whole message, as announced; not yet a limit kept
  std::uint64_t offset = 0;
  Bytes data;
  ChannelId channel = 0;
  std::uint16_t number = 0;  ///< present for every kind
  Delivery delivery = Delivery::reliable_ordered;
  Extent extent = Extent::stated;
  friend bool operator==(const FragmentFrame& a, const FragmentFrame& b);
};

/// Gives up numbers of a channel; the receiver advances past them and counts their credit.
struct SkipFrame {
  SkipRun items;  ///< 1 to 255
  ChannelId channel = 0;
  friend bool operator==(const SkipFrame&, const SkipFrame&) = default;
};

/// A fragmented unreliable message has arrived whole.
struct ReceiptFrame {
  ChannelId channel = 0;
  std::uint16_t number = 0;
  friend bool operator==(const ReceiptFrame&, const ReceiptFrame&) = default;
};

/// Credit for reliable messages, cumulative over the connection.
struct MaxMsgDataFrame {
  std::uint64_t limit = 0;
  friend bool operator==(const MaxMsgDataFrame&, const MaxMsgDataFrame&) = default;
};

/// A reliable message that costs `need` (its length + 64) waits because it does not fit below `limit`.
struct MsgBlockedFrame {
  std::uint64_t limit = 0;
  std::uint64_t need = 0;
  friend bool operator==(const MsgBlockedFrame&, const MsgBlockedFrame&) = default;
};

struct MaxDataFrame {
  std::uint64_t limit = 0;
  friend bool operator==(const MaxDataFrame&, const MaxDataFrame&) = default;
};

struct MaxStreamDataFrame {
  StreamId stream = 0;
  std::uint64_t limit = 0;
  friend bool operator==(const MaxStreamDataFrame&, const MaxStreamDataFrame&) = default;
};

/// limit <= kStreamsMax.
struct MaxStreamsFrame {
  StreamDirection direction = StreamDirection::bidirectional;
  std::uint64_t limit = 0;
  friend bool operator==(const MaxStreamsFrame&, const MaxStreamsFrame&) = default;
};

/// The connection ends. The reason is text from a peer, up to the rest of the packet: show it escaped only.
struct CloseFrame {
  enum class Origin : std::uint8_t { transport, application };

  std::uint64_t code = 0;        ///< a TransportError, or the application's own number
  std::uint64_t frame_type = 0;  ///< transport only: the frame that caused it, 0 where none did
  Bytes reason;
  Origin origin = Origin::transport;
  friend bool operator==(const CloseFrame& a, const CloseFrame& b);
};

/// retire_prior_to <= sequence; an id of 4 or 8 bytes.
struct NewConnectionIdFrame {
  std::uint64_t sequence = 0;
  std::uint64_t retire_prior_to = 0;
  ConnectionId id;
  std::array<std::uint8_t, 16> reset_token{};
  friend bool operator==(const NewConnectionIdFrame&, const NewConnectionIdFrame&) = default;
};

struct RetireConnectionIdFrame {
  std::uint64_t sequence = 0;
  friend bool operator==(const RetireConnectionIdFrame&, const RetireConnectionIdFrame&) = default;
};

struct PathChallengeFrame {
  std::array<std::uint8_t, kPathDataBytes> data{};
  friend bool operator==(const PathChallengeFrame&, const PathChallengeFrame&) = default;
};

struct PathResponseFrame {
  std::array<std::uint8_t, kPathDataBytes> data{};
  friend bool operator==(const PathResponseFrame&, const PathResponseFrame&) = default;
};

/// draft-ietf-quic-ack-frequency section 4.
struct AckFrequencyFrame {
  std::uint64_t sequence = 0;
  std::uint64_t ack_eliciting_threshold = 0;
  std::uint64_t max_ack_delay_us = 0;
  std::uint64_t reordering_threshold = 0;
  friend bool operator==(const AckFrequencyFrame&, const AckFrequencyFrame&) = default;
};

struct ImmediateAckFrame {
  friend bool operator==(const ImmediateAckFrame&, const ImmediateAckFrame&) = default;
};

using Frame = std::variant<PaddingFrame, PingFrame, AckFrame, ResetStreamFrame, StopSendingFrame, StreamFrame,
                           MessageFrame, MessagesFrame, FragmentFrame, SkipFrame, ReceiptFrame,
                           MaxMsgDataFrame, MsgBlockedFrame, MaxDataFrame, MaxStreamDataFrame,
                           MaxStreamsFrame, CloseFrame, NewConnectionIdFrame, RetireConnectionIdFrame,
                           PathChallengeFrame, PathResponseFrame, AckFrequencyFrame, ImmediateAckFrame>;

/// Frames are passed by value through a switch per packet; this keeps that a copy of a cache line or so.
static_assert(sizeof(Frame) <= 80);

/// Every frame but ACK, PADDING and CLOSE asks for an acknowledgement (RFC 9000 13.2).
bool is_ack_eliciting(const Frame& frame);

}  // namespace rudp::wire
