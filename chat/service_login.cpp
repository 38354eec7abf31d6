// How a connection becomes somebody: hello, register, log in, resume, take over, quit.
//
//   Register  limits - name and password rules - is the name free? - hash - create - open
//   Login     limits - find the account - verify (exactly one Argon2id, known or not) - open
//   Resume    limits - find the token - limits of its account - open
//   open      the session is subscribed first, then the store says what it missed
#include <algorithm>
#include <chrono>
#include <utility>

#include "chat/names.hpp"
#include "chat/passwords.hpp"
#include "chat/service_state.hpp"

namespace chat {
namespace {

std::vector<std::string> parameters_of(RefusalCode code, const std::string& name) {
  switch (code) {
    case RefusalCode::name_taken:
    case RefusalCode::name_too_similar:
      return {name};
    case RefusalCode::name_too_long:
      return {std::to_string(kNameCodePointsMax)};
    case RefusalCode::password_too_short:
      return {std::to_string(kPasswordCodePointsMin)};
    case RefusalCode::password_too_long:
      return {std::to_string(kPasswordBytesMax)};
    default:
      return {};
  }
}

}  // namespace

// ---- requests ------------------------------------------------------------------

void Service::State::on_request(const Now& now, Session& session, RequestId id, Hello& hello) {
  if (hello.protocol_version != kProtocolVersion) {
    refuse({session.id, id}, RefusalCode::unsupported_protocol, {std::to_string(kProtocolVersion)});
    return close_session(now, session);
  }
  if (session.stage == Session::Stage::new_here) move_to(now, session, Session::Stage::anonymous);
  reply(session, id,
        HelloAccepted{kProtocolVersion, options.server_version,
                      static_cast<std::uint32_t>(options.text_bytes_max)});
}

bool Service::State::may_authenticate(const Asker& asker, const Session& session) {
  if (session.stage == Session::Stage::anonymous) return true;
  if (session.stage == Session::Stage::online) {
    refuse(asker, RefusalCode::already_logged_in);
  } else {
    refuse_for_now(asker, RefusalCode::busy, std::chrono::seconds(1));
  }
  return false;
}

void Service::State::on_request(const Now& now, Session& session, RequestId id, Register& wanted) {
  const Asker asker{session.id, id};
  if (!may_authenticate(asker, session)) return;
  auto name = check_name(wanted.name);
  if (!name) return refuse(asker, name.error(), parameters_of(name.error(), wanted.name));
  auto password = check_password(wanted.password);
  if (!password) return refuse(asker, password.error(), parameters_of(password.error(), wanted.name));
  if (const auto wait = register_per_address.take(now.instant, rate_key(session.address))) {
    return refuse_for_now(asker, RefusalCode::rate_limited, *wait);
  }
  move_to(now, session, Session::Stage::authenticating);
  const FindAccount find_account{name->key};
  run_store(asker, find_account, LookingUpRegistration{asker, std::move(*name), std::move(*password)});
}

// The narrowest bucket first: whoever guesses at one account does not use up what strangers share. From where
// the account was entered before, nobody is locked out by those who guess from elsewhere (threat U5).
std::optional<rudp::Duration> Service::State::login_wait(rudp::Instant now, const Session& session,
                                                         const std::string& key) {
  const std::string address = rate_key(session.address);
  if (const auto wait = login_per_account_and_address.take(now, key + '\0' + address)) return wait;
  if (const auto wait = login_per_address.take(now, address)) return wait;
  if (known_addresses.knows(key, address)) return std::nullopt;
  return login_per_account.take(now, key);
}

void Service::State::on_request(const Now& now, Session& session, RequestId id, Login& wanted) {
  const Asker asker{session.id, id};
  if (!may_authenticate(asker, session)) return;
  const auto name = check_name(wanted.name);
  const std::string key = name ? name->key : std::string{};
  if (const auto wait = login_wait(now.instant, session, key)) {
    return refuse_for_now(asker, RefusalCode::rate_limited, *wait);
  }
  auto password = check_password(wanted.password);
  keep_newest(wanted.seen);
  move_to(now, session, Session::Stage::authenticating);
  if (name && password) {
    return run_store(asker, FindAccount{key},
                     LookingUpLogin{asker, wanted.name, key, std::move(*password), std::move(wanted.seen)});
  }
  // What no account can have still costs what a wrong password costs.
  run_hash(asker, VerifyHash{}, VerifyingPassword{asker, wanted.name, key, std::nullopt, {}});
}

void Service::State::on_request(const Now& now, Session& session, RequestId id, Resume& wanted) {
  const Asker asker{session.id, id};
  if (!may_authenticate(asker, session)) return;
  if (const auto wait = resume_per_address.take(now.instant, rate_key(session.address))) {
    return refuse_for_now(asker, RefusalCode::rate_limited, *wait);
  }
  move_to(now, session, Session::Stage::authenticating);
  const FindToken find_token{hash_token(wanted.token)};
  wipe(wanted.token);
  keep_newest(wanted.seen);
  run_store(asker, find_token, LookingUpToken{asker, std::move(wanted.seen)});
}

void Service::State::on_request(const Now& now, Session& session, RequestId id, Quit& wanted) {
  reply(session, id, Goodbye{});
  if (session.stage == Session::Stage::online) log(now, LogKind::quit, &session, std::move(wanted.reason));
  close_session(now, session);
}

// ---- completions: who is it? -----------------------------------------------------

void Service::State::on_store(const Now&, LookingUpLogin& waiting, StoreReply& reply) {
  if (find(waiting.asker.session) == nullptr) return wipe(waiting.password);
  auto* found = std::get_if<AccountFound>(&reply);
  auto account = found != nullptr ? std::move(found->account) : std::nullopt;
  VerifyHash verify{std::move(waiting.password), account ? account->password_hash : std::string{}};
  run_hash(waiting.asker, std::move(verify),
           VerifyingPassword{waiting.asker, std::move(waiting.name), std::move(waiting.name_key),
                             std::move(account), std::move(waiting.seen)});
}

void Service::State::fail_login(const Now& now, const VerifyingPassword& waiting) {
  counters.logins_failed += 1;
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return;
  move_to(now, *session, Session::Stage::anonymous);
  effects.emplace_back(
      LogLine{LogKind::login_failed, now.unix_ms, waiting.name, session->address.to_string(), {}});
  refuse(waiting.asker, RefusalCode::login_failed);
}

void Service::State::on_hash(const Now& now, VerifyingPassword& waiting, HashReply& reply) {
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return;
  if (reply.status == HashStatus::mismatch) return fail_login(now, waiting);
  if (reply.status != HashStatus::match || !waiting.account) {
    move_to(now, *session, Session::Stage::anonymous);
    return refuse_for_now(waiting.asker, RefusalCode::busy, std::chrono::milliseconds(jittered_ms(2'000)));
  }
  login_per_account_and_address.forgive(waiting.name_key + '\0' + rate_key(session->address));
  if (!reply.hash.empty()) {
    ChangePasswordHash change{waiting.account->id, waiting.account->password_hash, std::move(reply.hash)};
    run_store(waiting.asker, std::move(change), InBackground{waiting.asker});
  }
  open_session(now, waiting.asker, *waiting.account, std::move(waiting.seen), LogKind::logged_in);
}

void Service::State::on_store(const Now& now, LookingUpRegistration& waiting, StoreReply& reply) {
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return wipe(waiting.password);
  const auto* found = std::get_if<AccountFound>(&reply);
  if (found == nullptr || found->account) {
    move_to(now, *session, Session::Stage::anonymous);
    return refuse(waiting.asker, RefusalCode::name_taken, {waiting.name.display});
  }
  run_hash(waiting.asker, CreateHash{std::move(waiting.password)},
           HashingPassword{waiting.asker, std::move(waiting.name)});
}

void Service::State::on_hash(const Now& now, HashingPassword& waiting, HashReply& reply) {
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return;
  if (reply.status != HashStatus::created) {
    move_to(now, *session, Session::Stage::anonymous);
    return refuse_for_now(waiting.asker, RefusalCode::busy, std::chrono::milliseconds(jittered_ms(2'000)));
  }
  CreateAccount create{waiting.name, std::move(reply.hash), now.unix_ms};
  run_store(waiting.asker, std::move(create), CreatingAccount{waiting.asker, std::move(waiting.name)});
}

void Service::State::on_store(const Now& now, CreatingAccount& waiting, StoreReply& reply) {
  Session* session = find(waiting.asker.session);
  if (const auto* refusal = std::get_if<StoreRefusal>(&reply)) {
    if (session != nullptr) move_to(now, *session, Session::Stage::anonymous);
    return refuse(waiting.asker, refusal->code, parameters_of(refusal->code, waiting.name.display));
  }
  const auto* created = std::get_if<AccountCreated>(&reply);
  if (created == nullptr) return;
  counters.registrations += 1;
  LogLine line{LogKind::registered, now.unix_ms, waiting.name.display, {}, {}};
  if (session != nullptr) line.address = session->address.to_string();
  effects.emplace_back(std::move(line));
  if (session == nullptr) return;
  open_session(now, waiting.asker, Account{created->id, waiting.name.display, {}}, {}, LogKind::registered);
}

// The account is known by its token only, so its limit comes after the search.
void Service::State::on_store(const Now& now, LookingUpToken& waiting, StoreReply& reply) {
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return;
  const auto* found = std::get_if<AccountFound>(&reply);
  if (found == nullptr || !found->account) {
    move_to(now, *session, Session::Stage::anonymous);
    return refuse(waiting.asker, RefusalCode::token_refused);
  }
  if (const auto wait = resume_per_account.take(now.instant, std::to_string(found->account->id))) {
    move_to(now, *session, Session::Stage::anonymous);
    return refuse_for_now(waiting.asker, RefusalCode::rate_limited, *wait);
  }
  open_session(now, waiting.asker, *found->account, std::move(waiting.seen), LogKind::resumed);
}

// ---- completions: come in --------------------------------------------------------

// Subscribe first, then fetch: from here on nothing that happens passes this session by.
void Service::State::open_session(const Now& now, const Asker& asker, const Account& account,
                                  std::vector<Seen> seen, LogKind how) {
  Session* session = find(asker.session);
  if (session == nullptr) return;
  session->held_back.clear();
  session->listed_to.reset();
  session->account = account.id;
  session->name = account.name;
  opening.emplace(account.id, session->id);
  std::optional<ResumeToken> token;
  std::optional<TokenHash> token_hash;
  if (how != LogKind::resumed) {
    random.secret_fill(token.emplace());
    token_hash = hash_token(*token);
  }
  run_store(asker, OpenSession{account.id, token_hash, std::move(seen), now.unix_ms},
            OpeningSession{asker, token, how});
}

void Service::State::replace(const Now& now, SessionId old, const Session& by) {
  Session* session = old == by.id ? nullptr : find(old);
  if (session == nullptr) return;
  log(now, LogKind::replaced, session, "by " + by.address.to_string());
  reply(*session, 0, Replaced{by.address.to_string(), now.unix_ms, ReplacedReason::logged_in_elsewhere});
  close_session(now, *session);
}

void Service::State::on_store(const Now& now, OpeningSession& waiting, StoreReply& reply) {
  leave_opening(waiting.asker.session);
  Session* session = find(waiting.asker.session);
  if (session == nullptr) return;
  if (auto* opened = std::get_if<SessionOpened>(&reply)) {
    return enter(now, *session, waiting, std::move(opened->conversations));
  }
  move_to(now, *session, Session::Stage::anonymous);
  refuse(waiting.asker, RefusalCode::login_failed);
}

namespace {

// What happened while the login was being opened is newer than what the store said. What the list
// does not reach is left to its next page: told here, it would be told without what came before it.
void merge(ConversationList& list, std::map<ConversationId, ConversationState>& held_back) {
  for (ConversationState& state : list.conversations) {
    const auto held = held_back.find(state.conversation.id);
    if (held == held_back.end()) continue;
    state.last_number = std::max(state.last_number, held->second.last_number);
    held_back.erase(held);
  }
  for (auto& entry : held_back) {
    const bool is_reached = list.next_after_id == 0 || entry.first <= list.next_after_id;
    if (is_reached) list.conversations.push_back(std::move(entry.second));
  }
  held_back.clear();
}

}  // namespace

void Service::State::enter(const Now& now, Session& session, const OpeningSession& waiting,
                           ConversationList list) {
  const auto old = online.find(session.account);
  const bool was_online = old != online.end();
  const SessionId replaced = was_online ? old->second : 0;
  online[session.account] = session.id;
  move_to(now, session, Session::Stage::online);
  if (const auto name = check_name(session.name)) {
    known_addresses.remember(name->key, rate_key(session.address));
  }
  counters.logins += 1;
  merge(list, session.held_back);
  if (list.next_after_id > 0) session.listed_to = list.next_after_id;
  LoggedIn logged_in{session.name, {}, now.unix_ms, std::move(list)};
  if (waiting.token) logged_in.resume_token.assign(waiting.token->begin(), waiting.token->end());
  reply(session, waiting.asker.request, std::move(logged_in));
  // For the others an account that was taken over never left.
  if (!was_online) presence.join(session.name);
  replace(now, replaced, session);
  if (waiting.how != LogKind::registered) log(now, waiting.how, &session);
  tell_presence(now.instant);
}

}  // namespace chat
