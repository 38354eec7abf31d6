// One alarm on the loop: nanoseconds by timerfd on Linux, whole milliseconds by uv_timer elsewhere.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <optional>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "uv/handle.hpp"
#include "uv/platform.hpp"
#if RUDP_UV_LINUX
#include "uv/file_descriptor.hpp"
#endif

namespace rudp::uv {

/// Does not keep the loop alive. Never fires before the deadline it is to keep, at times without need.
class Timer {
 public:
  static Result<std::unique_ptr<Timer>, Failure> open(uv_loop_t* loop, std::function<void()> on_fire);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Fires once at `deadline` or soon after, unless a later call wants it earlier. An alarm that is already
  /// set for an earlier time is left alone: deadlines move back with every packet, and a needless wake-up
  /// costs less than setting the alarm each time. Whoever is woken asks for the next alarm.
  void set(std::optional<Instant> deadline, Instant now);

 private:
  explicit Timer(std::function<void()> on_fire);
  int start(uv_loop_t* loop);
  void arm(Instant deadline);
  void fire();

  std::function<void()> on_fire_;
  std::optional<Instant> armed_;
#if RUDP_UV_LINUX
  FileDescriptor descriptor_;
  Handle<uv_poll_t> handle_;
#else
  Handle<uv_timer_t> handle_;
#endif
};

}  // namespace rudp::uv
