// A libuv loop, and the small things on it: a timer, signals, a wake-up from other threads.
#pragma once

#include <uv.h>

#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

#include <rudp/types.hpp>

#include "chat/messages.hpp"
#include "server/handle.hpp"

namespace server {

/// Both clocks of this machine; safe from every thread.
chat::Now now();

/// Declare it before what lives on it.
class Loop {
 public:
  Loop();
  /// Lets handles that were closed go. REQUIRES: none is open.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* get() { return &raw_; }
  /// Until nothing keeps it alive, or stop() is called.
  void run() { uv_run(&raw_, UV_RUN_DEFAULT); }
  void stop() { uv_stop(&raw_); }

 private:
  uv_loop_t raw_{};
};

/// Calls once at an instant; setting it again replaces the former one.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_due);
  void set(std::optional<rudp::Instant> at);

 private:
  std::function<void()> on_due_;
  std::optional<rudp::Instant> at_;
  Handle<uv_timer_t> handle_;
};

/// Calls on the loop's thread for each of the signals, instead of what they do by themselves.
class Signals {
 public:
  Signals(Loop& loop, std::initializer_list<int> signals, std::function<void()> on_signal);

 private:
  std::function<void()> on_signal_;
  std::vector<Handle<uv_signal_t>> handles_;
};

/// Calls on the loop's thread, some time after wake() was called on any thread.
class WakeUp {
 public:
  WakeUp(Loop& loop, std::function<void()> on_wake);
  /// REQUIRES, from other threads: the owner still lives.
  void wake() { uv_async_send(handle_.get()); }

 private:
  std::function<void()> on_wake_;
  Handle<uv_async_t> handle_;
};

}  // namespace server
