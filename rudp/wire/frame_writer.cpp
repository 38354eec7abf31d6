#include "wire/frame_writer.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace rudp::wire {

namespace {

constexpr unsigned kStreamOffsetBit = 0x04;
constexpr unsigned kStreamLengthBit = 0x02;
constexpr unsigned kStreamFinBit = 0x01;

void write_type(Writer& writer, FrameType type, unsigned flags = 0) {
  writer.u8(static_cast<std::uint8_t>(static_cast<unsigned>(type) + flags));
}

unsigned delivery_bits(Delivery delivery) { return static_cast<unsigned>(delivery); }

void write_data(Writer& writer, Extent extent, Bytes data) {
  if (extent == Extent::stated) writer.varint(data.size());
  writer.bytes(data);
}

void write_message_number(Writer& writer, Delivery delivery, std::uint16_t number) {
  if (delivery != Delivery::unreliable) writer.u16(number);
}

/// The type and then varints: the layout of most control frames.
template <class... Values>
bool write_varints(Writer& writer, FrameType type, Values... values) {
  const std::size_t start = writer.size();
  write_type(writer, type);
  (writer.varint(values), ...);
  return writer.commit(start);
}

std::size_t ecn_bytes(const EcnCounts* ecn) {
  return ecn ? varint_bytes(ecn->ect0) + varint_bytes(ecn->ect1) + varint_bytes(ecn->ce) : 0;
}

/// Type, largest, delay, count and the first range.
std::size_t ack_opening_bytes(PacketRange first, std::uint64_t delay_units) {
  return 1 + varint_bytes(first.last) + varint_bytes(delay_units) + 1 +
         varint_bytes(first.last - first.first);
}

std::uint64_t gap_between(PacketRange above, PacketRange below) {
  RUDP_ASSERT(below.last + 1 < above.first);
  return above.first - below.last - 2;
}

std::size_t ack_range_bytes(PacketRange above, PacketRange range) {
  return varint_bytes(gap_between(above, range)) + varint_bytes(range.last - range.first);
}

std::span<const PacketRange> at_most_ack_ranges(std::span<const PacketRange> ranges) {
  return ranges.first(std::min(ranges.size(), kAckRangesMax));
}

/// How many of the ranges fit into `room` bytes; 0 where the opening does not.
std::size_t ack_ranges_that_fit(std::span<const PacketRange> ranges, std::size_t room,
                                std::uint64_t delay_units, const EcnCounts* ecn) {
  std::size_t bytes = ack_opening_bytes(ranges.front(), delay_units) + ecn_bytes(ecn);
  if (bytes > room) return 0;
  std::size_t count = 1;
  for (; count < ranges.size(); ++count) {
    bytes += ack_range_bytes(ranges[count - 1], ranges[count]);
    if (bytes > room) break;
  }
  return count;
}

void write_all_ranges(Writer& writer, std::span<const PacketRange> ranges, std::uint64_t delay_units) {
  const PacketRange first = ranges.front();
  writer.varint(first.last);
  writer.varint(delay_units);
  writer.varint(ranges.size() - 1);
  writer.varint(first.last - first.first);
  for (std::size_t at = 1; at < ranges.size(); ++at) {
    writer.varint(gap_between(ranges[at - 1], ranges[at]));
    writer.varint(ranges[at].last - ranges[at].first);
  }
}

/// One body for both ways to hold a run: a span of payloads, or the view of a frame that was read.
template <class Payloads>
bool write_message_run(Writer& writer, Delivery delivery, ChannelId channel, std::uint16_t first,
                       const Payloads& payloads) {
  RUDP_ASSERT(delivery != Delivery::latest);
  RUDP_ASSERT(payloads.size() >= 1 && payloads.size() <= 255);
  const std::size_t start = writer.size();
  write_type(writer, FrameType::messages, delivery_bits(delivery));
  writer.varint(channel);
  write_message_number(writer, delivery, first);
  writer.u8(static_cast<std::uint8_t>(payloads.size()));
  for (const Bytes payload : payloads) write_data(writer, Extent::stated, payload);
  return writer.commit(start);
}

template <class Items>
bool write_skip_items(Writer& writer, ChannelId channel, const Items& items) {
  RUDP_ASSERT(items.size() >= 1 && items.size() <= 255);
  const std::size_t start = writer.size();
  write_type(writer, FrameType::skip);
  writer.varint(channel);
  writer.u8(static_cast<std::uint8_t>(items.size()));
  for (const SkipItem& item : items) {
    writer.u16(item.number);
    writer.varint(item.charge);
  }
  return writer.commit(start);
}

std::size_t length_field_bytes(Extent extent, std::uint64_t bytes) {
  return extent == Extent::stated ? varint_bytes(bytes) : 0;
}

}  // namespace

