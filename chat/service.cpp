// Inputs become calls of one handler each; handlers leave effects behind.
#include "chat/service.hpp"

#include <chrono>
#include <utility>

#include "chat/codec.hpp"
#include "chat/service_state.hpp"

namespace chat {

SharedBytes encode_shared(RequestId to, ReplyBody body) {
  return std::make_shared<const std::vector<std::uint8_t>>(encode(Reply{to, std::move(body)}));
}

Service::State::State(const ServiceOptions& wanted, rudp::Random& source)
    : options(wanted),
      random(source),
      register_per_address(wanted.register_per_address),
      login_per_address(wanted.login_per_address),
      login_per_account(wanted.login_per_account),
      login_per_account_and_address(wanted.login_per_account_and_address),
      resume_per_address(wanted.resume_per_address),
      resume_per_account(wanted.resume_per_account),
      presence(kPresenceInterval) {}

Service::Service(const ServiceOptions& options, rudp::Random& random)
    : state_(std::make_unique<State>(options, random)) {}

Service::~Service() = default;

// ---- answers -----------------------------------------------------------------

Session* Service::State::find(SessionId id) {
  const auto it = sessions.find(id);
  return it == sessions.end() ? nullptr : &it->second;
}

void Service::State::reply(const Session& session, RequestId to, ReplyBody body) {
  effects.emplace_back(SendToSession{session.id, encode_shared(to, std::move(body))});
}

void Service::State::refuse(const Asker& asker, Refused refusal) {
  counters.refused += 1;
  if (const Session* session = find(asker.session)) reply(*session, asker.request, std::move(refusal));
}

void Service::State::refuse(const Asker& asker, RefusalCode code, std::vector<std::string> parameters) {
  refuse(asker, Refused{code, std::move(parameters), 0});
}

void Service::State::refuse_for_now(const Asker& asker, RefusalCode code, rudp::Duration retry_after) {
  const auto wait_ms = std::chrono::ceil<std::chrono::milliseconds>(retry_after).count();
  refuse(asker, Refused{code, {}, static_cast<std::uint32_t>(wait_ms > 0 ? wait_ms : 1)});
}

// Clients that are told to come back at the same moment would only meet again.
std::uint32_t Service::State::jittered_ms(std::uint32_t least_ms) {
  return least_ms + static_cast<std::uint32_t>(random.below(least_ms));
}

// ---- operations ----------------------------------------------------------------

OperationId Service::State::begin(Asker asker, Pending waiting) {
  if (Session* session = find(asker.session)) session->operations += 1;
  pending.emplace(++last_operation, std::move(waiting));
  return last_operation;
}

void Service::State::run_store(Asker asker, StoreRequest request, Pending waiting) {
  const OperationId operation = begin(asker, std::move(waiting));
  effects.emplace_back(RunStore{operation, std::move(request)});
}

void Service::State::run_hash(Asker asker, HashRequest request, Pending waiting) {
  const OperationId operation = begin(asker, std::move(waiting));
  effects.emplace_back(RunHash{operation, std::move(request)});
}

std::optional<Pending> Service::State::finish(OperationId operation) {
  const auto it = pending.find(operation);
  if (it == pending.end()) return std::nullopt;
  Pending waiting = std::move(it->second);
  pending.erase(it);
  const SessionId id = std::visit([](const auto& w) { return w.asker.session; }, waiting);
  if (Session* session = find(id)) session->operations -= 1;
  return waiting;
}

void Service::State::on_store_failure(const Now& now, Pending& waiting, const StoreFailure& failure) {
  effects.emplace_back(LogLine{LogKind::storage_failed, now.unix_ms, {}, {}, failure.detail});
  if (failure.error == StoreError::broken) effects.emplace_back(StopServer{failure.detail});
  const Asker asker = std::visit([](const auto& w) { return w.asker; }, waiting);
  if (const auto* message = std::get_if<StoringMessage>(&waiting)) {
    stored_or_not(*message);
    stall(asker);
  }
  if (std::holds_alternative<InBackground>(waiting)) return;
  Session* session = find(asker.session);
  if (session != nullptr && session->stage == Session::Stage::authenticating) {
    move_to(now, *session, Session::Stage::anonymous);
  }
  leave_opening(asker.session);
  RefusalCode code = RefusalCode::storage_unavailable;
  if (failure.error == StoreError::busy) code = RefusalCode::busy;
  if (failure.error == StoreError::full) code = RefusalCode::storage_full;
  refuse_for_now(asker, code, std::chrono::milliseconds(jittered_ms(1'000)));
}

// ---- ends --------------------------------------------------------------------

void Service::State::log(const Now& now, LogKind kind, const Session* session, std::string detail) {
  LogLine line{kind, now.unix_ms, {}, {}, std::move(detail)};
  if (session != nullptr) line.name = session->name;
  if (session != nullptr) line.address = session->address.to_string();
  effects.emplace_back(std::move(line));
}

void Service::State::leave_opening(SessionId id) {
  for (auto it = opening.begin(); it != opening.end();) {
    it = it->second == id ? opening.erase(it) : std::next(it);
  }
}

void Service::State::forget(const Now& now, Session& session) {
  const auto mine = online.find(session.account);
  if (mine != online.end() && mine->second == session.id) {
    online.erase(mine);
    presence.leave(session.name);
  }
  const SessionId id = session.id;
  leave_opening(id);
  strangers.remove(id);
  sessions.erase(id);
  forget_full_allowances(now.instant);
  tell_presence(now.instant);
}

void Service::State::close_session(const Now& now, Session& session) {
  effects.emplace_back(CloseSession{session.id});
  forget(now, session);
}

void Service::State::close_if_done(const Now& now, SessionId id) {
  Session* session = find(id);
  if (session != nullptr && session->closing && session->operations == 0) close_session(now, *session);
}

void Service::State::tell_presence(rudp::Instant now) {
  if (closing) return;
  const auto notice = presence.take(now);
  if (!notice) return;
  const bool one_joined = notice->joined.size() == 1 && notice->left.empty();
  const SharedBytes bytes = encode_shared(0, *notice);
  for (const auto& entry : online) {
    const Session* session = find(entry.second);
    if (session == nullptr || session->blocked) continue;
    if (one_joined && session->name == notice->joined.front()) continue;
    effects.emplace_back(SendToSession{session->id, bytes});
  }
}

// ---- inputs --------------------------------------------------------------------

void Service::handle_connected(const Now& now, SessionId id, const rudp::Address& address) {
  Session session;
  session.id = id;
  session.address = address;
  if (state_->closing) {
    state_->reply(session, 0, *state_->closing);
    state_->effects.emplace_back(CloseSession{id});
    return;
  }
  Session& kept = state_->sessions.emplace(id, std::move(session)).first->second;
  state_->move_to(now, kept, Session::Stage::new_here);
}

void Service::State::dispatch(const Now& now, Session& session, Request& request) {
  const bool greets = std::holds_alternative<Hello>(request.body);
  if (session.stage == Session::Stage::new_here && !greets) {
    refuse({session.id, request.id}, RefusalCode::malformed);
    return close_session(now, session);
  }
  if (const auto wait = charge(now.instant, session, request.body)) {
    if (std::holds_alternative<Received>(request.body)) return;  // is not answered
    return refuse_for_now({session.id, request.id}, RefusalCode::rate_limited, *wait);
  }
  std::visit([&](auto& body) { on_request(now, session, request.id, body); }, request.body);
}

void Service::handle_message(const Now& now, SessionId id, rudp::Bytes bytes) {
  Session* session = state_->find(id);
  if (session == nullptr || session->closing) return;
  auto request = decode_request(bytes, state_->options.text_bytes_max + kRequestOverheadBytesMax);
  if (request) return state_->dispatch(now, *session, *request);
  state_->counters.malformed += 1;
  state_->log(now, LogKind::refused_bytes, session, std::string(rudp::to_sentence(request.error())));
  state_->refuse({id, 0}, RefusalCode::malformed);
  state_->close_session(now, *session);
}

void Service::handle_disconnected(const Now& now, SessionId id) {
  Session* session = state_->find(id);
  if (session == nullptr) return;
  if (session->stage == Session::Stage::online) state_->log(now, LogKind::disconnected, session);
  state_->forget(now, *session);
}

void Service::handle_store_reply(const Now& now, OperationId operation, StoreReply reply) {
  auto waiting = state_->finish(operation);
  if (!waiting) return;
  const SessionId id = std::visit([](const auto& w) { return w.asker.session; }, *waiting);
  if (const auto* failure = std::get_if<StoreFailure>(&reply)) {
    state_->on_store_failure(now, *waiting, *failure);
  } else {
    std::visit([&](auto& w) { state_->on_store(now, w, reply); }, *waiting);
  }
  state_->close_if_done(now, id);
}

void Service::handle_hash_reply(const Now& now, OperationId operation, HashReply reply) {
  auto waiting = state_->finish(operation);
  if (!waiting) return;
  const SessionId id = std::visit([](const auto& w) { return w.asker.session; }, *waiting);
  std::visit([&](auto& w) { state_->on_hash(now, w, reply); }, *waiting);
  state_->close_if_done(now, id);
}

void Service::handle_timeout(const Now& now) { state_->tell_presence(now.instant); }

void Service::handle_blocked(const Now&, SessionId id) {
  if (Session* session = state_->find(id)) session->blocked = true;
}

// The client fetches what it missed; it knows how far it had come.
void Service::handle_writable(const Now&, SessionId id) {
  Session* session = state_->find(id);
  if (session == nullptr) return;
  session->blocked = false;
  if (session->stage != Session::Stage::online || session->held_back.empty()) return;
  ConversationList list;
  for (auto& entry : session->held_back) list.conversations.push_back(std::move(entry.second));
  session->held_back.clear();
  state_->reply(*session, 0, std::move(list));
}

void Service::close(const Now& now, const ServerClosing& notice) {
  state_->closing = notice;
  const SharedBytes bytes = encode_shared(0, notice);
  std::vector<SessionId> all;
  for (auto& entry : state_->sessions) {
    entry.second.closing = true;
    state_->effects.emplace_back(SendToSession{entry.first, bytes});
    all.push_back(entry.first);
  }
  for (const SessionId id : all) state_->close_if_done(now, id);
}

// ---- outputs -------------------------------------------------------------------

std::optional<Effect> Service::poll_effect() {
  if (state_->effects.empty()) return std::nullopt;
  Effect effect = std::move(state_->effects.front());
  state_->effects.pop_front();
  return effect;
}

std::optional<rudp::Instant> Service::poll_timeout() const {
  if (state_->closing) return std::nullopt;
  return state_->presence.due();
}

Service::Statistics Service::statistics() const {
  Statistics now = state_->counters;
  now.sessions = state_->sessions.size();
  now.online = state_->online.size();
  return now;
}

}  // namespace chat
