// The client put together: the dialogue, the chat session, the link to the server,
// and what is kept on disk. Lines come in from a mode, shown lines go out to it.
//
// Everything that happens (a line, a message, a timer) ends in pump(), which lets
// the parts react to each other until nothing more happens.
#pragma once

#include <uv.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rudp/known_servers.hpp>

#include "chat/client_session.hpp"
#include "client/dialogue.hpp"
#include "client/link.hpp"
#include "client/options.hpp"
#include "client/outbox_folder.hpp"
#include "client/terminal/secret_text.hpp"

namespace client {

class App final : private Actions {
 public:
  /// Lines of a script that wait for their turn; reading pauses beyond it.
  static constexpr std::size_t kLinesWaitingMax = 64;
  /// Messages of a script that wait for their acknowledgement before it may say more.
  static constexpr std::size_t kUnacknowledgedMax = 256;

  /// Borrows the loop and the screen.
  App(uv_loop_t* loop, const Options& options, Manner manner, Screen& screen);
  ~App() override;

  /// After each turn in which wants_lines() holds.
  void on_wants_lines(std::function<void()> callback) { on_wants_lines_ = std::move(callback); }
  /// When all is over.
  void on_end(std::function<void(ExitCode)> callback) { on_end_ = std::move(callback); }

  /// Connects. False: it cannot even begin; the reason has been shown, on_end is not called.
  bool start();

  void handle_line(std::string line);
  void handle_end_of_input();
  void handle_interrupt();
  /// Ctrl-D: the person leaves, as with the word quit.
  void handle_quit();
  /// The system wants it to end now.
  void handle_hang_up(ExitCode code) { leave(code); }

  /// A person's line can be taken now (a script's lines are kept until they can).
  bool takes_line() const { return dialogue_.takes_line(); }
  bool wants_lines() const { return lines_.size() < kLinesWaitingMax; }
  /// How it ended, or is ending.
  ExitCode code() const { return code_; }

 private:
  /// What the deadline is for.
  enum class Wait { nothing, answer, finish };

  // Actions
  void register_account(const std::string& name, const std::string& password) override;
  void login(const std::string& name, const std::string& password) override;
  rudp::Result<chat::ClientMessageId, chat::RefusalCode> send(const chat::Target& target,
                                                              const std::string& text) override;
  bool ask_who() override;
  void leave(ExitCode code) override;

  // the link
  bool trust_known_key();
  void handle_up();
  void handle_down(const rudp::uv::Closed& closed);
  bool pin_new_key();
  void refuse_key(const rudp::PublicKey& known, const rudp::PublicKey& offered);

  // the turn
  void pump();
  bool react();
  void send_out();
  void note(const chat::ClientEvent& event);
  void handle_event(const chat::ClientEvent& event);
  bool handles_refusal(const chat::Refused& refusal);
  void authenticate(const std::string& name, const std::string& password, bool registers);
  void log_in_again();
  bool feed_line();
  bool is_held() const;
  Wait what_it_waits_for() const;
  void check_deadline();
  void check_finish();
  bool is_all_said() const;
  void set_timers();
  void show_waiting();
  void give_up();
  void say_what_is_kept();
  void end();

  const Options options_;
  const Manner manner_;
  const std::string host_;
  uv_loop_t* const loop_;
  Screen& screen_;
  Dialogue dialogue_;
  rudp::uv::KnownServers known_servers_;
  OutboxFolder outbox_;
  chat::ClientSession session_;
  std::unique_ptr<Link> link_;
  rudp::Url server_;

  std::deque<std::string> lines_;
  bool input_ended_ = false;
  std::optional<std::vector<std::uint8_t>> unsent_;  ///< the link was full
  std::string account_;                              ///< to log in with again
  SecretText password_;
  bool registers_ = false;
  std::optional<chat::Refused> refusal_;  ///< of a login that is tried again
  Wait wait_ = Wait::nothing;
  bool got_on_ = false;  ///< a message was answered since the deadline was looked at
  bool has_been_up_ = false, has_been_in_ = false;
  bool pumping_ = false, leaving_ = false, ended_ = false;
  ExitCode code_ = ExitCode::done;
  std::function<void()> on_wants_lines_;
  std::function<void(ExitCode)> on_end_;

  LoopTimer session_timer_;   ///< the session's own deadline
  LoopTimer login_timer_;     ///< after a refusal that may be tried again
  LoopTimer deadline_;        ///< for an answer that a script, or a farewell, waits for
  LoopTimer waiting_timer_;   ///< until unacknowledged messages show in the prompt
  LoopTimer farewell_timer_;  ///< for the server's good-bye
  LoopTimer patience_timer_;  ///< until the person is told that the first connection takes a while
};

}  // namespace client
