// Values of the wire room in the words of the vector files.
#pragma once

#include <string>
#include <type_traits>
#include <variant>

#include "wire/frame.hpp"
#include "wire/packet_header.hpp"
#include "wire/transport_parameters.hpp"
#include "wire/vectors.hpp"

namespace describe {

using namespace rudp;
using namespace rudp::wire;
using vectors::to_hex;

inline std::string number(const char* name, std::uint64_t value) {
  return std::string(" ") + name + "=" + std::to_string(value);
}
inline std::string bytes(const char* name, Bytes value) {
  return std::string(" ") + name + "=" + to_hex(value);
}
inline std::string to_end(Extent extent) { return extent == Extent::to_packet_end ? " to_end" : ""; }
inline std::string hex32(std::uint32_t value) {
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 0xf];
  return text;
}
inline std::string kind(Delivery delivery) {
  const char* const names[] = {" reliable_ordered", " reliable_unordered", " unreliable", " latest"};
  return names[static_cast<std::size_t>(delivery)];
}

/// Items joined by commas.
template <class List, class Word>
std::string list(const char* name, const List& items, Word word) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += ',';
    text += word(item);
    first = false;
  }
  return std::string(" ") + name + "=" + text;
}

inline std::string one(const PaddingFrame& f) { return "padding" + number("bytes", f.bytes); }
inline std::string one(const PingFrame&) { return "ping"; }
inline std::string one(const AckFrame& f) {
  std::string text =
      "ack" +
      list("ranges", f.ranges,
           [](PacketRange r) { return std::to_string(r.first) + '-' + std::to_string(r.last); }) +
      number("delay", f.delay_units);
  if (f.ecn) text += number("ect0", f.ecn->ect0) + number("ect1", f.ecn->ect1) + number("ce", f.ecn->ce);
  return text;
}
inline std::string one(const ResetStreamFrame& f) {
  return "reset_stream" + number("stream", f.stream) + number("code", f.code) +
         number("final_size", f.final_size);
}
inline std::string one(const StopSendingFrame& f) {
  return "stop_sending" + number("stream", f.stream) + number("code", f.code);
}
inline std::string one(const StreamFrame& f) {
  return "stream" + number("stream", f.stream) + number("offset", f.offset) + bytes("data", f.data) +
         (f.fin ? " fin" : "") + to_end(f.extent);
}
inline std::string one(const MessageFrame& f) {
  return "message" + kind(f.delivery) + number("channel", f.channel) + number("number", f.number) +
         bytes("payload", f.payload) + to_end(f.extent);
}
inline std::string one(const MessagesFrame& f) {
  return "messages" + kind(f.delivery) + number("channel", f.channel) + number("first", f.first) +
         list("payloads", f.messages, [](Bytes payload) { return to_hex(payload); });
}
inline std::string one(const FragmentFrame& f) {
  return "fragment" + kind(f.delivery) + number("channel", f.channel) + number("number", f.number) +
         number("total", f.total) + number("offset", f.offset) + bytes("data", f.data) + to_end(f.extent);
}
inline std::string one(const SkipFrame& f) {
  return "skip" + number("channel", f.channel) + list("items", f.items, [](SkipItem item) {
           return std::to_string(item.number) + ':' + std::to_string(item.charge);
         });
}
inline std::string one(const ReceiptFrame& f) {
  return "receipt" + number("channel", f.channel) + number("number", f.number);
}
inline std::string one(const MaxMsgDataFrame& f) { return "max_msg_data" + number("limit", f.limit); }
inline std::string one(const MsgBlockedFrame& f) {
  return "msg_blocked" + number("limit", f.limit) + number("need", f.need);
}
inline std::string one(const MaxDataFrame& f) { return "max_data" + number("limit", f.limit); }
inline std::string one(const MaxStreamDataFrame& f) {
  return "max_stream_data" + number("stream", f.stream) + number("limit", f.limit);
}
inline std::string one(const MaxStreamsFrame& f) {
  const char* const direction = f.direction == StreamDirection::one_way ? " one_way" : " bidirectional";
  return std::string("max_streams") + direction + number("limit", f.limit);
}
inline std::string one(const CloseFrame& f) {
  const char* const origin = f.origin == CloseFrame::Origin::transport ? " transport" : " application";
  return std::string("close") + origin + number("code", f.code) + number("frame_type", f.frame_type) +
         bytes("reason", f.reason);
}
inline std::string one(const NewConnectionIdFrame& f) {
  return "new_connection_id" + number("sequence", f.sequence) + number("retire_prior_to", f.retire_prior_to) +
         bytes("id", f.id.bytes()) + bytes("reset_token", f.reset_token);
}
inline std::string one(const RetireConnectionIdFrame& f) {
  return "retire_connection_id" + number("sequence", f.sequence);
}
inline std::string one(const PathChallengeFrame& f) { return "path_challenge" + bytes("data", f.data); }
inline std::string one(const PathResponseFrame& f) { return "path_response" + bytes("data", f.data); }
inline std::string one(const AckFrequencyFrame& f) {
  return "ack_frequency" + number("sequence", f.sequence) +
         number("ack_eliciting_threshold", f.ack_eliciting_threshold) +
         number("max_ack_delay_us", f.max_ack_delay_us) +
         number("reordering_threshold", f.reordering_threshold);
}
inline std::string one(const ImmediateAckFrame&) { return "immediate_ack"; }

