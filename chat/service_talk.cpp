// What people say: store it, acknowledge it, tell everybody whom it concerns.
#include <algorithm>
#include <chrono>
#include <utility>

#include "chat/names.hpp"
#include "chat/service_state.hpp"

namespace chat {

// ---- may they? -----------------------------------------------------------------

bool Service::State::has_room(const Asker& asker, const Session& session) {
  if (session.operations < kOperationsPerSessionMax) return true;
  refuse_for_now(asker, RefusalCode::busy, std::chrono::milliseconds(jittered_ms(500)));
  return false;
}

bool Service::State::may_ask(const Asker& asker, const Session& session) {
  if (session.stage == Session::Stage::online) return has_room(asker, session);
  refuse(asker, RefusalCode::not_logged_in);
  return false;
}

void Service::State::stall(const Asker& asker) {
  if (Session* session = find(asker.session)) session->stalled = true;
}

// ---- messages ------------------------------------------------------------------

void Service::State::on_request(const Now& now, Session& session, RequestId id, SendMessage& wanted) {
  const Asker asker{session.id, id};
  if (session.stage != Session::Stage::online) return refuse(asker, RefusalCode::not_logged_in);
  // What follows must not overtake what is refused for now.
  if (wanted.restart) session.stalled = false;
  if (session.stalled) return refuse_for_now(asker, RefusalCode::out_of_turn, std::chrono::seconds(1));
  if (const auto wait = charge_message(now.instant, session, wanted)) {
    session.stalled = true;
    return refuse_for_now(asker, RefusalCode::rate_limited, *wait);
  }
  if (const auto code = check_text(wanted.text, options.text_bytes_max)) {
    std::vector<std::string> parameters;
    if (*code == RefusalCode::text_too_long) parameters = {std::to_string(options.text_bytes_max)};
    return refuse(asker, *code, std::move(parameters));
  }
  AppendMessage append{session.account, wanted.client_message_id, wanted.target.kind, {}, wanted.text,
                       now.unix_ms,     session.storing};
  if (wanted.target.kind == ConversationKind::private_talk) {
    auto name = check_name(wanted.target.private_to);
    if (!name) return refuse(asker, RefusalCode::unknown_recipient, {wanted.target.private_to});
    append.recipient_key = std::move(name->key);
  }
  if (!has_room(asker, session)) return stall(asker);
  session.storing = wanted.client_message_id;
  run_store(asker, std::move(append),
            StoringMessage{asker, session.account, session.name, std::move(wanted)});
}

// Once it is known what became of a message, the next one need not wait for it.
void Service::State::stored_or_not(const StoringMessage& waiting) {
  Session* session = find(waiting.asker.session);
  if (session != nullptr && session->storing == waiting.message.client_message_id) session->storing.reset();
}

void Service::State::on_store(const Now&, StoringMessage& waiting, StoreReply& reply) {
  stored_or_not(waiting);
  if (const auto* refusal = std::get_if<StoreRefusal>(&reply)) {
    if (refusal->code == RefusalCode::out_of_turn) {
      stall(waiting.asker);
      return refuse_for_now(waiting.asker, RefusalCode::out_of_turn, std::chrono::milliseconds(1));
    }
    std::vector<std::string> parameters;
    if (refusal->code == RefusalCode::unknown_recipient) parameters = {waiting.message.target.private_to};
    return refuse(waiting.asker, refusal->code, std::move(parameters));
  }
  const auto* stored = std::get_if<Appended>(&reply);
  if (stored == nullptr) return;
  acknowledge(waiting, *stored);
  if (!stored->is_new) return;
  counters.messages_stored += 1;
  fan_out(waiting, *stored);
}

namespace {

Conversation conversation_with(const Appended& stored, std::string peer) {
  const bool is_public = stored.recipient == 0;
  const auto kind = is_public ? ConversationKind::public_room : ConversationKind::private_talk;
  return {stored.conversation, kind, is_public ? std::string{} : std::move(peer)};
}

}  // namespace

void Service::State::acknowledge(const StoringMessage& waiting, const Appended& stored) {
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return;
  tell_held_back(*session, stored.conversation);
  const bool recipient_online = stored.recipient != 0 && online.count(stored.recipient) != 0;
  this->reply(*session, waiting.asker.request,
              Stored{waiting.message.client_message_id, conversation_with(stored, stored.recipient_name),
                     stored.number, stored.sent_unix_ms, recipient_online});
}

void Service::State::fan_out(const StoringMessage& waiting, const Appended& stored) {
  const Message message{stored.number, waiting.sender_name, waiting.message.text, stored.sent_unix_ms,
                        waiting.message.client_message_id};
  if (stored.recipient == 0) {
    fan_out_public({conversation_with(stored, {}), message}, waiting.asker.session);
  } else {
    fan_out_private(waiting, stored, message);
  }
}

void Service::State::fan_out_public(const Delivery& delivery, SessionId except) {
  SharedBytes bytes;
  std::vector<SessionId> crowd;
  crowd.reserve(online.size() + opening.size());
  for (const auto& entry : online) crowd.push_back(entry.second);
  for (const auto& entry : opening) crowd.push_back(entry.second);
  for (const SessionId id : crowd) {
    Session* session = id == except ? nullptr : find(id);
    if (session != nullptr) deliver(*session, delivery, bytes);
  }
}

void Service::State::fan_out_private(const StoringMessage& waiting, const Appended& stored,
                                     const Message& message) {
  const SessionId except = waiting.asker.session;
  deliver_to_account(stored.recipient, except, {conversation_with(stored, waiting.sender_name), message});
  if (stored.recipient == waiting.sender) return;
  deliver_to_account(waiting.sender, except, {conversation_with(stored, stored.recipient_name), message});
}

void Service::State::deliver_to_account(AccountId account, SessionId except, const Delivery& delivery) {
  SharedBytes bytes;
  std::vector<SessionId> devices;
  const auto live = online.find(account);
  if (live != online.end()) devices.push_back(live->second);
  const auto [first, last] = opening.equal_range(account);
  for (auto it = first; it != last; ++it) devices.push_back(it->second);
  for (const SessionId id : devices) {
    Session* session = id == except ? nullptr : find(id);
    if (session != nullptr) deliver(*session, delivery, bytes);
  }
}

// `bytes` is made once, for the first who can be sent to.
void Service::State::deliver(Session& session, const Delivery& delivery, SharedBytes& bytes) {
  if (session.closing) return;
  if (session.blocked || session.stage != Session::Stage::online) return hold_back(session, delivery);
  if (!bytes) bytes = encode_shared(0, delivery);
  counters.deliveries += 1;
  effects.emplace_back(SendToSession{session.id, bytes});
}

// What its list has not reached yet stands on the next page, with all that came before it.
void Service::State::hold_back(Session& session, const Delivery& delivery) {
  if (session.listed_to && delivery.conversation.id > *session.listed_to) return;
  const MessageNumber number = delivery.message.number;
  const auto it = session.held_back.find(delivery.conversation.id);
  if (it != session.held_back.end()) {
    it->second.last_number = std::max(it->second.last_number, number);
  } else {
    session.held_back[delivery.conversation.id] = {delivery.conversation, number, number - 1};
  }
}

// A client takes the first number that it hears of a new conversation for its
// beginning: what was held back before it has to be told before it.
void Service::State::tell_held_back(Session& session, ConversationId conversation) {
  const auto it = session.held_back.find(conversation);
  if (session.stage != Session::Stage::online || it == session.held_back.end()) return;
  reply(session, 0, ConversationList{{std::move(it->second)}, 0});
  session.held_back.erase(it);
}

// ---- history -------------------------------------------------------------------

void Service::State::on_request(const Now&, Session& session, RequestId id, Fetch& wanted) {
  const Asker asker{session.id, id};
  if (!may_ask(asker, session)) return;
  const std::size_t limit = wanted.limit == 0 ? kMessagesPerPageMax : wanted.limit;
  run_store(asker, FetchMessages{session.account, wanted.conversation, wanted.after_number, limit},
            FetchingMessages{asker});
}

void Service::State::on_store(const Now&, FetchingMessages& waiting, StoreReply& reply) {
  if (const auto* refusal = std::get_if<StoreRefusal>(&reply)) return refuse(waiting.asker, refusal->code);
  auto* page = std::get_if<Page>(&reply);
  const Session* session = find(waiting.asker.session);
  if (page != nullptr && session != nullptr) this->reply(*session, waiting.asker.request, std::move(*page));
}

void Service::State::on_request(const Now&, Session& session, RequestId id, ListConversations& wanted) {
  const Asker asker{session.id, id};
  if (!may_ask(asker, session)) return;
  run_store(asker, ListUndelivered{session.account, wanted.after_id},
            ListingConversations{asker, wanted.after_id});
}

void Service::State::on_store(const Now&, ListingConversations& waiting, StoreReply& reply) {
  auto* list = std::get_if<ConversationList>(&reply);
  Session* session = find(waiting.asker.session);
  if (list == nullptr || session == nullptr) return;
  note_listed(*session, waiting.after_id, list->next_after_id);
  this->reply(*session, waiting.asker.request, std::move(*list));
}

void Service::State::note_listed(Session& session, ConversationId after_id, ConversationId next_after_id) {
  const bool goes_on = session.listed_to && after_id <= *session.listed_to;
  if (!goes_on) return;
  if (next_after_id == 0) return session.listed_to.reset();
  session.listed_to = std::max(*session.listed_to, next_after_id);
}

// A mark that is dropped costs a client that crashes the same messages once more, nothing else.
void Service::State::on_request(const Now&, Session& session, RequestId, Received& wanted) {
  const bool may = session.stage == Session::Stage::online && session.operations < kOperationsPerSessionMax;
  if (!may) return;
  keep_newest(wanted.up_to);
  const Asker asker{session.id, 0};
  run_store(asker, MarkDelivered{session.account, std::move(wanted.up_to)}, InBackground{asker});
}

void Service::State::on_store(const Now&, InBackground&, StoreReply&) {}

void Service::State::on_request(const Now&, Session& session, RequestId id, Who&) {
  if (!may_ask({session.id, id}, session)) return;
  WhoResult result{{}, static_cast<std::uint32_t>(online.size())};
  for (const auto& entry : online) {
    if (result.names.size() == kWhoNamesMax) break;
    if (const Session* other = find(entry.second)) result.names.push_back(other->name);
  }
  std::sort(result.names.begin(), result.names.end());
  reply(session, id, std::move(result));
}

void Service::State::on_request(const Now&, Session& session, RequestId id, UnknownRequest&) {
  refuse({session.id, id}, RefusalCode::unknown_request);
}

}  // namespace chat
