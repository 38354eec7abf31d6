// One function per frame: all fields first, then "did they fit", then "may they be so".
#include "wire/frame_reader.hpp"

#include "wire/varint.hpp"

namespace rudp::wire {

namespace {

/// Empty: the frame was read.
using Refusal = std::optional<Error>;

constexpr std::uint64_t kStreamOffsetBit = 0x04;
constexpr std::uint64_t kStreamLengthBit = 0x02;
constexpr std::uint64_t kStreamFinBit = 0x01;
constexpr std::uint64_t kDeliveryMask = 0x03;
/// Tells MESSAGE and FRAGMENT with a length from those that fill the packet.
constexpr std::uint64_t kStatedLengthBit = 0x04;

bool is_type(std::uint64_t type, FrameType expected) { return type == static_cast<std::uint64_t>(expected); }

Delivery delivery_of(std::uint64_t type) { return static_cast<Delivery>(type & kDeliveryMask); }

Extent extent_of(std::uint64_t type, std::uint64_t stated_bit) {
  return (type & stated_bit) != 0 ? Extent::stated : Extent::to_packet_end;
}

Bytes read_data(Reader& reader, Extent extent) {
  return extent == Extent::stated ? reader.bytes(reader.varint()) : reader.rest();
}

/// Only unreliable messages travel without a number.
std::uint16_t read_message_number(Reader& reader, Delivery delivery) {
  return delivery == Delivery::unreliable ? std::uint16_t{0} : reader.u16();
}

/// Stores a frame that has no rule beyond its layout.
template <class T>
Refusal accept(const Reader& reader, const T& read, Frame& frame) {
  if (!reader.ok()) return Error::truncated;
  frame = read;
  return {};
}

/// The same with a rule on its values, looked at once they are known to be real.
template <class T>
Refusal accept_if(const Reader& reader, bool valid, const T& read, Frame& frame) {
  if (reader.ok() && !valid) return Error::malformed;
  return accept(reader, read, frame);
}

/// Checks {gap v, length v}... below a range that begins at `first`.
Refusal check_ack_ranges(Reader& reader, PacketNumber first, std::size_t count) {
  for (; count > 0; --count) {
    const std::uint64_t gap = reader.varint();
    const std::uint64_t length = reader.varint();
    if (!reader.ok()) return Error::truncated;
    if (gap + 2 > first || length > first - gap - 2) return Error::malformed;
    first = first - gap - 2 - length;
  }
  return {};
}

EcnCounts read_ecn_counts(Reader& reader) {
  EcnCounts counts;
  counts.ect0 = reader.varint();
  counts.ect1 = reader.varint();
  counts.ce = reader.varint();
  return counts;
}

Refusal read_ack(Reader& reader, std::uint64_t type, Frame& frame) {
  AckFrame ack;
  const PacketNumber largest = reader.varint();
  ack.delay_units = reader.varint();
  const std::uint64_t more_ranges = reader.varint();
  const std::size_t ranges_start = reader.position();
  const std::uint64_t first_length = reader.varint();
  if (!reader.ok()) return Error::truncated;
  if (first_length > largest || more_ranges >= kAckRangesMax) return Error::malformed;
  const Refusal refusal =
      check_ack_ranges(reader, largest - first_length, static_cast<std::size_t>(more_ranges));
  if (refusal) return refusal;
  ack.ranges = AckRanges(largest, reader.since(ranges_start));
  if (is_type(type, FrameType::ack_ecn)) ack.ecn = read_ecn_counts(reader);
  return accept(reader, ack, frame);
}

Refusal read_reset_stream(Reader& reader, Frame& frame) {
  ResetStreamFrame reset;
  reset.stream = reader.varint();
  reset.code = reader.varint();
  reset.final_size = reader.varint();
  return accept(reader, reset, frame);
}

Refusal read_stop_sending(Reader& reader, Frame& frame) {
  StopSendingFrame stop;
  stop.stream = reader.varint();
  stop.code = reader.varint();
  return accept(reader, stop, frame);
}

Refusal read_stream(Reader& reader, std::uint64_t type, Frame& frame) {
  StreamFrame stream;
  stream.stream = reader.varint();
  if ((type & kStreamOffsetBit) != 0) stream.offset = reader.varint();
  stream.fin = (type & kStreamFinBit) != 0;
  stream.extent = extent_of(type, kStreamLengthBit);
  stream.data = read_data(reader, stream.extent);
  return accept_if(reader, stream.data.size() <= kVarintMax - stream.offset, stream, frame);
}

Refusal read_message(Reader& reader, std::uint64_t type, Frame& frame) {
  MessageFrame message;
  message.delivery = delivery_of(type);
  message.extent = extent_of(type, kStatedLengthBit);
  const std::uint64_t channel = reader.varint();
  message.channel = static_cast<ChannelId>(channel);
  message.number = read_message_number(reader, message.delivery);
  message.payload = read_data(reader, message.extent);
  return accept_if(reader, channel <= kChannelMax, message, frame);
}

Refusal read_messages(Reader& reader, std::uint64_t type, Frame& frame) {
  MessagesFrame messages;
  messages.delivery = delivery_of(type);
  const std::uint64_t channel = reader.varint();
  messages.channel = static_cast<ChannelId>(channel);
  messages.first = read_message_number(reader, messages.delivery);
  const std::uint8_t count = reader.u8();
  const std::size_t start = reader.position();
  for (std::size_t left = count; left > 0 && reader.ok(); --left) reader.bytes(reader.varint());
  messages.messages = MessageRun(count, reader.since(start));
  return accept_if(reader, channel <= kChannelMax && count > 0, messages, frame);
}

Refusal read_fragment(Reader& reader, std::uint64_t type, Frame& frame) {
  FragmentFrame fragment;
  fragment.delivery = delivery_of(type);
  fragment.extent = extent_of(type, kStatedLengthBit);
  const std::uint64_t channel = reader.varint();
  fragment.channel = static_cast<ChannelId>(channel);
  fragment.number = reader.u16();
  fragment.total = reader.varint();
  fragment.offset = reader.varint();
  fragment.data = read_data(reader, fragment.extent);
  const bool inside = fragment.offset <= fragment.total &&
                      fragment.data.size() <= fragment.total - fragment.offset && !fragment.data.empty();
  return accept_if(reader, channel <= kChannelMax && inside, fragment, frame);
}

Refusal read_skip(Reader& reader, Frame& frame) {
  SkipFrame skip;
  const std::uint64_t channel = reader.varint();
  skip.channel = static_cast<ChannelId>(channel);
  const std::uint8_t count = reader.u8();
  const std::size_t start = reader.position();
  for (std::size_t left = count; left > 0 && reader.ok(); --left) {
    reader.u16();
    reader.varint();
  }
  skip.items = SkipRun(count, reader.since(start));
  return accept_if(reader, channel <= kChannelMax && count > 0, skip, frame);
}

Refusal read_receipt(Reader& reader, Frame& frame) {
  ReceiptFrame receipt;
  const std::uint64_t channel = reader.varint();
  receipt.channel = static_cast<ChannelId>(channel);
  receipt.number = reader.u16();
  return accept_if(reader, channel <= kChannelMax, receipt, frame);
}

Refusal read_max_msg_data(Reader& reader, Frame& frame) {
  MaxMsgDataFrame credit;
  credit.limit = reader.varint();
  return accept(reader, credit, frame);
}

Refusal read_msg_blocked(Reader& reader, Frame& frame) {
  MsgBlockedFrame blocked;
  blocked.limit = reader.varint();
  blocked.need = reader.varint();
  return accept(reader, blocked, frame);
}

Refusal read_max_data(Reader& reader, Frame& frame) {
  MaxDataFrame credit;
  credit.limit = reader.varint();
  return accept(reader, credit, frame);
}

Refusal read_max_stream_data(Reader& reader, Frame& frame) {
  MaxStreamDataFrame credit;
  credit.stream = reader.varint();
  credit.limit = reader.varint();
  return accept(reader, credit, frame);
}

Refusal read_max_streams(Reader& reader, StreamDirection direction, Frame& frame) {
  MaxStreamsFrame credit;
  credit.direction = direction;
  credit.limit = reader.varint();
  return accept_if(reader, credit.limit <= kStreamsMax, credit, frame);
}

Refusal read_close(Reader& reader, CloseFrame::Origin origin, Frame& frame) {
  CloseFrame close;
  close.origin = origin;
  close.code = reader.varint();
  if (origin == CloseFrame::Origin::transport) close.frame_type = reader.varint();
  close.reason = reader.bytes(reader.varint());
  return accept(reader, close, frame);
}

Refusal read_new_connection_id(Reader& reader, Frame& frame) {
  NewConnectionIdFrame offered;
  offered.sequence = reader.varint();
  offered.retire_prior_to = reader.varint();
  const std::uint8_t length = reader.u8();
  const Bytes id = reader.bytes(length);
  offered.reset_token = reader.array<16>();
  const bool valid = (length == 4 || length == 8) && offered.retire_prior_to <= offered.sequence;
  if (reader.ok() && valid) offered.id = ConnectionId(id);
  return accept_if(reader, valid, offered, frame);
}

Refusal read_retire_connection_id(Reader& reader, Frame& frame) {
  RetireConnectionIdFrame retired;
  retired.sequence = reader.varint();
  return accept(reader, retired, frame);
}

Refusal read_path_challenge(Reader& reader, Frame& frame) {
  return accept(reader, PathChallengeFrame{reader.array<kPathDataBytes>()}, frame);
}

Refusal read_path_response(Reader& reader, Frame& frame) {
  return accept(reader, PathResponseFrame{reader.array<kPathDataBytes>()}, frame);
}

Refusal read_ack_frequency(Reader& reader, Frame& frame) {
  AckFrequencyFrame wish;
  wish.sequence = reader.varint();
  wish.ack_eliciting_threshold = reader.varint();
  wish.max_ack_delay_us = reader.varint();
  wish.reordering_threshold = reader.varint();
  return accept(reader, wish, frame);
}

Refusal read_padding(Reader& reader, Frame& frame) {
  return accept(reader, PaddingFrame{1 + reader.skip_zeros()}, frame);
}

/// The frames whose type carries flags or a delivery kind.
Refusal read_family(Reader& reader, std::uint64_t type, Frame& frame) {
  if (type >= 0x08 && type <= 0x0f) return read_stream(reader, type, frame);
  if (type >= 0x10 && type <= 0x17) return read_message(reader, type, frame);
  if (type >= 0x18 && type <= 0x1a) return read_messages(reader, type, frame);
  if (type >= 0x20 && type <= 0x27) return read_fragment(reader, type, frame);
  return Error::unknown_frame;
}

Refusal read_by_type(Reader& reader, std::uint64_t type, Frame& frame) {
  if (type > static_cast<std::uint64_t>(FrameType::immediate_ack)) return Error::unknown_frame;
  switch (static_cast<FrameType>(type)) {
    case FrameType::padding:
      return read_padding(reader, frame);
    case FrameType::ping:
      return accept(reader, PingFrame{}, frame);
    case FrameType::ack:
    case FrameType::ack_ecn:
      return read_ack(reader, type, frame);
    case FrameType::reset_stream:
      return read_reset_stream(reader, frame);
    case FrameType::stop_sending:
      return read_stop_sending(reader, frame);
    case FrameType::close_transport:
      return read_close(reader, CloseFrame::Origin::transport, frame);
    case FrameType::close_application:
      return read_close(reader, CloseFrame::Origin::application, frame);
    case FrameType::skip:
      return read_skip(reader, frame);
    case FrameType::receipt:
      return read_receipt(reader, frame);
    case FrameType::max_msg_data:
      return read_max_msg_data(reader, frame);
    case FrameType::msg_blocked:
      return read_msg_blocked(reader, frame);
    case FrameType::max_data:
      return read_max_data(reader, frame);
    case FrameType::max_stream_data:
      return read_max_stream_data(reader, frame);
    case FrameType::max_streams_bidirectional:
      return read_max_streams(reader, StreamDirection::bidirectional, frame);
    case FrameType::max_streams_one_way:
      return read_max_streams(reader, StreamDirection::one_way, frame);
    case FrameType::new_connection_id:
      return read_new_connection_id(reader, frame);
    case FrameType::retire_connection_id:
      return read_retire_connection_id(reader, frame);
    case FrameType::path_challenge:
      return read_path_challenge(reader, frame);
    case FrameType::path_response:
      return read_path_response(reader, frame);
    case FrameType::ack_frequency:
      return read_ack_frequency(reader, frame);
    case FrameType::immediate_ack:
      return accept(reader, ImmediateAckFrame{}, frame);
    default:
      return read_family(reader, type, frame);
  }
}

}  // namespace

bool FrameReader::next(Frame& frame) {
  if (error_) return false;
  if (!reader_.at_end()) {
    error_ = read(frame);
  } else if (reader_.position() == 0) {
    error_ = Error::malformed;
  } else {
    return false;
  }
  return !error_;
}

std::optional<Error> FrameReader::read(Frame& frame) {
  const std::size_t start = reader_.position();
  const std::uint64_t type = reader_.varint();
  if (!reader_.ok()) return Error::truncated;
  frame_type_ = type;
  // One frame, one type: a longer spelling could slip past a peer that looks at bytes (RFC 9000 12.4).
  if (reader_.position() - start != varint_bytes(type)) return Error::malformed;
  return read_by_type(reader_, type, frame);
}

}  // namespace rudp::wire