inline std::string one(const InitPacket& p) {
  return "init" + bytes("client_cid", p.client_cid.bytes()) + " version=" + hex32(p.version) +
         number("pattern", static_cast<std::uint64_t>(p.pattern)) + bytes("token", p.token) +
         bytes("noise", p.noise_message);
}
inline std::string one(const RetryPacket& p) {
  return "retry" + bytes("client_cid", p.client_cid.bytes()) + bytes("cookie", p.cookie);
}
inline std::string one(const RespPacket& p) {
  return "resp" + bytes("client_cid", p.client_cid.bytes()) + bytes("noise", p.noise_message);
}
inline std::string one(const FinPacket& p) {
  return "fin" + bytes("server_cid", p.server_cid.bytes()) + bytes("noise", p.noise_message);
}
inline std::string one(const VersionNegotiationPacket& p) {
  return "vn" + bytes("client_cid", p.client_cid.bytes()) + list("versions", p.versions, hex32);
}
inline std::string one(const ResetPacket& p) {
  return "reset" + bytes("server_cid", p.server_cid.bytes()) + bytes("token", p.token);
}

inline std::string one(const Frame& frame) {
  return std::visit([](const auto& f) { return one(f); }, frame);
}
inline std::string one(const LongPacket& packet) {
  return std::visit([](const auto& p) { return one(p); }, packet);
}

/// The parameters that differ from their initial values, as the wire leaves out the others.
inline std::string one(const TransportParameters& p) {
  const TransportParameters initial;
  std::string text;
  const auto integer = [&text](const char* name, std::uint64_t value, std::uint64_t absent) {
    if (value != absent) text += number(name, value);
  };
  if (!p.versions.empty()) text += list("versions", p.versions, hex32);
  integer("suites", p.suites, initial.suites);
  integer("max_idle_ms", p.max_idle_ms, initial.max_idle_ms);
  integer("max_message_bytes", p.max_message_bytes, initial.max_message_bytes);
  integer("initial_msg_data", p.initial_msg_data, initial.initial_msg_data);
  integer("initial_data", p.initial_data, initial.initial_data);
  integer("initial_stream_data", p.initial_stream_data, initial.initial_stream_data);
  integer("max_streams", p.max_streams, initial.max_streams);
  integer("max_channels", p.max_channels, initial.max_channels);
  integer("max_ack_delay_ms", p.max_ack_delay_ms, initial.max_ack_delay_ms);
  integer("min_ack_delay_us", p.min_ack_delay_us, initial.min_ack_delay_us);
  integer("max_udp_payload", p.max_udp_payload, initial.max_udp_payload);
  integer("active_cid_limit", p.active_cid_limit, initial.active_cid_limit);
  integer("data_cid_length", p.data_cid_length, initial.data_cid_length);
  integer("features", p.features, initial.features);
  if (p.server_cid) text += bytes("server_cid", p.server_cid->bytes());
  if (p.reset_token) text += bytes("reset_token", *p.reset_token);
  if (p.retry_used) text += " retry_used";
  if (p.init_hash) text += bytes("init_hash", *p.init_hash);
  if (p.address_token) text += bytes("address_token", *p.address_token);
  if (p.chosen_version) text += " chosen_version=" + hex32(*p.chosen_version);
  if (p.chosen_suite) text += number("chosen_suite", static_cast<std::uint64_t>(*p.chosen_suite));
  return vectors::trim(text);
}

}  // namespace describe
