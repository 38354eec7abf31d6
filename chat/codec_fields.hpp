// How values that many chat messages share look in chat.proto. Only the codec's
// own files include this, and with it the generated header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <chat.pb.h>

#include "chat/codec.hpp"

namespace chat::fields {

namespace pb = ::rudp::chat::v1;

inline constexpr std::uint64_t kNumberMax = std::numeric_limits<std::int64_t>::max();  // what databases hold

template <class Id>
std::string to_field(const Id& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

template <class Id>
bool read_id(std::string_view field, Id& out) {
  if (field.size() != out.size()) return false;
  std::copy(field.begin(), field.end(), out.begin());
  return true;
}

inline bool read_number(std::uint64_t field, std::uint64_t& out) {
  out = field;
  return field <= kNumberMax;
}

inline bool read_short(std::string&& field, std::size_t bytes_max, std::string& out) {
  if (field.size() > bytes_max) return false;
  out = std::move(field);
  return true;
}

// ---- values ----------------------------------------------------------------

inline void write(const Conversation& value, pb::Conversation& out) {
  out.set_id(value.id);
  out.set_kind(static_cast<pb::ConversationKind>(value.kind));
  out.set_peer(value.peer);
}

inline bool read(pb::Conversation& in, Conversation& out) {
  if (in.kind() != pb::PUBLIC_ROOM && in.kind() != pb::PRIVATE) return false;
  out.kind = static_cast<ConversationKind>(in.kind());
  out.peer = std::move(*in.mutable_peer());
  return read_number(in.id(), out.id) && out.id > 0;
}

inline void write(const Target& value, pb::Target& out) {
  if (value.kind == ConversationKind::public_room) {
    out.mutable_public_room();
  } else {
    out.set_private_to(value.private_to);
  }
}

inline bool read(pb::Target& in, Target& out) {
  if (in.to_case() == pb::Target::kPublicRoom) return true;
  if (in.to_case() != pb::Target::kPrivateTo) return false;
  out.kind = ConversationKind::private_talk;
  return read_short(std::move(*in.mutable_private_to()), kNameFieldBytesMax, out.private_to);
}

inline void write(const Message& value, pb::Message& out) {
  out.set_number(value.number);
  out.set_sender(value.sender);
  out.set_text(value.text);
  out.set_sent_unix_ms(value.sent_unix_ms);
  out.set_client_message_id(to_field(value.client_message_id));
}

inline bool read(pb::Message& in, Message& out) {
  out.sender = std::move(*in.mutable_sender());
  out.text = std::move(*in.mutable_text());
  out.sent_unix_ms = in.sent_unix_ms();
  if (!read_id(in.client_message_id(), out.client_message_id)) return false;
  return read_number(in.number(), out.number) && out.number > 0;
}

inline void write(const Seen& value, pb::Seen& out) {
  out.set_conversation_id(value.conversation);
  out.set_number(value.number);
}

inline bool read(pb::Seen& in, Seen& out) {
  return read_number(in.conversation_id(), out.conversation) && read_number(in.number(), out.number);
}

inline void write(const ConversationState& value, pb::ConversationState& out) {
  write(value.conversation, *out.mutable_conversation());
  out.set_last_number(value.last_number);
  out.set_delivered_number(value.delivered_number);
}

inline bool read(pb::ConversationState& in, ConversationState& out) {
  if (!read(*in.mutable_conversation(), out.conversation)) return false;
  return read_number(in.last_number(), out.last_number) &&
         read_number(in.delivered_number(), out.delivered_number);
}

template <class Values, class Field>
void write_all(const Values& values, Field& out) {
  for (const auto& value : values) write(value, *out.Add());
}

template <class Field, class Value>
bool read_all(Field& in, std::vector<Value>& out) {
  out.reserve(static_cast<std::size_t>(in.size()));
  for (auto& field : in) {
    if (!read(field, out.emplace_back())) return false;
  }
  return true;
}

inline void write(const ConversationList& value, pb::ConversationList& out) {
  write_all(value.conversations, *out.mutable_conversations());
  out.set_next_after_id(value.next_after_id);
}

template <class Field>
bool read_seen(Field& in, std::vector<Seen>& out) {
  if (static_cast<std::size_t>(in.size()) > kSeenEntriesMax) return false;
  return read_all(in, out);
}

template <class Field>
void write_strings(const std::vector<std::string>& values, Field& out) {
  for (const std::string& value : values) *out.Add() = value;
}

template <class Field>
std::vector<std::string> read_strings(Field& in) {
  return {std::make_move_iterator(in.begin()), std::make_move_iterator(in.end())};
}

// ---- bytes -----------------------------------------------------------------

// protobuf writes a line to stderr for every invalid string; a peer could fill a disk with them.
inline void silence_protobuf() {
  [[maybe_unused]] static google::protobuf::LogHandler* const former =
      google::protobuf::SetLogHandler(nullptr);
}

template <class Envelope>
std::vector<std::uint8_t> serialize(const Envelope& envelope) {
  silence_protobuf();
  std::vector<std::uint8_t> bytes(envelope.ByteSizeLong());
  envelope.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

template <class Envelope>
bool parse(rudp::Bytes bytes, Envelope& out) {
  silence_protobuf();
  return out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace chat::fields