bool write(Writer& writer, const PaddingFrame& frame) {
  const std::size_t start = writer.size();
  writer.zeros(frame.bytes);
  return writer.commit(start);
}

bool write(Writer& writer, const PingFrame&) { return write_varints(writer, FrameType::ping); }

bool write(Writer& writer, const AckFrame& frame) {
  std::array<PacketRange, kAckRangesMax> ranges;
  std::size_t count = 0;
  for (const PacketRange& range : frame.ranges) ranges[count++] = range;
  const std::span<const PacketRange> all(ranges.data(), count);
  const EcnCounts* const ecn = frame.ecn ? &*frame.ecn : nullptr;
  if (ack_bytes(all, frame.delay_units, ecn) > writer.remaining()) return false;
  return write_ack(writer, all, frame.delay_units, ecn);
}

bool write(Writer& writer, const ResetStreamFrame& frame) {
  return write_varints(writer, FrameType::reset_stream, frame.stream, frame.code, frame.final_size);
}

bool write(Writer& writer, const StopSendingFrame& frame) {
  return write_varints(writer, FrameType::stop_sending, frame.stream, frame.code);
}

bool write(Writer& writer, const StreamFrame& frame) {
  const std::size_t start = writer.size();
  const unsigned offset_bit = frame.offset > 0 ? kStreamOffsetBit : 0;
  const unsigned length_bit = frame.extent == Extent::stated ? kStreamLengthBit : 0;
  const unsigned fin_bit = frame.fin ? kStreamFinBit : 0;
  write_type(writer, FrameType::stream, offset_bit | length_bit | fin_bit);
  writer.varint(frame.stream);
  if (frame.offset > 0) writer.varint(frame.offset);
  write_data(writer, frame.extent, frame.data);
  return writer.commit(start);
}

bool write(Writer& writer, const MessageFrame& frame) {
  const std::size_t start = writer.size();
  const FrameType type = frame.extent == Extent::stated ? FrameType::message : FrameType::message_to_end;
  write_type(writer, type, delivery_bits(frame.delivery));
  writer.varint(frame.channel);
  write_message_number(writer, frame.delivery, frame.number);
  write_data(writer, frame.extent, frame.payload);
  return writer.commit(start);
}

bool write(Writer& writer, const MessagesFrame& frame) {
  return write_message_run(writer, frame.delivery, frame.channel, frame.first, frame.messages);
}

bool write(Writer& writer, const FragmentFrame& frame) {
  RUDP_ASSERT(!frame.data.empty());
  RUDP_ASSERT(frame.offset <= frame.total && frame.data.size() <= frame.total - frame.offset);
  const std::size_t start = writer.size();
  const FrameType type = frame.extent == Extent::stated ? FrameType::fragment : FrameType::fragment_to_end;
  write_type(writer, type, delivery_bits(frame.delivery));
  writer.varint(frame.channel);
  writer.u16(frame.number);
  writer.varint(frame.total);
  writer.varint(frame.offset);
  write_data(writer, frame.extent, frame.data);
  return writer.commit(start);
}

bool write(Writer& writer, const SkipFrame& frame) {
  return write_skip_items(writer, frame.channel, frame.items);
}

bool write(Writer& writer, const ReceiptFrame& frame) {
  const std::size_t start = writer.size();
  write_type(writer, FrameType::receipt);
  writer.varint(frame.channel);
  writer.u16(frame.number);
  return writer.commit(start);
}

bool write(Writer& writer, const MaxMsgDataFrame& frame) {
  return write_varints(writer, FrameType::max_msg_data, frame.limit);
}

bool write(Writer& writer, const MsgBlockedFrame& frame) {
  return write_varints(writer, FrameType::msg_blocked, frame.limit, frame.need);
}

bool write(Writer& writer, const MaxDataFrame& frame) {
  return write_varints(writer, FrameType::max_data, frame.limit);
}

bool write(Writer& writer, const MaxStreamDataFrame& frame) {
  return write_varints(writer, FrameType::max_stream_data, frame.stream, frame.limit);
}

bool write(Writer& writer, const MaxStreamsFrame& frame) {
  RUDP_ASSERT(frame.limit <= kStreamsMax);
  const bool one_way = frame.direction == StreamDirection::one_way;
  return write_varints(
      writer, one_way ? FrameType::max_streams_one_way : FrameType::max_streams_bidirectional, frame.limit);
}

