#include "uv/timer.hpp"

#include <algorithm>

#include "uv/failure.hpp"

#if RUDP_UV_LINUX
#include <sys/timerfd.h>

#include <cerrno>
#endif

namespace rudp::uv {
namespace {

/// An alarm in the past would be heard again and again without a pause; this is far below what a deadline
/// of the protocol can tell apart.
constexpr Duration kSoonest = std::chrono::microseconds(20);

}  // namespace

Result<std::unique_ptr<Timer>, Failure> Timer::open(uv_loop_t* loop, std::function<void()> on_fire) {
  std::unique_ptr<Timer> timer(new Timer(std::move(on_fire)));
  if (const int status = timer->start(loop); status != 0) return failure_from_uv(status, "timer");
  return timer;
}

void Timer::set(std::optional<Instant> deadline, Instant now) {
  if (!deadline) return;
  const Instant at = std::max(*deadline, now + kSoonest);
  if (armed_ && *armed_ <= at) return;
  armed_ = at;
  arm(at);
}

void Timer::fire() {
  armed_.reset();
  on_fire_();
}

#if RUDP_UV_LINUX

Timer::Timer(std::function<void()> on_fire)
    : on_fire_(std::move(on_fire)),
      descriptor_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {}

int Timer::start(uv_loop_t* loop) {
  if (!descriptor_) return uv_translate_sys_error(errno);
  auto handle = std::make_unique<uv_poll_t>();
  if (const int status = uv_poll_init(loop, handle.get(), descriptor_.get()); status != 0) return status;
  handle_.reset(handle.release());
  handle_->data = this;
  unref(handle_);
  return uv_poll_start(handle_.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
    auto* const timer = static_cast<Timer*>(raw->data);
    std::uint64_t expirations = 0;
    // Reading ends the alarm; where it was set anew meanwhile there is nothing to read, and nothing is due.
    if (read(timer->descriptor_.get(), &expirations, sizeof expirations) > 0) timer->fire();
  });
}

void Timer::arm(Instant deadline) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  itimerspec alarm{};
  alarm.it_value.tv_sec = static_cast<time_t>(deadline.ns() / kNsPerSecond);
  alarm.it_value.tv_nsec = static_cast<long>(deadline.ns() % kNsPerSecond);
  timerfd_settime(descriptor_.get(), TFD_TIMER_ABSTIME, &alarm, nullptr);
}

#else

Timer::Timer(std::function<void()> on_fire) : on_fire_(std::move(on_fire)) {}

int Timer::start(uv_loop_t* loop) {
  handle_ = make_timer(loop, this);
  return 0;
}

// The loop's time has the clock's origin, so the deadline is rounded up once, from the whole.
void Timer::arm(Instant deadline) {
  constexpr std::uint64_t kNsPerMs = 1'000'000;
  const std::uint64_t at_ms = (static_cast<std::uint64_t>(deadline.ns()) + kNsPerMs - 1) / kNsPerMs;
  const std::uint64_t now_ms = uv_now(handle_->loop);
  uv_timer_start(
      handle_.get(), [](uv_timer_t* raw) { static_cast<Timer*>(raw->data)->fire(); },
      at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

#endif

}  // namespace rudp::uv
