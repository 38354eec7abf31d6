#include "client/terminal_mode.hpp"

#include <memory>
#include <string>
#include <utility>

#include "client/app.hpp"
#include "client/file.hpp"
#include "client/key_decoder.hpp"
#include "client/line_editor.hpp"
#include "client/prompt_screen.hpp"
#include "client/terminal/raw_guard.hpp"
#include "client/terminal/signals.hpp"
#include "client/terminal/standard_input.hpp"
#include "client/terminal/standard_output.hpp"

namespace client {
namespace {

// An escape that stands alone for so long was the Esc key: sequences come in one piece, or nearly.
constexpr rudp::Duration kEscapeAlone = std::chrono::milliseconds(100);
constexpr int kHangUpSignal = 1;

// https://no-color.org: any value but an empty one.
Colours wanted_colours() { return file::environment("NO_COLOR").empty() ? Colours::ansi : Colours::none; }

class TerminalRun {
 public:
  TerminalRun(uv_loop_t* loop, const Options& options)
      : loop_(loop),
        screen_(editor_, wanted_colours()),
        decoder_([this](const Key& key) { press(key); }),
        app_(loop, options, Manner::person, screen_),
        escape_(loop, [this] { decoder_.drop_escape(); }),
        frame_(loop, [this] { draw(); }),
        ends_(loop, [this](ExitCode code) { app_.handle_hang_up(code); }),
        changes_(
            loop, [this] { resize(); }, [this] { come_back(); }) {
    app_.on_end([this](ExitCode code) {
      code_ = code;
      uv_stop(loop_);
    });
    screen_.on_change([this] { frame_.start(rudp::Duration::zero()); });
  }

  ExitCode run() {
    input_ = StandardInput::open(
        loop_, [this](std::string_view bytes) { take(bytes); },
        [this] { app_.handle_hang_up(static_cast<ExitCode>(128 + kHangUpSignal)); });
    guard_ = std::make_unique<RawGuard>(*input_);
    screen_.resize(input_->columns());
    code_ = app_.start() ? turn_loop() : app_.code();
    screen_.finish();
    draw();
    guard_.reset();
    return code_;
  }

 private:
  ExitCode turn_loop() {
    draw();
    input_->resume();
    uv_run(loop_, UV_RUN_DEFAULT);
    return code_;
  }

  void take(std::string_view bytes) {
    escape_.stop();
    decoder_.take(bytes);
    if (decoder_.has_escape()) escape_.start(kEscapeAlone);
    draw();
  }

  void press(const Key& key) {
    switch (key.code) {
      case KeyCode::enter:
        return give_line();
      case KeyCode::interrupt:
        return interrupt();
      case KeyCode::redraw:
        return clear_screen();
      case KeyCode::suspend:
        return suspend();
      case KeyCode::end_of_input:
        if (editor_.empty()) return app_.handle_quit();
        break;
      default:
        break;
    }
    if (!editor_.handle(key)) screen_.ring();
  }

  void give_line() {
    if (!app_.takes_line()) return screen_.ring();
    const Question question = screen_.question();
    screen_.commit();
    std::string line = editor_.take(question.message);
    if (question.hidden) editor_.forget();
    app_.handle_line(std::move(line));
  }

  void interrupt() {
    if (!editor_.empty()) return screen_.question().hidden ? editor_.forget() : editor_.clear();
    app_.handle_interrupt();
  }

  void clear_screen() {
    write_all(Stream::output, "\x1b[H\x1b[2J");
    screen_.redraw();
  }

  void suspend() {
    screen_.redraw();
    draw();
    write_all(Stream::output, "\r\n");
    guard_->release();
    stop_this_job();
    guard_->take();
    screen_.redraw();
  }

  // After a stop that came from outside, the shell has set the terminal its own way.
  void come_back() {
    guard_->release();
    guard_->take();
    screen_.redraw();
    resize();
  }

  void resize() {
    screen_.resize(input_->columns());
    draw();
  }

  void draw() { write_all(Stream::output, screen_.poll_bytes()); }

  uv_loop_t* const loop_;
  LineEditor editor_;
  PromptScreen screen_;
  KeyDecoder decoder_;
  App app_;
  LoopTimer escape_, frame_;
  EndSignals ends_;
  ScreenSignals changes_;
  std::unique_ptr<StandardInput> input_;
  std::unique_ptr<RawGuard> guard_;
  ExitCode code_ = ExitCode::done;
};

}  // namespace

bool can_draw() {
  const std::string kind = file::environment("TERM");
  return input_is_terminal() && is_terminal(Stream::output) && !kind.empty() && kind != "dumb";
}

ExitCode run_terminal(uv_loop_t* loop, const Options& options) { return TerminalRun(loop, options).run(); }

}  // namespace client
