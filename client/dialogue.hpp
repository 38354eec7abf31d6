// The conversation with the person: menu, name, password, the room, PC, good-bye.
// Typed lines and chat events go in; shown lines, questions and actions come out.
// No input or output of its own.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include <rudp/error.hpp>

#include "chat/client_session.hpp"
#include "client/command.hpp"
#include "client/exit_code.hpp"
#include "client/screen.hpp"

namespace client {

/// Who types. A person is asked again; a script is told once and the program ends.
enum class Manner { person, script };

/// What a dialogue makes happen.
class Actions {
 public:
  virtual ~Actions() = default;
  virtual void register_account(const std::string& name, const std::string& password) = 0;
  virtual void login(const std::string& name, const std::string& password) = 0;
  virtual rudp::Result<chat::ClientMessageId, chat::RefusalCode> send(const chat::Target& target,
                                                                      const std::string& text) = 0;
  virtual bool ask_who() = 0;
  /// Ends the program: at once where nothing waits, else politely. Called once or more; the first code holds.
  virtual void leave(ExitCode code) = 0;
};

class Dialogue {
 public:
  /// Borrows the screen and the actions. `wall_time` tells what people read on a clock.
  Dialogue(Manner manner, Screen& screen, Actions& actions, std::function<chat::UnixMs()> wall_time);

  /// The server answers for the first time: the menu.
  void begin();
  /// REQUIRES: takes_line().
  void handle_line(std::string line);
  /// There will be no more lines. REQUIRES: takes_line().
  void handle_end_of_input();
  /// Ctrl-C: out of a question, or a word of advice.
  void handle_interrupt();
  /// Leaves as the word quit does, from wherever.
  void handle_quit();
  void handle_event(const chat::ClientEvent& event);
  /// All events of this moment have been handled.
  void settle();
  /// Everything that was missed has been shown.
  void handle_caught_up();

  void link_lost(const std::string& why);
  void link_back();
  /// Messages that wait for their acknowledgement, as the prompt shows it.
  void show_waiting(std::size_t count);

  /// Whether a line is awaited. While it is not, lines have to wait.
  bool takes_line() const;
  /// The end was asked for, and comes when all that was said is acknowledged.
  bool is_finishing() const { return stage_ == Stage::finishing; }
  bool is_logging_in() const { return stage_ == Stage::authenticating; }
  bool awaits_who() const { return awaits_who_; }
  bool is_in_room() const;
  /// `done`, or what went wrong on the way.
  ExitCode outcome() const { return outcome_; }

 private:
  enum class Stage {
    connecting,
    menu,
    name,
    password,
    password_again,
    authenticating,
    room,
    friend_name,
    friend_text,
    finishing,
  };

  void enter(Stage stage);
  Question question() const;
  std::string room_label() const;
  std::string time_of(chat::UnixMs unix_ms);
  void notice(const std::string& text) { screen_.show(LineKind::notice, text); }
  void problem(const std::string& text) { screen_.show(LineKind::problem, text); }
  void not_done(const std::string& text);
  std::string what_comes_of_a_loss() const;

  void choose(const std::string& line);
  void take_name(const std::string& line);
  void take_password(const std::string& line);
  void take_password_again(const std::string& line);
  void take_friend_name(const std::string& line);
  void take_friend_text(const std::string& line);
  void authenticate();
  void finish();
  void say(const chat::Target& target, const std::string& text);

  void run(const command::Nothing&) {}
  void run(const command::Say& say);
  void run(const command::Tell& tell);
  void run(const command::StartPrivate&) { enter(Stage::friend_name); }
  void run(const command::Who&);
  void run(const command::Help&);
  void run(const command::Quit&) { finish(); }
  void run(const command::Incomplete& incomplete);
  void run(const command::Unknown& unknown);

  void on(const chat::Greeted&) {}
  void on(const chat::NowLoggedIn& event);
  void on(const chat::LoginRefused& event);
  void on(const chat::MessageArrived& event);
  void on(const chat::MessageStored& event);
  void on(const chat::MessageFailed& event);
  void on(const chat::SendingPaused& event);
  void on(const chat::PresenceChanged& event);
  void on(const chat::WhoAnswered& event);
  void on(const chat::RequestRefused& event);
  void on(const chat::WasReplaced& event);
  void on(const chat::ServerIsClosing& event);
  void on(const chat::SaidGoodbye&) {}
  void on(const chat::ServerMalformed&);
  void show_private(const chat::MessageArrived& event);
  void show_where_it_is(const std::string& peer, bool online);

  const Manner manner_;
  Screen& screen_;
  Actions& actions_;
  const std::function<chat::UnixMs()> wall_time_;

  Stage stage_ = Stage::connecting;
  bool registers_ = false;
  std::string typed_name_, typed_password_, friend_;
  std::string name_;  ///< as registered, once logged in
  bool was_in_room_ = false, offline_ = false, awaits_who_ = false, advised_ = false, hinted_ = false;
  bool stays_away_ = false;    ///< the server said that it will
  bool storage_told_ = false;  ///< that the server cannot store; until it does
  std::size_t waiting_ = 0;
  std::string day_;  ///< of the last line with a time
  /// Private messages that are stored and not shown yet: whether their friend is online.
  std::map<chat::ClientMessageId, chat::MessageStored> stored_;
  ExitCode outcome_ = ExitCode::done;
};

}  // namespace client