bool write(Writer& writer, const CloseFrame& frame) {
  const std::size_t start = writer.size();
  const bool transport = frame.origin == CloseFrame::Origin::transport;
  write_type(writer, transport ? FrameType::close_transport : FrameType::close_application);
  writer.varint(frame.code);
  if (transport) writer.varint(frame.frame_type);
  write_data(writer, Extent::stated, frame.reason);
  return writer.commit(start);
}

bool write(Writer& writer, const NewConnectionIdFrame& frame) {
  RUDP_ASSERT(frame.id.size() == 4 || frame.id.size() == 8);
  RUDP_ASSERT(frame.retire_prior_to <= frame.sequence);
  const std::size_t start = writer.size();
  write_type(writer, FrameType::new_connection_id);
  writer.varint(frame.sequence);
  writer.varint(frame.retire_prior_to);
  writer.u8(static_cast<std::uint8_t>(frame.id.size()));
  writer.bytes(frame.id.bytes());
  writer.bytes(frame.reset_token);
  return writer.commit(start);
}

bool write(Writer& writer, const RetireConnectionIdFrame& frame) {
  return write_varints(writer, FrameType::retire_connection_id, frame.sequence);
}

bool write(Writer& writer, const PathChallengeFrame& frame) {
  const std::size_t start = writer.size();
  write_type(writer, FrameType::path_challenge);
  writer.bytes(frame.data);
  return writer.commit(start);
}

bool write(Writer& writer, const PathResponseFrame& frame) {
  const std::size_t start = writer.size();
  write_type(writer, FrameType::path_response);
  writer.bytes(frame.data);
  return writer.commit(start);
}

bool write(Writer& writer, const AckFrequencyFrame& frame) {
  return write_varints(writer, FrameType::ack_frequency, frame.sequence, frame.ack_eliciting_threshold,
                       frame.max_ack_delay_us, frame.reordering_threshold);
}

bool write(Writer& writer, const ImmediateAckFrame&) {
  return write_varints(writer, FrameType::immediate_ack);
}

bool write(Writer& writer, const Frame& frame) {
  return std::visit([&](const auto& one) { return write(writer, one); }, frame);
}

bool write_ack(Writer& writer, std::span<const PacketRange> descending, std::uint64_t delay_units,
               const EcnCounts* ecn) {
  if (descending.empty()) return false;
  const auto ranges = at_most_ack_ranges(descending);
  const std::size_t count = ack_ranges_that_fit(ranges, writer.remaining(), delay_units, ecn);
  if (count == 0) return false;
  write_type(writer, ecn ? FrameType::ack_ecn : FrameType::ack);
  write_all_ranges(writer, ranges.first(count), delay_units);
  if (!ecn) return true;
  writer.varint(ecn->ect0);
  writer.varint(ecn->ect1);
  writer.varint(ecn->ce);
  return true;
}

bool write_messages(Writer& writer, Delivery delivery, ChannelId channel, std::uint16_t first,
                    std::span<const Bytes> payloads) {
  return write_message_run(writer, delivery, channel, first, payloads);
}

bool write_skip(Writer& writer, ChannelId channel, std::span<const SkipItem> items) {
  return write_skip_items(writer, channel, items);
}

std::size_t message_header_bytes(Delivery delivery, ChannelId channel, Extent extent,
                                 std::uint64_t payload_bytes) {
  const std::size_t number_bytes = delivery == Delivery::unreliable ? 0 : 2;
  return 1 + varint_bytes(channel) + number_bytes + length_field_bytes(extent, payload_bytes);
}

std::size_t fragment_header_bytes(ChannelId channel, std::uint64_t total, std::uint64_t offset, Extent extent,
                                  std::uint64_t data_bytes) {
  return 1 + varint_bytes(channel) + 2 + varint_bytes(total) + varint_bytes(offset) +
         length_field_bytes(extent, data_bytes);
}

std::size_t ack_bytes(std::span<const PacketRange> descending, std::uint64_t delay_units,
                      const EcnCounts* ecn) {
  if (descending.empty()) return 0;
  const auto ranges = at_most_ack_ranges(descending);
  std::size_t bytes = ack_opening_bytes(ranges.front(), delay_units) + ecn_bytes(ecn);
  for (std::size_t at = 1; at < ranges.size(); ++at) bytes += ack_range_bytes(ranges[at - 1], ranges[at]);
  return bytes;
}

}  // namespace rudp::wire
