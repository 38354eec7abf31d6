// What a packet carried, as loss recovery keeps it and hands it back.
#pragma once

#include <cstdint>

#include "ack/received_packets.hpp"
#include "message/incoming_channel.hpp"
#include "message/outgoing_frame.hpp"
#include "recovery/sent_packets.hpp"
#include "stream/stream_frames.hpp"

namespace rudp::connection {

/// The frames whose fate matters; everything else is made anew when it is due.
enum class RecordType : std::uint8_t {
  ack,                   ///< id: the AckSequence
  message,               ///< id, offset, length: the FrameTag
  max_msg_data,          ///< lost: say it again
  msg_blocked,           ///< lost: say it again
  skip,                  ///< id: of one OutgoingSkipItem
  receipt,               ///< id: channel, offset: number
  new_connection_id,     ///< id: its sequence
  retire_connection_id,  ///< id: its sequence
  stream,                ///< id, offset, length: the StreamTag
  stream_control,        ///< flags: the ControlKind, id: the stream
  mtu_probe,             ///< id: the datagram's bytes
  ack_frequency,         ///< id: its sequence
};

inline recovery::SentFrame record_of(const stream::StreamTag& tag) {
  return {.type = static_cast<std::uint8_t>(RecordType::stream),
          .length = tag.length,
          .id = tag.stream,
          .offset = tag.offset};
}

inline recovery::SentFrame record_of(const stream::ControlFrame& frame) {
  return {.type = static_cast<std::uint8_t>(RecordType::stream_control),
          .flags = static_cast<std::uint16_t>(frame.kind),
          .id = frame.stream};
}

/// In the flags of a message: the packet only repeats it (low-latency mode), the first one answers for its loss.
inline constexpr std::uint16_t kIsRepeated = 1;

inline recovery::SentFrame record_of(const message::FrameTag& tag, std::uint16_t flags = 0) {
  return {.type = static_cast<std::uint8_t>(RecordType::message),
          .flags = flags,
          .length = tag.length,
          .id = tag.id,
          .offset = tag.offset};
}

inline recovery::SentFrame record_of(ack::AckSequence sequence) {
  return {.type = static_cast<std::uint8_t>(RecordType::ack), .id = sequence};
}

inline recovery::SentFrame record_of(RecordType type) { return {.type = static_cast<std::uint8_t>(type)}; }

inline recovery::SentFrame record_of(const message::OutgoingSkipItem& item) {
  return {.type = static_cast<std::uint8_t>(RecordType::skip), .id = item.id};
}

inline recovery::SentFrame record_of(const message::ArrivedMessage& arrived) {
  return {.type = static_cast<std::uint8_t>(RecordType::receipt),
          .id = arrived.channel,
          .offset = arrived.number};
}

/// Of the frames that speak of a connection id.
inline recovery::SentFrame record_of(RecordType type, std::uint64_t sequence) {
  return {.type = static_cast<std::uint8_t>(type), .id = sequence};
}

inline RecordType type_of(const recovery::SentFrame& record) { return static_cast<RecordType>(record.type); }

/// REQUIRES: type_of(record) == RecordType::receipt.
inline message::ArrivedMessage arrived_of(const recovery::SentFrame& record) {
  return {static_cast<ChannelId>(record.id), static_cast<std::uint16_t>(record.offset)};
}

/// REQUIRES: type_of(record) == RecordType::stream.
inline stream::StreamTag stream_tag_of(const recovery::SentFrame& record) {
  return {.stream = record.id, .offset = record.offset, .length = record.length};
}

/// REQUIRES: type_of(record) == RecordType::stream_control.
inline stream::ControlKind control_kind_of(const recovery::SentFrame& record) {
  return static_cast<stream::ControlKind>(record.flags);
}

inline bool is_repeated(const recovery::SentFrame& record) {
  return type_of(record) == RecordType::message && record.flags == kIsRepeated;
}

/// REQUIRES: type_of(record) == RecordType::message.
inline message::FrameTag tag_of(const recovery::SentFrame& record) {
  return {.id = record.id, .offset = static_cast<std::uint32_t>(record.offset), .length = record.length};
}

}  // namespace rudp::connection
