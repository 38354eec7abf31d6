// Messages out: outbox - in flight - acknowledged. Messages in: live or fetched,
// each shown once, in order of number.
#include <algorithm>
#include <chrono>
#include <utility>

#include "chat/client_session_state.hpp"
#include "chat/codec.hpp"
#include "chat/text.hpp"
#include "chat/unicode.hpp"

namespace chat {

// ---- out ---------------------------------------------------------------------------

rudp::Result<ClientMessageId, RefusalCode> ClientSession::send(rudp::Instant, const Target& target,
                                                               std::string_view text) {
  if (state_->name.empty()) return RefusalCode::not_logged_in;
  if (const auto refusal = state_->unsendable(target, text)) return refusal->code;
  if (state_->outbox.size() >= kOutboxMax) return RefusalCode::busy;
  OutboxEntry entry{{}, target, std::string(text)};
  state_->random.public_fill(entry.id);
  const ClientMessageId id = entry.id;
  const bool kept = state_->storage == nullptr || state_->storage->append(state_->name, entry);
  if (!kept) return RefusalCode::storage_unavailable;
  state_->outbox.push(std::move(entry), true);
  state_->send_waiting();
  return id;
}

// What the server would call malformed it would call so on every connection, and close it.
std::optional<Refused> ClientSession::State::unsendable(const Target& target, std::string_view text) const {
  if (const auto code = check_text(text, text_bytes_max)) {
    if (*code != RefusalCode::text_too_long) return Refused{*code, {}, 0};
    return Refused{*code, {std::to_string(text_bytes_max)}, 0};
  }
  if (target.kind == ConversationKind::public_room) return std::nullopt;
  const std::string& recipient = target.private_to;
  if (recipient.size() <= kNameFieldBytesMax && unicode::is_valid_utf8(recipient)) return std::nullopt;
  return Refused{RefusalCode::unknown_recipient, {recipient}, 0};
}

// Checked here once more: what was kept by another version, or under another limit, would be in the
// way of all that waits behind it.
void ClientSession::State::send_waiting() {
  if (stage != Stage::online || send_again_at) return;
  while (const OutboxEntry* entry = outbox.send_next(in_flight_max)) {
    if (auto refusal = unsendable(entry->target, entry->text)) {
      fail(entry->id, *std::move(refusal));
      continue;
    }
    ask(AskedSend{entry->id}, SendMessage{entry->id, entry->target, entry->text, restart_sending});
    restart_sending = false;
  }
}

// Only once every answer is in: a message that is still under way would
// otherwise be refused behind the one that begins again.
void ClientSession::State::send_again(rudp::Instant now) {
  if (!send_again_at || *send_again_at > now || outbox.in_flight() > 0) return;
  send_again_at.reset();
  restart_sending = true;
  send_waiting();
}

void ClientSession::State::fail(const ClientMessageId& id, Refused refusal) {
  auto item = outbox.remove(id);
  if (!item) return;
  OutboxEntry& entry = item->entry;
  if (storage != nullptr) storage->remove(name, entry.id);
  events.emplace_back(
      MessageFailed{entry.id, std::move(entry.target), std::move(entry.text), std::move(refusal)});
}

void ClientSession::State::send_refused(rudp::Instant now, const ClientMessageId& id, Refused& refusal) {
  if (refusal.retry_after_ms == 0 && refusal.code != RefusalCode::not_logged_in) {
    fail(id, std::move(refusal));
    send_again(now);
    return send_waiting();
  }
  outbox.put_back(id);
  in_flight_max = 1;
  const rudp::Duration wait = std::chrono::milliseconds(std::max<std::uint32_t>(1, refusal.retry_after_ms));
  if (!send_again_at) {
    send_again_at = now + wait;
    const bool others_fault = refusal.code == RefusalCode::out_of_turn;  // over in a moment
    if (!others_fault) events.emplace_back(SendingPaused{std::move(refusal), wait});
  }
  send_again(now);
}

void ClientSession::State::on_reply(rudp::Instant now, const Asked*, Stored& reply) {
  auto item = outbox.remove(reply.client_message_id);
  if (!item) return;
  in_flight_max = std::min(kInFlightMax, in_flight_max + 1);
  if (storage != nullptr) storage->remove(name, reply.client_message_id);
  events.emplace_back(
      MessageStored{reply.client_message_id, reply.conversation, reply.number, reply.recipient_online});
  Timeline& where = timeline(reply.conversation);
  where.accept(
      {{reply.number, name, std::move(item->entry.text), reply.sent_unix_ms, reply.client_message_id},
       item->typed_here,
       false});
  show_next(now, where);
  fetch_gaps();
  send_again(now);
  send_waiting();
}

// ---- in ----------------------------------------------------------------------------

Timeline& ClientSession::State::timeline(const Conversation& conversation) {
  return timelines.try_emplace(conversation.id, conversation).first->second;
}

void ClientSession::State::on_reply(rudp::Instant now, const Asked*, Delivery& reply) {
  if (stage != Stage::online) return;
  Timeline& where = timeline(reply.conversation);
  const Outbox::Item* mine = outbox.find(reply.message.client_message_id);
  const bool from_here = reply.message.sender == name && mine != nullptr && mine->typed_here;
  where.accept({std::move(reply.message), from_here, false});
  show_next(now, where);
  fetch_gaps();
}

void ClientSession::State::show_next(rudp::Instant now, Timeline& where) {
  // A conversation that was never listed had nothing undelivered: it begins here.
  if (knows_all_conversations) where.begin_with_arrivals();
  bool any = false;
  while (auto arrival = where.next()) {
    const bool own = arrival->message.sender == name;
    events.emplace_back(MessageArrived{where.conversation(), std::move(arrival->message), own,
                                       arrival->from_here, arrival->history});
    any = true;
  }
  if (any) mark(now, where);
}

// The public room begins with a few last lines at every fresh start; only what
// is private must be remembered as delivered.
void ClientSession::State::mark(rudp::Instant now, const Timeline& where) {
  if (where.conversation().kind == ConversationKind::public_room) return;
  marks[where.conversation().id] = where.shown();
  if (!marks_at && stage == Stage::online) marks_at = now + kMarkDelay;
}

void ClientSession::State::send_marks() {
  if (stage != Stage::online) return;
  Received received;
  for (const auto& entry : marks) {
    received.up_to.push_back({entry.first, entry.second});
    if (received.up_to.size() < kSeenEntriesMax) continue;
    sends.push_back(encode(Request{++last_request, std::exchange(received, Received{})}));
  }
  if (!received.up_to.empty()) sends.push_back(encode(Request{++last_request, std::move(received)}));
  marks.clear();
  marks_at.reset();
}

// ---- what is missing ---------------------------------------------------------------

void ClientSession::State::learn(const ConversationState& state) {
  Timeline& where = timelines.try_emplace(state.conversation.id, state.conversation).first->second;
  where.learn_last(state.last_number);
  if (where.has_base()) return;
  const MessageNumber lines = options.history_lines;
  const MessageNumber history = state.last_number > lines ? state.last_number - lines : 0;
  const bool is_public = state.conversation.kind == ConversationKind::public_room;
  where.begin_before_arrivals(is_public ? history : state.delivered_number);
}

void ClientSession::State::learn(rudp::Instant now, const ConversationList& list, bool is_last) {
  for (const ConversationState& state : list.conversations) learn(state);
  if (is_last) knows_all_conversations = true;
  for (auto& entry : timelines) show_next(now, entry.second);
  fetch_gaps();
}

void ClientSession::State::ask_for_more(ConversationId after_id) {
  ask(AskedList{after_id}, ListConversations{after_id});
}

// Without the rest of the list, conversations that stand there would never begin.
void ClientSession::State::list_refused(rudp::Instant now, const AskedList& list, Refused& refusal) {
  if (refusal.retry_after_ms == 0) {
    events.emplace_back(RequestRefused{std::move(refusal)});
    return;
  }
  list_again_at = now + std::chrono::milliseconds(refusal.retry_after_ms);
  list_again_after = list.after_id;
}

// What nobody asked for tells where to catch up after a time of being too slow.
void ClientSession::State::on_reply(rudp::Instant now, const Asked* what, ConversationList& reply) {
  if (stage != Stage::online) return;
  const bool asked_for = what != nullptr && std::holds_alternative<AskedList>(*what);
  learn(now, reply, asked_for && reply.next_after_id == 0);
  if (asked_for && reply.next_after_id > 0) ask_for_more(reply.next_after_id);
}

void ClientSession::State::fetch_gaps() {
  if (stage != Stage::online || fetch_again_at) return;
  for (const auto& entry : timelines) {
    if (fetching.size() >= kFetchesMax) return;
    const Timeline& where = entry.second;
    if (!where.is_behind() || fetching.count(entry.first) != 0) continue;
    fetching.insert(entry.first);
    ask(AskedFetch{entry.first, where.shown()}, Fetch{entry.first, where.shown(), 0});
  }
}

void ClientSession::State::on_reply(rudp::Instant now, const Asked* what, Page& reply) {
  const auto* fetch = what == nullptr ? nullptr : std::get_if<AskedFetch>(what);
  if (fetch == nullptr || stage != Stage::online) return;
  fetching.erase(fetch->conversation);
  const auto it = timelines.find(fetch->conversation);
  if (it == timelines.end()) return;
  Timeline& where = it->second;
  for (Message& message : reply.messages) {
    const Outbox::Item* mine = outbox.find(message.client_message_id);
    const bool from_here = message.sender == name && mine != nullptr && mine->typed_here;
    where.accept({std::move(message), from_here, true});
  }
  where.complete_to(reply.complete_to);
  where.learn_last(reply.last_number);
  show_next(now, where);
  // A page that brought nothing is believed, or the same fetch would go out for ever.
  if (where.shown() == fetch->after) where.forget_last();
  fetch_gaps();
}

void ClientSession::State::fetch_refused(rudp::Instant now, const AskedFetch& fetch, const Refused& refusal) {
  fetching.erase(fetch.conversation);
  if (refusal.retry_after_ms > 0) {
    fetch_again_at = now + std::chrono::milliseconds(refusal.retry_after_ms);
    return;
  }
  timelines.erase(fetch.conversation);
}

}  // namespace chat
