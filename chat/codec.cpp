// Requests: what a client says. Replies are in codec_replies.cpp.
#include "chat/codec.hpp"

#include <string>
#include <utility>

#include "chat/codec_fields.hpp"

namespace chat {
namespace {

using namespace fields;

// ---- write ---------------------------------------------------------

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

// ---- read ----------------------------------------------------------

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

}  // namespace

std::vector<std::uint8_t> encode(const Request& request) {
  pb::ClientMessage envelope;
  envelope.set_request_id(request.id);
  std::visit([&](const auto& body) { put(body, envelope); }, request.body);
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

}  // namespace chat
