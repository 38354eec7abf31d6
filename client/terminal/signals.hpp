// Signals that ask the program to end, as events on the loop.
#pragma once

#include <uv.h>

#include <array>
#include <functional>

#include "client/exit_code.hpp"
#include "client/loop_handle.hpp"

namespace client {

class EndSignals {
 public:
  /// `on_signal` gets the exit code that tells of the signal (128 and its number), for
  /// SIGINT, SIGTERM and SIGHUP.
  EndSignals(uv_loop_t* loop, std::function<void(ExitCode)> on_signal);
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

 private:
  std::function<void(ExitCode)> on_signal_;
  std::array<LoopHandle<uv_signal_t>, 3> handles_;
};

/// SIGWINCH: the terminal has another size; SIGCONT: the program goes on after it was stopped.
class ScreenSignals {
 public:
  ScreenSignals(uv_loop_t* loop, std::function<void()> on_resize, std::function<void()> on_continue);
  ScreenSignals(const ScreenSignals&) = delete;
  ScreenSignals& operator=(const ScreenSignals&) = delete;

 private:
  std::function<void()> on_resize_, on_continue_;
  LoopHandle<uv_signal_t> resize_, continue_;
};

/// Stops this process and what runs in its group, such as a script that started it, as Ctrl-Z does;
/// returns when it goes on.
void stop_this_job();

}  // namespace client
