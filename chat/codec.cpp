#include "chat/codec.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <chat.pb.h>

namespace chat {
namespace {

namespace pb = ::rudp::chat::v1;

// protobuf writes a line to stderr for every invalid string; a peer could fill a disk with them.
[[maybe_unused]] google::protobuf::LogHandler* const kSilenced = google::protobuf::SetLogHandler(nullptr);

constexpr std::uint64_t kNumberMax = std::numeric_limits<std::int64_t>::max();  // what databases hold

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

bool read_number(std::uint64_t field, std::uint64_t& out) {
  out = field;
  return field <= kNumberMax;
}

bool read_short(std::string&& field, std::size_t bytes_max, std::string& out) {
  if (field.size() > bytes_max) return false;
  out = std::move(field);
  return true;
}

// ---- values ----------------------------------------------------------------

void write(const Conversation& value, pb::Conversation& out) {
  out.set_id(value.id);
  out.set_kind(static_cast<pb::ConversationKind>(value.kind));
  out.set_peer(value.peer);
}

bool read(pb::Conversation& in, Conversation& out) {
  if (in.kind() != pb::PUBLIC_ROOM && in.kind() != pb::PRIVATE) return false;
  out.kind = static_cast<ConversationKind>(in.kind());
  out.peer = std::move(*in.mutable_peer());
  return read_number(in.id(), out.id) && out.id > 0;
}

void write(const Target& value, pb::Target& out) {
  if (value.kind == ConversationKind::public_room) {
    out.mutable_public_room();
  } else {
    out.set_private_to(value.private_to);
  }
}

bool read(pb::Target& in, Target& out) {
  if (in.to_case() == pb::Target::kPublicRoom) return true;
  if (in.to_case() != pb::Target::kPrivateTo) return false;
  out.kind = ConversationKind::private_talk;
  return read_short(std::move(*in.mutable_private_to()), kNameFieldBytesMax, out.private_to);
}

void write(const Message& value, pb::Message& out) {
  out.set_number(value.number);
  out.set_sender(value.sender);
  out.set_text(value.text);
  out.set_sent_unix_ms(value.sent_unix_ms);
  out.set_client_message_id(to_field(value.client_message_id));
}

bool read(pb::Message& in, Message& out) {
  out.sender = std::move(*in.mutable_sender());
  out.text = std::move(*in.mutable_text());
  out.sent_unix_ms = in.sent_unix_ms();
  if (!read_id(in.client_message_id(), out.client_message_id)) return false;
  return read_number(in.number(), out.number) && out.number > 0;
}

void write(const Seen& value, pb::Seen& out) {
  out.set_conversation_id(value.conversation);
  out.set_number(value.number);
}

bool read(pb::Seen& in, Seen& out) {
  return read_number(in.conversation_id(), out.conversation) && read_number(in.number(), out.number);
}

void write(const ConversationState& value, pb::ConversationState& out) {
  write(value.conversation, *out.mutable_conversation());
  out.set_last_number(value.last_number);
  out.set_delivered_number(value.delivered_number);
}

bool read(pb::ConversationState& in, ConversationState& out) {
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

// ---- requests: write ---------------------------------------------------------

void put(const Hello& value, pb::ClientMessage& out) {
  pb::Hello& body = *out.mutable_hello();
  body.set_protocol_version(value.protocol_version);
  body.set_client_version(value.client_version);
  body.set_language(value.language);
}

void put(const Register& value, pb::ClientMessage& out) {
  out.mutable_register_()->set_name(value.name);
  out.mutable_register_()->set_password(value.password);
}

void put(const Login& value, pb::ClientMessage& out) {
  pb::Login& body = *out.mutable_login();
  body.set_name(value.name);
  body.set_password(value.password);
  write_all(value.seen, *body.mutable_seen());
}

void put(const Resume& value, pb::ClientMessage& out) {
  pb::Resume& body = *out.mutable_resume();
  body.set_token(to_field(value.token));
  write_all(value.seen, *body.mutable_seen());
}

void put(const SendMessage& value, pb::ClientMessage& out) {
  pb::SendMessage& body = *out.mutable_send_message();
  body.set_client_message_id(to_field(value.client_message_id));
  write(value.target, *body.mutable_target());
  body.set_text(value.text);
  body.set_restart(value.restart);
}

void put(const Fetch& value, pb::ClientMessage& out) {
  pb::Fetch& body = *out.mutable_fetch();
  body.set_conversation_id(value.conversation);
  body.set_after_number(value.after_number);
  body.set_limit(value.limit);
}

void put(const ListConversations& value, pb::ClientMessage& out) {
  out.mutable_list_conversations()->set_after_id(value.after_id);
}

void put(const Who&, pb::ClientMessage& out) { out.mutable_who(); }

void put(const Received& value, pb::ClientMessage& out) {
  write_all(value.up_to, *out.mutable_received()->mutable_up_to());
}

void put(const Quit& value, pb::ClientMessage& out) { out.mutable_quit()->set_reason(value.reason); }

// What we do not know we cannot say; it stays an empty envelope.
void put(const UnknownRequest&, pb::ClientMessage&) {}

// ---- requests: read ----------------------------------------------------------

bool take(pb::Hello& in, Hello& out) {
  out.protocol_version = in.protocol_version();
  return read_short(std::move(*in.mutable_client_version()), kShortFieldBytesMax, out.client_version) &&
         read_short(std::move(*in.mutable_language()), kShortFieldBytesMax, out.language);
}

bool take(pb::Register& in, Register& out) {
  return read_short(std::move(*in.mutable_name()), kNameFieldBytesMax, out.name) &&
         read_short(std::move(*in.mutable_password()), kPasswordFieldBytesMax, out.password);
}

bool take(pb::Login& in, Login& out) {
  return read_short(std::move(*in.mutable_name()), kNameFieldBytesMax, out.name) &&
         read_short(std::move(*in.mutable_password()), kPasswordFieldBytesMax, out.password) &&
         read_seen(*in.mutable_seen(), out.seen);
}

bool take(pb::Resume& in, Resume& out) {
  return read_id(in.token(), out.token) && read_seen(*in.mutable_seen(), out.seen);
}

bool take(pb::SendMessage& in, SendMessage& out) {
  out.text = std::move(*in.mutable_text());
  out.restart = in.restart();
  return read_id(in.client_message_id(), out.client_message_id) && read(*in.mutable_target(), out.target);
}

bool take(pb::Fetch& in, Fetch& out) {
  out.limit = in.limit();
  return read_number(in.conversation_id(), out.conversation) &&
         read_number(in.after_number(), out.after_number);
}

bool take(pb::ListConversations& in, ListConversations& out) {
  return read_number(in.after_id(), out.after_id);
}

bool take(pb::Received& in, Received& out) { return read_seen(*in.mutable_up_to(), out.up_to); }

bool take(pb::Quit& in, Quit& out) {
  return read_short(std::move(*in.mutable_reason()), kShortFieldBytesMax, out.reason);
}

template <class Body, class Field>
bool take_into(Field& in, RequestBody& out) {
  return take(in, out.emplace<Body>());
}

bool take_body(pb::ClientMessage& in, RequestBody& out) {
  switch (in.body_case()) {
    case pb::ClientMessage::kHello:
      return take_into<Hello>(*in.mutable_hello(), out);
    case pb::ClientMessage::kRegister:
      return take_into<Register>(*in.mutable_register_(), out);
    case pb::ClientMessage::kLogin:
      return take_into<Login>(*in.mutable_login(), out);
    case pb::ClientMessage::kResume:
      return take_into<Resume>(*in.mutable_resume(), out);
    case pb::ClientMessage::kSendMessage:
      return take_into<SendMessage>(*in.mutable_send_message(), out);
    case pb::ClientMessage::kFetch:
      return take_into<Fetch>(*in.mutable_fetch(), out);
    case pb::ClientMessage::kListConversations:
      return take_into<ListConversations>(*in.mutable_list_conversations(), out);
    case pb::ClientMessage::kReceived:
      return take_into<Received>(*in.mutable_received(), out);
    case pb::ClientMessage::kQuit:
      return take_into<Quit>(*in.mutable_quit(), out);
    case pb::ClientMessage::kWho:
      out.emplace<Who>();
      return true;
    case pb::ClientMessage::BODY_NOT_SET:
      break;
  }
  out.emplace<UnknownRequest>();
  return true;
}

// ---- replies: write ----------------------------------------------------------

void write(const ConversationList& value, pb::ConversationList& out) {
  write_all(value.conversations, *out.mutable_conversations());
  out.set_next_after_id(value.next_after_id);
}

void put(const HelloAccepted& value, pb::ServerMessage& out) {
  pb::HelloAccepted& body = *out.mutable_hello_accepted();
  body.set_protocol_version(value.protocol_version);
  body.set_server_version(value.server_version);
  body.set_text_bytes_max(value.text_bytes_max);
}

void put(const LoggedIn& value, pb::ServerMessage& out) {
  pb::LoggedIn& body = *out.mutable_logged_in();
  body.set_name(value.name);
  body.set_resume_token(to_field(value.resume_token));
  body.set_server_unix_ms(value.server_unix_ms);
  write(value.conversations, *body.mutable_conversations());
}

void put(const Refused& value, pb::ServerMessage& out) {
  pb::Refused& body = *out.mutable_refused();
  body.set_code(static_cast<pb::RefusalCode>(value.code));
  write_strings(value.parameters, *body.mutable_parameters());
  body.set_retry_after_ms(value.retry_after_ms);
}

void put(const Stored& value, pb::ServerMessage& out) {
  pb::Stored& body = *out.mutable_stored();
  body.set_client_message_id(to_field(value.client_message_id));
  write(value.conversation, *body.mutable_conversation());
  body.set_number(value.number);
  body.set_sent_unix_ms(value.sent_unix_ms);
  body.set_recipient_online(value.recipient_online);
}

void put(const Delivery& value, pb::ServerMessage& out) {
  write(value.conversation, *out.mutable_delivery()->mutable_conversation());
  write(value.message, *out.mutable_delivery()->mutable_message());
}

void put(const Page& value, pb::ServerMessage& out) {
  pb::Page& body = *out.mutable_page();
  body.set_conversation_id(value.conversation);
  write_all(value.messages, *body.mutable_messages());
  body.set_complete_to(value.complete_to);
  body.set_last_number(value.last_number);
}

void put(const ConversationList& value, pb::ServerMessage& out) {
  write(value, *out.mutable_conversation_list());
}

void put(const WhoResult& value, pb::ServerMessage& out) {
  write_strings(value.names, *out.mutable_who_result()->mutable_names());
  out.mutable_who_result()->set_online_count(value.online_count);
}

void put(const Presence& value, pb::ServerMessage& out) {
  write_strings(value.joined, *out.mutable_presence()->mutable_joined());
  write_strings(value.left, *out.mutable_presence()->mutable_left());
}

void put(const Replaced& value, pb::ServerMessage& out) {
  pb::Replaced& body = *out.mutable_replaced();
  body.set_from_address(value.from_address);
  body.set_at_unix_ms(value.at_unix_ms);
  body.set_reason(static_cast<pb::ReplacedReason>(value.reason));
}

void put(const ServerClosing& value, pb::ServerMessage& out) {
  pb::ServerClosing& body = *out.mutable_server_closing();
  body.set_reason(static_cast<pb::ClosingReason>(value.reason));
  body.set_retry_after_ms(value.retry_after_ms);
  body.set_text(value.text);
}

void put(const Goodbye&, pb::ServerMessage& out) { out.mutable_goodbye(); }
void put(const UnknownReply&, pb::ServerMessage&) {}

// ---- replies: read -----------------------------------------------------------

// Enumerators of a newer server become the one that says so.
template <class Enum>
Enum known(int value, int value_max) {
  return value >= 0 && value <= value_max ? static_cast<Enum>(value) : Enum{};
}

bool take(pb::HelloAccepted& in, HelloAccepted& out) {
  out.protocol_version = in.protocol_version();
  out.server_version = std::move(*in.mutable_server_version());
  out.text_bytes_max = in.text_bytes_max();
  return true;
}

bool take(pb::ConversationList& in, ConversationList& out) {
  return read_all(*in.mutable_conversations(), out.conversations) &&
         read_number(in.next_after_id(), out.next_after_id);
}

bool take(pb::LoggedIn& in, LoggedIn& out) {
  const std::string& token = in.resume_token();
  if (!token.empty() && token.size() != ResumeToken{}.size()) return false;
  out.resume_token.assign(token.begin(), token.end());
  out.name = std::move(*in.mutable_name());
  out.server_unix_ms = in.server_unix_ms();
  return take(*in.mutable_conversations(), out.conversations);
}

bool take(pb::Refused& in, Refused& out) {
  out.code = known<RefusalCode>(in.code(), pb::RefusalCode_MAX);
  out.parameters = read_strings(*in.mutable_parameters());
  out.retry_after_ms = in.retry_after_ms();
  return true;
}

bool take(pb::Stored& in, Stored& out) {
  out.sent_unix_ms = in.sent_unix_ms();
  out.recipient_online = in.recipient_online();
  if (!read_id(in.client_message_id(), out.client_message_id)) return false;
  if (!read(*in.mutable_conversation(), out.conversation)) return false;
  return read_number(in.number(), out.number) && out.number > 0;
}

bool take(pb::Delivery& in, Delivery& out) {
  return read(*in.mutable_conversation(), out.conversation) && read(*in.mutable_message(), out.message);
}

bool take(pb::Page& in, Page& out) {
  return read_number(in.conversation_id(), out.conversation) &&
         read_all(*in.mutable_messages(), out.messages) && read_number(in.complete_to(), out.complete_to) &&
         read_number(in.last_number(), out.last_number);
}

bool take(pb::WhoResult& in, WhoResult& out) {
  out.names = read_strings(*in.mutable_names());
  out.online_count = in.online_count();
  return true;
}

bool take(pb::Presence& in, Presence& out) {
  out.joined = read_strings(*in.mutable_joined());
  out.left = read_strings(*in.mutable_left());
  return true;
}

bool take(pb::Replaced& in, Replaced& out) {
  out.from_address = std::move(*in.mutable_from_address());
  out.at_unix_ms = in.at_unix_ms();
  out.reason = known<ReplacedReason>(in.reason(), pb::ReplacedReason_MAX);
  return true;
}

bool take(pb::ServerClosing& in, ServerClosing& out) {
  out.reason = known<ClosingReason>(in.reason(), pb::ClosingReason_MAX);
  out.retry_after_ms = in.retry_after_ms();
  out.text = std::move(*in.mutable_text());
  return true;
}

template <class Body, class Field>
bool take_into(Field& in, ReplyBody& out) {
  return take(in, out.emplace<Body>());
}

bool take_body(pb::ServerMessage& in, ReplyBody& out) {
  switch (in.body_case()) {
    case pb::ServerMessage::kHelloAccepted:
      return take_into<HelloAccepted>(*in.mutable_hello_accepted(), out);
    case pb::ServerMessage::kLoggedIn:
      return take_into<LoggedIn>(*in.mutable_logged_in(), out);
    case pb::ServerMessage::kRefused:
      return take_into<Refused>(*in.mutable_refused(), out);
    case pb::ServerMessage::kStored:
      return take_into<Stored>(*in.mutable_stored(), out);
    case pb::ServerMessage::kDelivery:
      return take_into<Delivery>(*in.mutable_delivery(), out);
    case pb::ServerMessage::kPage:
      return take_into<Page>(*in.mutable_page(), out);
    case pb::ServerMessage::kConversationList:
      return take_into<ConversationList>(*in.mutable_conversation_list(), out);
    case pb::ServerMessage::kWhoResult:
      return take_into<WhoResult>(*in.mutable_who_result(), out);
    case pb::ServerMessage::kPresence:
      return take_into<Presence>(*in.mutable_presence(), out);
    case pb::ServerMessage::kReplaced:
      return take_into<Replaced>(*in.mutable_replaced(), out);
    case pb::ServerMessage::kServerClosing:
      return take_into<ServerClosing>(*in.mutable_server_closing(), out);
    case pb::ServerMessage::kGoodbye:
      out.emplace<Goodbye>();
      return true;
    case pb::ServerMessage::BODY_NOT_SET:
      break;
  }
  out.emplace<UnknownReply>();
  return true;
}

template <class Envelope>
std::vector<std::uint8_t> serialize(const Envelope& envelope) {
  std::vector<std::uint8_t> bytes(envelope.ByteSizeLong());
  envelope.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

template <class Envelope>
bool parse(rudp::Bytes bytes, Envelope& out) {
  return out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::vector<std::uint8_t> encode(const Request& request) {
  pb::ClientMessage envelope;
  envelope.set_request_id(request.id);
  std::visit([&](const auto& body) { put(body, envelope); }, request.body);
  return serialize(envelope);
}

std::vector<std::uint8_t> encode(const Reply& reply) {
  pb::ServerMessage envelope;
  envelope.set_reply_to(reply.reply_to);
  std::visit([&](const auto& body) { put(body, envelope); }, reply.body);
  return serialize(envelope);
}

rudp::Result<Request> decode_request(rudp::Bytes bytes, std::size_t bytes_max) {
  if (bytes.size() > bytes_max || bytes.size() > kReplyBytesMax) return rudp::Error::too_large;
  pb::ClientMessage envelope;
  if (!parse(bytes, envelope)) return rudp::Error::malformed;
  Request request;
  if (!read_number(envelope.request_id(), request.id) || request.id == 0) return rudp::Error::malformed;
  if (!take_body(envelope, request.body)) return rudp::Error::malformed;
  return request;
}

rudp::Result<Reply> decode_reply(rudp::Bytes bytes) {
  if (bytes.size() > kReplyBytesMax) return rudp::Error::too_large;
  pb::ServerMessage envelope;
  if (!parse(bytes, envelope)) return rudp::Error::malformed;
  Reply reply;
  if (!read_number(envelope.reply_to(), reply.reply_to)) return rudp::Error::malformed;
  if (!take_body(envelope, reply.body)) return rudp::Error::malformed;
  return reply;
}

}  // namespace chat
