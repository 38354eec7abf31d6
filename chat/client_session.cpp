// The way in: connect - Hello - Register, Login or Resume - online; and out again.
#include "chat/client_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "chat/client_session_state.hpp"
#include "chat/codec.hpp"
#include "chat/names.hpp"
#include "chat/passwords.hpp"
#include "chat/text.hpp"
#include "chat/unicode.hpp"

namespace chat {
ClientSession::ClientSession(const ClientOptions& options, rudp::Random& random, OutboxStorage* outbox)
    : state_(std::make_unique<State>(options, random, outbox)) {
  state_->text_bytes_max = kTextBytesMaxDefault;
}

ClientSession::~ClientSession() = default;

RequestId ClientSession::State::ask(Asked what, RequestBody body) {
  const RequestId id = ++last_request;
  asked.emplace(id, std::move(what));
  sends.push_back(encode(Request{id, std::move(body)}));
  return id;
}

// ---- the transport -----------------------------------------------------------------

void ClientSession::handle_connected(rudp::Instant) {
  state_->link_is_gone();
  state_->stage = State::Stage::greeting;
  state_->ask(AskedHello{},
              Hello{kProtocolVersion, state_->options.client_version, state_->options.language});
}

void ClientSession::handle_disconnected(rudp::Instant) { state_->link_is_gone(); }

void ClientSession::State::link_is_gone() {
  for (const auto& entry : asked) {
    if (std::holds_alternative<AskedRegister>(entry.second) && credentials) credentials->uncertain = true;
  }
  stage = Stage::offline;
  asked.clear();
  sends.clear();
  outbox.put_back_all();
  send_again_at.reset();
  restart_sending = false;
  fetching.clear();
  fetch_again_at.reset();
  list_again_at.reset();
  resume_at.reset();
  marks_at.reset();
  knows_all_conversations = false;
}

void ClientSession::handle_message(rudp::Instant now, rudp::Bytes bytes) {
  if (state_->stage == State::Stage::offline) return;
  auto reply = decode_reply(bytes);
  if (!reply) {
    state_->events.emplace_back(ServerMalformed{});
    return;
  }
  std::optional<Asked> what;
  const auto it = state_->asked.find(reply->reply_to);
  if (it != state_->asked.end()) {
    what = it->second;
    state_->asked.erase(it);
  }
  const Asked* const asked = what ? &*what : nullptr;
  std::visit([&](auto& body) { state_->on_reply(now, asked, body); }, reply->body);
}

void ClientSession::handle_timeout(rudp::Instant now) {
  const auto is_due = [now](std::optional<rudp::Instant>& timer) {
    if (!timer || *timer > now) return false;
    timer.reset();
    return true;
  };
  if (is_due(state_->resume_at)) state_->authenticate(now);
  if (is_due(state_->fetch_again_at)) state_->fetch_gaps();
  if (is_due(state_->list_again_at)) state_->ask_for_more(state_->list_again_after);
  if (is_due(state_->marks_at)) state_->send_marks();
  state_->send_again(now);
}

std::optional<rudp::Instant> ClientSession::poll_timeout() const {
  std::optional<rudp::Instant> first;
  const auto consider = [&first](const std::optional<rudp::Instant>& timer) {
    if (timer && (!first || *timer < *first)) first = timer;
  };
  consider(state_->resume_at);
  consider(state_->fetch_again_at);
  consider(state_->list_again_at);
  consider(state_->marks_at);
  // While answers are under way, it is their arrival that goes on.
  if (state_->outbox.in_flight() == 0) consider(state_->send_again_at);
  return first;
}

std::optional<std::vector<std::uint8_t>> ClientSession::poll_send() {
  if (state_->sends.empty()) return std::nullopt;
  auto bytes = std::move(state_->sends.front());
  state_->sends.pop_front();
  return bytes;
}

std::optional<ClientEvent> ClientSession::poll_event() {
  if (state_->events.empty()) return std::nullopt;
  ClientEvent event = std::move(state_->events.front());
  state_->events.pop_front();
  return event;
}

// ---- who we are --------------------------------------------------------------------

namespace {

// To a server these are malformed, and it closes the connection: said again on the next one, they
// would end that too.
std::optional<Refused> unreadable(std::string_view name, std::string_view password) {
  if (name.size() > kNameFieldBytesMax) {
    return Refused{RefusalCode::name_too_long, {std::to_string(kNameCodePointsMax)}, 0};
  }
  if (!unicode::is_valid_utf8(name)) return Refused{RefusalCode::name_characters, {}, 0};
  if (password.size() > kPasswordFieldBytesMax) {
    return Refused{RefusalCode::password_too_long, {std::to_string(kPasswordBytesMax)}, 0};
  }
  if (!unicode::is_valid_utf8(password)) return Refused{RefusalCode::password_characters, {}, 0};
  return std::nullopt;
}

}  // namespace

void ClientSession::State::take_credentials(rudp::Instant now, Credentials given) {
  if (credentials) wipe(credentials->password);
  credentials.reset();
  if (auto refusal = unreadable(given.name, given.password)) {
    wipe(given.password);
    events.emplace_back(LoginRefused{*std::move(refusal)});
    return;
  }
  credentials = std::move(given);
  authenticate(now);
}

void ClientSession::register_account(rudp::Instant now, std::string name, std::string password) {
  state_->take_credentials(now, {std::move(name), std::move(password), true, false});
}

void ClientSession::login(rudp::Instant now, std::string name, std::string password) {
  state_->take_credentials(now, {std::move(name), std::move(password), false, false});
}

void ClientSession::resume(rudp::Instant now, const ResumeToken& token) {
  state_->token = token;
  if (state_->stage == State::Stage::greeted) state_->authenticate(now);
}

// Fresh words of the user come before what is remembered.
void ClientSession::State::authenticate(rudp::Instant) {
  if (stage != Stage::greeted) return;
  if (!credentials && !token) return;
  stage = Stage::authenticating;
  if (!credentials) {
    ask(AskedResume{}, Resume{*token, seen()});
  } else if (credentials->registers) {
    ask(AskedRegister{}, Register{credentials->name, credentials->password});
  } else {
    ask(AskedLogin{}, Login{credentials->name, credentials->password, seen()});
  }
}

// The public room is always told about; of the others a list that is too long keeps the youngest.
std::vector<Seen> ClientSession::State::seen() const {
  std::vector<Seen> all;
  for (const auto& entry : timelines) {
    if (entry.second.has_base()) all.push_back({entry.first, entry.second.shown()});
  }
  if (all.size() > kSeenEntriesMax) all.erase(all.begin(), all.end() - kSeenEntriesMax);
  return all;
}

void ClientSession::State::on_reply(rudp::Instant now, const Asked*, HelloAccepted& reply) {
  if (stage != Stage::greeting) return;
  stage = Stage::greeted;
  text_bytes_max = reply.text_bytes_max;
  events.emplace_back(Greeted{std::move(reply.server_version), reply.text_bytes_max});
  authenticate(now);
}

// What is remembered belongs to one account.
void ClientSession::State::become(const std::string& account_name) {
  if (name == account_name) return;
  name = account_name;
  timelines.clear();
  marks.clear();
  outbox.clear();
  if (storage == nullptr) return;
  for (OutboxEntry& entry : storage->load(name)) outbox.push(std::move(entry), false);
}

void ClientSession::State::logged_in(rudp::Instant now, LoggedIn& reply) {
  stage = Stage::online;
  if (credentials) wipe(credentials->password);
  credentials.reset();
  become(reply.name);
  for (const ConversationState& state : reply.conversations.conversations) {
    const auto known = timelines.find(state.conversation.id);
    if (known != timelines.end()) known->second.roll_back_to(state.last_number);
  }
  learn(now, reply.conversations, reply.conversations.next_after_id == 0);
  if (!knows_all_conversations) ask_for_more(reply.conversations.next_after_id);
  send_waiting();
  if (awaits_who) ask(AskedWho{}, Who{});
  if (!marks.empty()) marks_at = now + kMarkDelay;
}

void ClientSession::State::on_reply(rudp::Instant now, const Asked* what, LoggedIn& reply) {
  if (what == nullptr || stage != Stage::authenticating) return;
  NowLoggedIn event{reply.name, std::holds_alternative<AskedResume>(*what), std::nullopt};
  if (reply.resume_token.size() == ResumeToken{}.size()) {
    std::copy(reply.resume_token.begin(), reply.resume_token.end(), token.emplace().begin());
    event.token = token;
  }
  events.emplace_back(std::move(event));
  logged_in(now, reply);
}

// ---- refusals ----------------------------------------------------------------------

void ClientSession::State::on_reply(rudp::Instant now, const Asked* what, Refused& reply) {
  if (what != nullptr) return refused(now, *what, reply);
  events.emplace_back(RequestRefused{std::move(reply)});
}

void ClientSession::State::refused(rudp::Instant now, const Asked& what, Refused& refusal) {
  if (const auto* send = std::get_if<AskedSend>(&what)) return send_refused(now, send->id, refusal);
  if (const auto* fetch = std::get_if<AskedFetch>(&what)) return fetch_refused(now, *fetch, refusal);
  if (const auto* list = std::get_if<AskedList>(&what)) return list_refused(now, *list, refusal);
  const bool logs_in = std::holds_alternative<AskedRegister>(what) ||
                       std::holds_alternative<AskedLogin>(what) || std::holds_alternative<AskedResume>(what);
  if (logs_in) return login_refused(now, what, refusal);
  if (std::holds_alternative<AskedWho>(what)) awaits_who = false;
  events.emplace_back(RequestRefused{std::move(refusal)});
}

bool ClientSession::State::tries_login_instead(rudp::Instant now, const Refused& refusal) {
  const bool ours = credentials && credentials->registers && credentials->uncertain;
  if (!ours || refusal.code != RefusalCode::name_taken) return false;
  credentials->registers = false;
  authenticate(now);
  return true;
}

void ClientSession::State::login_refused(rudp::Instant now, const Asked& what, Refused& refusal) {
  stage = Stage::greeted;
  if (std::holds_alternative<AskedResume>(what)) {
    if (refusal.retry_after_ms > 0) {
      resume_at = now + std::chrono::milliseconds(refusal.retry_after_ms);
      return;
    }
    token.reset();
  } else if (tries_login_instead(now, refusal)) {
    return;
  }
  if (credentials) {
    // It was taken by somebody else after all.
    if (credentials->uncertain && refusal.code == RefusalCode::login_failed) {
      refusal = {RefusalCode::name_taken, {credentials->name}, 0};
    }
    wipe(credentials->password);
  }
  credentials.reset();
  events.emplace_back(LoginRefused{std::move(refusal)});
}

// ---- what the server tells ---------------------------------------------------------

void ClientSession::State::on_reply(rudp::Instant, const Asked*, WhoResult& reply) {
  awaits_who = false;
  events.emplace_back(WhoAnswered{std::move(reply)});
}

void ClientSession::State::on_reply(rudp::Instant, const Asked*, Presence& reply) {
  const auto leave_out = [this](std::vector<std::string>& names) {
    names.erase(std::remove(names.begin(), names.end(), name), names.end());
  };
  leave_out(reply.joined);
  leave_out(reply.left);
  if (reply.joined.empty() && reply.left.empty()) return;
  events.emplace_back(PresenceChanged{std::move(reply.joined), std::move(reply.left)});
}

// The other device has the account now; coming back by ourselves would be a fight.
void ClientSession::State::on_reply(rudp::Instant, const Asked*, Replaced& reply) {
  stage = Stage::offline;
  token.reset();
  events.emplace_back(WasReplaced{std::move(reply)});
}

void ClientSession::State::on_reply(rudp::Instant, const Asked*, ServerClosing& reply) {
  events.emplace_back(ServerIsClosing{std::move(reply)});
}

void ClientSession::State::on_reply(rudp::Instant, const Asked*, Goodbye&) {
  stage = Stage::offline;
  token.reset();
  events.emplace_back(SaidGoodbye{});
}

void ClientSession::State::on_reply(rudp::Instant, const Asked*, UnknownReply&) {}

// ---- the user ----------------------------------------------------------------------

bool ClientSession::ask_who(rudp::Instant) {
  if (state_->stage != State::Stage::online) return false;
  state_->awaits_who = true;
  state_->ask(AskedWho{}, Who{});
  return true;
}

bool ClientSession::quit(rudp::Instant, std::string_view reason) {
  if (state_->stage == State::Stage::offline) return false;
  if (state_->stage == State::Stage::online) state_->send_marks();
  state_->ask(AskedQuit{}, Quit{std::string(reason.substr(0, kShortFieldBytesMax))});
  return true;
}

bool ClientSession::is_logged_in() const { return state_->stage == State::Stage::online; }
const std::string& ClientSession::name() const { return state_->name; }
std::size_t ClientSession::outbox_size() const { return state_->outbox.size(); }

bool ClientSession::is_caught_up() const {
  if (state_->stage != State::Stage::online || !state_->knows_all_conversations) return false;
  return std::none_of(state_->timelines.begin(), state_->timelines.end(),
                      [](const auto& entry) { return entry.second.is_behind(); });
}

}  // namespace chat
