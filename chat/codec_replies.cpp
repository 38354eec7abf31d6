// Replies: what the server says.
#include <string>
#include <utility>

#include "chat/codec.hpp"
#include "chat/codec_fields.hpp"

namespace chat {
namespace {

using namespace fields;

// ---- write ----------------------------------------------------------

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

// ---- read -----------------------------------------------------------

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

}  // namespace

std::vector<std::uint8_t> encode(const Reply& reply) {
  pb::ServerMessage envelope;
  envelope.set_reply_to(reply.reply_to);
  std::visit([&](const auto& body) { put(body, envelope); }, reply.body);
  return serialize(envelope);
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
