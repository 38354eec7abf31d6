// The questions: what is asked, and what an answer leads to. What the server
// tells is in dialogue_events.cpp.
#include "client/dialogue.hpp"

#include <utility>
#include <variant>

#include "chat/passwords.hpp"
#include "client/i18n/i18n.hpp"
#include "client/sentences.hpp"

namespace client {
namespace {

// A pasted line often brings its end along, and nobody sees it in what is not shown.
void drop_line_ends(std::string& line) {
  while (!line.empty() && line.back() == '\n') line.pop_back();
}

}  // namespace

Dialogue::Dialogue(Manner manner, Screen& screen, Actions& actions, std::function<chat::UnixMs()> wall_time)
    : manner_(manner), screen_(screen), actions_(actions), wall_time_(std::move(wall_time)) {}

void Dialogue::begin() {
  if (manner_ == Manner::person) notice(tr("1 register   2 log in   q quit"));
  enter(Stage::menu);
}

void Dialogue::enter(Stage stage) {
  stage_ = stage;
  screen_.ask(question());
}

Question Dialogue::question() const {
  switch (stage_) {
    case Stage::menu:
      return {"> ", false, false};
    case Stage::name:
      return {tr("Name: "), false, false};
    case Stage::password:
      return {tr("Password: "), true, false};
    case Stage::password_again:
      return {tr("Password again: "), true, false};
    case Stage::room:
      return {room_label(), false, true};
    case Stage::friend_name:
      return {tr("To whom: "), false, false};
    case Stage::friend_text:
      return {tr("Text to {1}: ", {friend_}), false, true};
    default:
      return {};
  }
}

std::string Dialogue::room_label() const {
  if (offline_ && waiting_ > 0)
    return name_ + tr_n(" [offline, {1} waits]> ", " [offline, {1} wait]> ", waiting_);
  if (offline_) return name_ + tr(" [offline]> ");
  if (waiting_ > 0) return name_ + tr(" [sending {1}]> ", {std::to_string(waiting_)});
  return name_ + "> ";
}

void Dialogue::show_waiting(std::size_t count) {
  if (count == waiting_) return;
  waiting_ = count;
  if (stage_ == Stage::room) screen_.ask(question());
}

bool Dialogue::takes_line() const {
  return stage_ != Stage::connecting && stage_ != Stage::authenticating && stage_ != Stage::finishing;
}

bool Dialogue::is_in_room() const {
  return stage_ == Stage::room || stage_ == Stage::friend_name || stage_ == Stage::friend_text;
}

void Dialogue::handle_line(std::string line) {
  advised_ = false;
  if (question().hidden) drop_line_ends(line);
  switch (stage_) {
    case Stage::menu:
      return choose(line);
    case Stage::name:
      return take_name(line);
    case Stage::password:
      take_password(line);
      return chat::wipe(line);
    case Stage::password_again:
      take_password_again(line);
      return chat::wipe(line);
    case Stage::room:
      return std::visit([this](const auto& command) { run(command); }, parse_command(line));
    case Stage::friend_name:
      return take_friend_name(line);
    case Stage::friend_text:
      return take_friend_text(line);
    default:
      return;
  }
}

// ---- the way in ----------------------------------------------------------------

// Digits as an input method for Chinese may type them.
void Dialogue::choose(const std::string& line) {
  const std::string word = word_of(line);
  if (word.empty()) return;
  if (word == "q" || word == "quit" || word == "/quit") return actions_.leave(outcome_);
  if (word == "1" || word == "１") return registers_ = true, enter(Stage::name);
  if (word == "2" || word == "２") return registers_ = false, enter(Stage::name);
  problem(tr("Type 1 to register, 2 to log in or q to quit."));
  if (manner_ == Manner::script) actions_.leave(ExitCode::not_done);
}

void Dialogue::take_name(const std::string& line) {
  typed_name_ = trimmed(line);
  if (typed_name_.empty() && manner_ == Manner::person) return begin();
  enter(Stage::password);
}

void Dialogue::take_password(const std::string& line) {
  typed_password_ = line;
  if (registers_ && manner_ == Manner::person) return enter(Stage::password_again);
  authenticate();
}

void Dialogue::take_password_again(const std::string& line) {
  if (line == typed_password_) return authenticate();
  chat::wipe(typed_password_);
  problem(tr("The two passwords differ. Type the password once more."));
  enter(Stage::password);
}

void Dialogue::authenticate() {
  enter(Stage::authenticating);
  if (registers_) {
    actions_.register_account(typed_name_, typed_password_);
  } else {
    actions_.login(typed_name_, typed_password_);
  }
  chat::wipe(typed_password_);
}

// ---- the room ------------------------------------------------------------------

void Dialogue::not_done(const std::string& text) {
  problem(text);
  if (manner_ == Manner::script && outcome_ == ExitCode::done) outcome_ = ExitCode::not_done;
}

void Dialogue::say(const chat::Target& target, const std::string& text) {
  const auto sent = actions_.send(target, text);
  if (!sent) not_done(to_sentence(sent.error(), target));
}

void Dialogue::run(const command::Say& say_it) {
  say({chat::ConversationKind::public_room, {}}, say_it.text);
}

void Dialogue::run(const command::Tell& tell) {
  say({chat::ConversationKind::private_talk, tell.name}, tell.text);
}

void Dialogue::take_friend_name(const std::string& line) {
  friend_ = trimmed(line);
  enter(friend_.empty() ? Stage::room : Stage::friend_text);
}

void Dialogue::take_friend_text(const std::string& line) {
  enter(Stage::room);
  if (!trimmed(line).empty()) say({chat::ConversationKind::private_talk, friend_}, line);
}

void Dialogue::run(const command::Who&) {
  awaits_who_ = actions_.ask_who();
  if (!awaits_who_) not_done(tr("There is no connection right now."));
}

void Dialogue::run(const command::Help&) {
  notice(tr("A line of text goes to everyone in the room. These words do something else:"));
  notice(tr("  PC               asks for a friend and a text, and sends it privately"));
  notice(tr("  /msg NAME TEXT   the same in one line"));
  notice(tr("  /who             who is online"));
  notice(tr("  /say TEXT        sends TEXT as it is, quit and PC included; //x sends /x"));
  notice(tr("  quit or /quit    leaves"));
}

void Dialogue::run(const command::Incomplete& incomplete) {
  not_done(incomplete.word == "/msg" ? tr("Write it like this: /msg NAME TEXT")
                                     : tr("Write it like this: /say TEXT"));
}

void Dialogue::run(const command::Unknown& unknown) {
  not_done(tr("There is no command {1}. /help shows all; //text sends /text.", {unknown.word}));
}

// ---- the way out ---------------------------------------------------------------

void Dialogue::finish() { enter(Stage::finishing); }

void Dialogue::handle_quit() {
  if (is_in_room()) return finish();
  actions_.leave(outcome_);
}

void Dialogue::handle_end_of_input() {
  if (stage_ == Stage::menu) return actions_.leave(outcome_);
  if (stage_ == Stage::room) return finish();
  if (stage_ == Stage::friend_name || stage_ == Stage::friend_text) {
    not_done(tr("The input ended before the text of the private message."));
    return finish();
  }
  problem(tr("The input ended before the login was complete."));
  actions_.leave(ExitCode::not_done);
}

void Dialogue::handle_interrupt() {
  if (advised_ || stage_ == Stage::connecting || stage_ == Stage::finishing) {
    return actions_.leave(ExitCode::done);
  }
  if (stage_ == Stage::friend_name || stage_ == Stage::friend_text) return enter(Stage::room);
  advised_ = true;
  notice(tr("Ctrl-C once more leaves."));
  if (stage_ == Stage::room || stage_ == Stage::authenticating || stage_ == Stage::menu) return;
  chat::wipe(typed_password_);
  begin();
}

}  // namespace client
