#include "client/plain_mode.hpp"

#include <utility>

#include "client/sanitize.hpp"
#include "client/terminal/echo.hpp"
#include "client/terminal/signals.hpp"
#include "client/terminal/standard_output.hpp"

namespace client {

std::string LineSplitter::finish() {
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  return std::exchange(line_, {});
}

void PlainScreen::show(LineKind kind, const std::string& text) {
  const Stream stream = kind == LineKind::problem ? Stream::error : Stream::output;
  if (!write_all(stream, sanitize(text) + '\n') && stream == Stream::output) on_unread_();
}

void PlainScreen::ask(const Question& question) {
  if (question == question_ || !input_is_terminal()) return;
  // Room labels would stand between the lines of others; a person at a plain terminal does without.
  if (question_.hidden) write_all(Stream::error, "\n");  // the one that was typed was not shown
  question_ = question;
  set_echo(!question.hidden);
  if (!question.message && !question.label.empty()) write_all(Stream::error, sanitize(question.label));
}

namespace {

/// What a run needs, wired together.
class PlainRun {
 public:
  PlainRun(uv_loop_t* loop, const Options& options)
      : loop_(loop),
        screen_([this] { app_.handle_hang_up(ExitCode::not_done); }),
        app_(loop, options, input_is_terminal() ? Manner::person : Manner::script, screen_),
        signals_(loop, [this](ExitCode code) { app_.handle_hang_up(code); }) {
    app_.on_end([this](ExitCode code) {
      code_ = code;
      uv_stop(loop_);
    });
    app_.on_wants_lines([this] { read_more(); });
  }

  ExitCode run() {
    if (!app_.start()) return app_.code();
    input_ = StandardInput::open(
        loop_, [this](std::string_view bytes) { take(bytes); }, [this] { take_end(); });
    read_more();
    uv_run(loop_, UV_RUN_DEFAULT);
    set_echo(true);
    return code_;
  }

 private:
  void take(std::string_view bytes) {
    splitter_.take(bytes, [this](std::string line) { app_.handle_line(std::move(line)); });
    if (!app_.wants_lines()) input_->pause();
  }

  void take_end() {
    ended_ = true;
    if (splitter_.has_rest()) app_.handle_line(splitter_.finish());
    app_.handle_end_of_input();
  }

  void read_more() {
    if (input_ && !ended_) input_->resume();
  }

  uv_loop_t* const loop_;
  PlainScreen screen_;
  LineSplitter splitter_;
  App app_;
  EndSignals signals_;
  std::unique_ptr<StandardInput> input_;
  bool ended_ = false;
  ExitCode code_ = ExitCode::done;
};

}  // namespace

ExitCode run_plain(uv_loop_t* loop, const Options& options) { return PlainRun(loop, options).run(); }

}  // namespace client
