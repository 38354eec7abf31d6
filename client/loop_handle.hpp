// libuv handles with an owner: closed when it goes, freed when libuv lets go of them.
#pragma once

#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <rudp/types.hpp>

namespace client {

template <class H>
struct HandleCloser {
  void operator()(H* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<H*>(closed); });
  }
};

template <class H>
using LoopHandle = std::unique_ptr<H, HandleCloser<H>>;

/// One alarm: start() sets it anew, it fires once.
class LoopTimer {
 public:
  LoopTimer(uv_loop_t* loop, std::function<void()> on_fire)
      : on_fire_(std::move(on_fire)), handle_(new uv_timer_t) {
    uv_timer_init(loop, handle_.get());
    handle_->data = this;
  }
  LoopTimer(const LoopTimer&) = delete;
  LoopTimer& operator=(const LoopTimer&) = delete;

  /// Fires no earlier than `delay` from now.
  void start(rudp::Duration delay) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(delay).count();
    uv_update_time(handle_->loop);
    uv_timer_start(
        handle_.get(), [](uv_timer_t* timer) { static_cast<LoopTimer*>(timer->data)->on_fire_(); },
        ms > 0 ? static_cast<std::uint64_t>(ms) : 0, 0);
  }
  void stop() { uv_timer_stop(handle_.get()); }
  bool is_running() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }

 private:
  std::function<void()> on_fire_;
  LoopHandle<uv_timer_t> handle_;
};

}  // namespace client
