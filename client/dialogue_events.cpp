// What the server tells becomes lines.
#include <chrono>
#include <utility>

#include "client/dialogue.hpp"
#include "client/i18n/i18n.hpp"
#include "client/local_time.hpp"
#include "client/sentences.hpp"

namespace client {
namespace {

// A shorter pause is over before anybody has read about it.
constexpr rudp::Duration kPauseTold = std::chrono::seconds(2);

bool is_of_storage(chat::RefusalCode code) {
  return code == chat::RefusalCode::storage_full || code == chat::RefusalCode::storage_unavailable;
}

}  // namespace

void Dialogue::handle_event(const chat::ClientEvent& event) {
  std::visit([this](const auto& what) { on(what); }, event);
}

/// The hour for a line; a line of its own before it where the day is another one.
std::string Dialogue::time_of(chat::UnixMs unix_ms) {
  const LocalTime time = to_local_time(unix_ms);
  const bool is_first_today = day_.empty() && time.day == to_local_time(wall_time_()).day;
  if (time.day != day_ && !is_first_today) notice("--- " + time.day + " ---");
  day_ = time.day;
  return time.hour_minute;
}

// ---- in and out ------------------------------------------------------------------

void Dialogue::on(const chat::NowLoggedIn& event) {
  name_ = event.name;
  offline_ = false;
  if (stage_ != Stage::authenticating) return;
  notice(registers_ ? tr("Registered. Welcome, {1}!", {name_}) : tr("Logged in as {1}.", {name_}));
  was_in_room_ = true;
  enter(Stage::room);
}

void Dialogue::handle_caught_up() {
  if (hinted_ || manner_ == Manner::script || !was_in_room_) return;
  hinted_ = true;
  notice(tr("Enter sends to everyone. PC writes to one person, /help shows more, quit leaves."));
}

void Dialogue::on(const chat::LoginRefused& event) {
  problem(to_sentence(event.refusal));
  if (manner_ == Manner::script) return actions_.leave(ExitCode::not_logged_in);
  was_in_room_ = false;
  begin();
}

void Dialogue::on(const chat::WasReplaced& event) {
  problem(
      tr("{1} logged in from {2} at {3}, so this session ends. If that was not you, tell whoever runs the "
         "server.",
         {name_, event.replaced.from_address, to_local_time(event.replaced.at_unix_ms).hour_minute}));
  actions_.leave(ExitCode::replaced);
}

void Dialogue::on(const chat::ServerIsClosing& event) {
  stays_away_ = event.closing.retry_after_ms == 0;
  if (offline_) return;  // it tells whoever tries again meanwhile, too
  const std::string& words = event.closing.text;
  if (event.closing.reason == chat::ClosingReason::restarting) {
    return notice(words.empty() ? tr("The server is restarting.")
                                : tr("The server is restarting: {1}", {words}));
  }
  notice(words.empty() ? tr("The server is being stopped.")
                       : tr("The server is being stopped: {1}", {words}));
}

void Dialogue::on(const chat::ServerMalformed&) {
  problem(tr("The server sent something that makes no sense."));
}

std::string Dialogue::what_comes_of_a_loss() const {
  if (stays_away_) {
    return was_in_room_ ? tr("The server will not come back by itself; what you write is kept, "
                             "and sent once it is there again.")
                        : tr("The server will not come back by itself.");
  }
  return was_in_room_ ? tr("It comes back by itself; what you write is kept and sent then.")
                      : tr("It comes back by itself.");
}

void Dialogue::link_lost(const std::string& why) {
  if (offline_) return;
  offline_ = true;
  notice(tr("{1} {2}", {why, what_comes_of_a_loss()}));
  if (stage_ == Stage::room) screen_.ask(question());
}

void Dialogue::link_back() {
  offline_ = false;
  stays_away_ = false;
  notice(tr("Connected again."));
  if (stage_ == Stage::room) screen_.ask(question());
}

// ---- messages ----------------------------------------------------------------------

void Dialogue::on(const chat::MessageArrived& event) {
  if (event.conversation.kind == chat::ConversationKind::private_talk) return show_private(event);
  const std::string time = time_of(event.message.sent_unix_ms);
  screen_.show(LineKind::chat, time + ' ' + event.message.sender + ": " + event.message.text);
}

void Dialogue::show_private(const chat::MessageArrived& event) {
  const std::string time = time_of(event.message.sent_unix_ms), &peer = event.conversation.peer;
  const std::string& text = event.message.text;
  screen_.show(LineKind::private_talk, event.own ? tr("{1} [private] you to {2}: {3}", {time, peer, text})
                                                 : tr("{1} [private] {2} to you: {3}", {time, peer, text}));
  if (!event.own) return;
  const auto stored = stored_.extract(event.message.client_message_id);
  if (stored) show_where_it_is(peer, stored.mapped().recipient_online);
}

void Dialogue::show_where_it_is(const std::string& peer, bool online) {
  notice(online ? tr("{1} is online and gets it now.", {peer})
                : tr("{1} is offline; the message is stored and delivered at the next login.", {peer}));
}

void Dialogue::on(const chat::MessageStored& event) {
  storage_told_ = false;
  if (event.conversation.kind == chat::ConversationKind::private_talk) stored_.emplace(event.id, event);
}

// A fetch may have brought the message before its acknowledgement. What is shown may end the program,
// where nobody reads it any more, and then this is called again from within.
void Dialogue::settle() {
  for (const auto& entry : std::exchange(stored_, {})) {
    show_where_it_is(entry.second.conversation.peer, entry.second.recipient_online);
  }
}

void Dialogue::on(const chat::MessageFailed& event) {
  not_done(to_sentence(event.refusal));
  notice(tr("Not sent: {1}", {event.text}));
}

// A storage that refuses is tried again every second or two; that is told once.
void Dialogue::on(const chat::SendingPaused& event) {
  if (is_of_storage(event.refusal.code)) {
    if (!std::exchange(storage_told_, true)) problem(storage_sentence(event.refusal.code));
    return;
  }
  if (event.retry_after < kPauseTold) return;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(event.retry_after).count();
  notice(tr("The server asks to wait {1} s; sending goes on by itself.", {std::to_string(seconds)}));
}

// ---- people --------------------------------------------------------------------------

void Dialogue::on(const chat::PresenceChanged& event) {
  const std::string time = time_of(wall_time_());
  if (!event.joined.empty()) notice(tr("{1} {2} joined", {time, joined_names(event.joined)}));
  if (!event.left.empty()) notice(tr("{1} {2} left", {time, joined_names(event.left)}));
}

void Dialogue::on(const chat::WhoAnswered& event) {
  awaits_who_ = false;
  notice(
      tr("Online ({1}): {2}", {std::to_string(event.result.online_count), joined_names(event.result.names)}));
}

void Dialogue::on(const chat::RequestRefused& event) {
  awaits_who_ = false;
  not_done(to_sentence(event.refusal));
  // Nothing said to this server will be understood, on the next connection neither.
  const bool is_foreign = event.refusal.code == chat::RefusalCode::unsupported_protocol;
  if (is_foreign) actions_.leave(ExitCode::unreachable);
}

}  // namespace client
