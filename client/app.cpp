// The turn of the client, and what the person does. What the link does is in app_link.cpp.
#include "client/app.hpp"

#include <chrono>
#include <utility>

#include "client/i18n/i18n.hpp"
#include "client/sentences.hpp"

namespace client {
namespace {

// How long a person who quits waits for acknowledgements.
constexpr rudp::Duration kFinishPerson = std::chrono::seconds(5);
// How long the server's good-bye may take.
constexpr rudp::Duration kFarewell = std::chrono::seconds(2);
// An acknowledgement that takes longer shows in the prompt.
constexpr rudp::Duration kWaitingShown = std::chrono::milliseconds(500);
// Before a refused login is tried again; the server says how long, within this.
constexpr std::chrono::milliseconds kLoginAgainMax(60'000);

chat::UnixMs wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

chat::ClientOptions session_options(const Options& options) {
  chat::ClientOptions chosen;
  chosen.client_version = version_line();
  chosen.language = std::string(to_code(options.language));
  return chosen;
}

}  // namespace

App::App(uv_loop_t* loop, const Options& options, Manner manner, Screen& screen)
    : options_(options),
      manner_(manner),
      host_(rudp::uv::known_server_name(options.server)),
      loop_(loop),
      screen_(screen),
      dialogue_(manner, screen, *this, wall_time),
      known_servers_(rudp::uv::known_servers_file(options.known_hosts)),
      outbox_(options.data),
      session_(session_options(options), rudp::system_random(), &outbox_),
      server_(options.server),
      session_timer_(loop,
                     [this] {
                       session_.handle_timeout(link_->now());
                       pump();
                     }),
      login_timer_(loop, [this] { log_in_again(); }),
      deadline_(loop, [this] { give_up(); }),
      waiting_timer_(loop, [this] { show_waiting(); }),
      farewell_timer_(loop, [this] { end(); }),
      patience_timer_(loop, [this] {
        screen_.show(LineKind::notice, tr("Connecting to {1}; no answer yet.", {host_}));
      }) {}

App::~App() = default;

// ---- what the person does ----------------------------------------------------------

void App::handle_line(std::string line) {
  lines_.push_back(std::move(line));
  pump();
}

void App::handle_end_of_input() {
  input_ended_ = true;
  pump();
}

void App::handle_interrupt() {
  dialogue_.handle_interrupt();
  pump();
}

void App::handle_quit() {
  dialogue_.handle_quit();
  pump();
}

void App::register_account(const std::string& name, const std::string& password) {
  authenticate(name, password, true);
}

void App::login(const std::string& name, const std::string& password) { authenticate(name, password, false); }

void App::authenticate(const std::string& name, const std::string& password, bool registers) {
  account_ = name;
  registers_ = registers;
  password_.keep(password);
  refusal_.reset();
  if (registers) return session_.register_account(link_->now(), name, password);
  session_.login(link_->now(), name, password);
}

rudp::Result<chat::ClientMessageId, chat::RefusalCode> App::send(const chat::Target& target,
                                                                 const std::string& text) {
  return session_.send(link_->now(), target, text);
}

bool App::ask_who() { return session_.ask_who(link_->now()); }

// ---- the turn ------------------------------------------------------------------------

void App::pump() {
  if (pumping_ || ended_ || !link_) return;
  pumping_ = true;
  while (react()) {
  }
  pumping_ = false;
  if (ended_) return;
  dialogue_.settle();
  if (session_.is_caught_up()) dialogue_.handle_caught_up();
  check_finish();
  check_deadline();
  set_timers();
  if (wants_lines() && on_wants_lines_) on_wants_lines_();
}

/// One step; false where nothing is left to do.
bool App::react() {
  send_out();
  if (const auto event = session_.poll_event()) return handle_event(*event), true;
  return feed_line();
}

void App::send_out() {
  while (link_->is_up()) {
    if (!unsent_) unsent_ = session_.poll_send();
    if (!unsent_ || !link_->send(*unsent_)) return;
    unsent_.reset();
  }
}

bool App::feed_line() {
  if (leaving_ || !dialogue_.takes_line() || is_held()) return false;
  if (!lines_.empty()) {
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    dialogue_.handle_line(std::move(line));
    return true;
  }
  if (input_ended_) dialogue_.handle_end_of_input();
  return false;
}

/// A script may not say more for now.
bool App::is_held() const {
  return manner_ == Manner::script && session_.outbox_size() >= kUnacknowledgedMax;
}

void App::set_timers() {
  const auto at = session_.poll_timeout();
  if (at) {
    session_timer_.start(std::max(rudp::Duration::zero(), *at - link_->now()));
  } else {
    session_timer_.stop();
  }
  if (session_.outbox_size() == 0 || !link_->is_up()) return show_waiting();
  if (!waiting_timer_.is_running()) waiting_timer_.start(kWaitingShown);
}

void App::show_waiting() {
  if (session_.outbox_size() == 0) waiting_timer_.stop();
  dialogue_.show_waiting(session_.outbox_size());
}

// ---- events --------------------------------------------------------------------------

/// What an event means for the deadline and for the next connection.
void App::note(const chat::ClientEvent& event) {
  const bool is_answered = std::holds_alternative<chat::MessageStored>(event) ||
                           std::holds_alternative<chat::MessageFailed>(event);
  got_on_ = got_on_ || is_answered;
  const auto* closing = std::get_if<chat::ServerIsClosing>(&event);
  if (closing != nullptr) link_->pause(std::chrono::milliseconds(closing->closing.retry_after_ms));
}

void App::handle_event(const chat::ClientEvent& event) {
  note(event);
  if (std::holds_alternative<chat::NowLoggedIn>(event)) {
    if (has_been_in_) dialogue_.link_back();
    has_been_in_ = true;
    registers_ = false;
  }
  const auto* refused = std::get_if<chat::LoginRefused>(&event);
  if (refused != nullptr && handles_refusal(refused->refusal)) return;
  // What was said meanwhile is still shown, for the server knows that it arrived.
  if (!leaving_ || std::holds_alternative<chat::MessageArrived>(event)) dialogue_.handle_event(event);
  const bool is_over =
      std::holds_alternative<chat::SaidGoodbye>(event) || std::holds_alternative<chat::WasReplaced>(event);
  if (is_over) farewell_timer_.start(rudp::Duration::zero());
  if (std::holds_alternative<chat::ServerMalformed>(event)) link_->drop();
}

/// Whether it is tried again without asking the person.
bool App::handles_refusal(const chat::Refused& refusal) {
  const bool tries_by_itself = has_been_in_ || manner_ == Manner::script;
  const std::chrono::milliseconds wait(refusal.retry_after_ms);
  const bool token_is_old = refusal.code == chat::RefusalCode::token_refused;
  const bool too_long = manner_ == Manner::script && wait > options_.timeout;
  if (!tries_by_itself || password_.empty() || too_long || (wait.count() == 0 && !token_is_old)) {
    has_been_in_ = false;
    password_.wipe();
    return false;
  }
  refusal_ = refusal;
  login_timer_.start(std::min(wait, kLoginAgainMax));
  return true;
}

void App::log_in_again() {
  const std::string password(password_.view());
  authenticate(account_, password, registers_);
  pump();
}

// ---- the way out -----------------------------------------------------------------------

bool App::is_all_said() const {
  if (session_.outbox_size() > 0) return false;
  if (manner_ == Manner::person) return true;
  return session_.is_caught_up() && !dialogue_.awaits_who();
}

void App::check_finish() {
  if (leaving_ || !dialogue_.is_finishing()) return;
  if (is_all_said()) return leave(dialogue_.outcome());
  if (manner_ == Manner::person && !link_->is_up()) give_up();
}

/// A script is never left waiting; a person decides himself, but for the farewell.
App::Wait App::what_it_waits_for() const {
  if (leaving_) return Wait::nothing;
  if (dialogue_.is_finishing()) return Wait::finish;
  const bool is_stuck = is_held() && (!lines_.empty() || input_ended_);
  const bool no_answer = !dialogue_.takes_line() || !link_->is_up() || is_stuck;
  return manner_ == Manner::script && no_answer ? Wait::answer : Wait::nothing;
}

/// For a script each answered message is an answer that it waited for: the next has its own time.
void App::check_deadline() {
  const Wait wait = what_it_waits_for();
  const bool got_on = std::exchange(got_on_, false) && manner_ == Manner::script;
  if (std::exchange(wait_, wait) == wait && !got_on) return;
  if (wait == Wait::nothing) return deadline_.stop();
  deadline_.start(manner_ == Manner::person ? kFinishPerson : rudp::Duration(options_.timeout));
}

void App::give_up() {
  if (leaving_) return;
  if (session_.outbox_size() > 0) return leave(ExitCode::unacknowledged);
  if (manner_ == Manner::person) return leave(dialogue_.outcome());
  if (dialogue_.is_logging_in() && refusal_) {
    screen_.show(LineKind::problem, to_sentence(*refusal_));
    return leave(ExitCode::not_logged_in);
  }
  const std::string seconds = std::to_string(options_.timeout.count());
  screen_.show(LineKind::problem, tr("No answer from {1} within {2} s.", {host_, seconds}));
  leave(ExitCode::unreachable);
}

void App::say_what_is_kept() {
  const std::size_t count = session_.outbox_size();
  if (count == 0) return;
  screen_.show(
      LineKind::problem,
      tr_n("1 message is not acknowledged; it is kept and sent when you log in the next time.",
           "{1} messages are not acknowledged; they are kept and sent when you log in the next time.",
           count));
}

void App::leave(ExitCode code) {
  if (std::exchange(leaving_, true)) return;
  const bool is_undone = code == ExitCode::done && session_.outbox_size() > 0;
  code_ = is_undone ? ExitCode::unacknowledged : code;
  say_what_is_kept();
  const bool says_goodbye = session_.is_logged_in() && session_.quit(link_->now(), "quit");
  farewell_timer_.start(says_goodbye ? kFarewell : rudp::Duration::zero());
  pump();
}

void App::end() {
  if (std::exchange(ended_, true)) return;
  farewell_timer_.stop();
  session_timer_.stop();
  login_timer_.stop();
  deadline_.stop();
  waiting_timer_.stop();
  link_->close([this] { on_end_(code_); });
}

}  // namespace client
