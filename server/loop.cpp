#include "server/loop.hpp"

#include <algorithm>
#include <chrono>

namespace server {

chat::Now now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {rudp::Instant::from_ns(static_cast<std::int64_t>(uv_hrtime())),
          std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()};
}

Loop::Loop() { uv_loop_init(&raw_); }

Loop::~Loop() {
  uv_run(&raw_, UV_RUN_DEFAULT);
  uv_loop_close(&raw_);
}

Timer::Timer(Loop& loop, std::function<void()> on_due) : on_due_(std::move(on_due)), handle_(new uv_timer_t) {
  uv_timer_init(loop.get(), handle_.get());
  handle_->data = this;
}

void Timer::set(std::optional<rudp::Instant> at) {
  if (at == at_) return;
  at_ = at;
  if (!at) {
    uv_timer_stop(handle_.get());
    return;
  }
  // libuv counts whole milliseconds from the loop's own, older time: up, so that it is never early.
  uv_update_time(handle_->loop);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*at - now().instant).count();
  const auto fire = [](uv_timer_t* raw) {
    auto* const self = static_cast<Timer*>(raw->data);
    self->at_.reset();
    self->on_due_();
  };
  uv_timer_start(handle_.get(), fire, static_cast<std::uint64_t>(std::max<std::int64_t>(0, wait)), 0);
}

Signals::Signals(Loop& loop, std::initializer_list<int> signals, std::function<void()> on_signal)
    : on_signal_(std::move(on_signal)) {
  for (const int signal : signals) {
    Handle<uv_signal_t>& handle = handles_.emplace_back(new uv_signal_t);
    uv_signal_init(loop.get(), handle.get());
    handle->data = this;
    const auto fire = [](uv_signal_t* raw, int) { static_cast<Signals*>(raw->data)->on_signal_(); };
    uv_signal_start(handle.get(), fire, signal);
    uv_unref(base(handle));
  }
}

WakeUp::WakeUp(Loop& loop, std::function<void()> on_wake)
    : on_wake_(std::move(on_wake)), handle_(new uv_async_t) {
  uv_async_init(loop.get(), handle_.get(),
                [](uv_async_t* raw) { static_cast<WakeUp*>(raw->data)->on_wake_(); });
  handle_->data = this;
  uv_unref(base(handle_));
}

}  // namespace server
