// A libuv loop for one test: bounded in time, and with nothing left over at its end.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace test {

/// Declare it before what lives on it. When it ends, every handle must have been closed.
class Loop {
 public:
  Loop() {
    uv_loop_init(&loop_);
    uv_timer_init(&loop_, &tick_);
    uv_unref(reinterpret_cast<uv_handle_t*>(&tick_));
  }
  ~Loop() {
    uv_close(reinterpret_cast<uv_handle_t*>(&tick_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop_) == 0) return;
    std::fprintf(stderr, "a libuv handle was left open\n");
    std::abort();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* get() { return &loop_; }

  /// Turns the loop until `done` holds; false: it did not within `limit`, which guards
  /// against a test that hangs and says nothing about how fast a machine has to be.
  bool run_until(const std::function<bool()>& done,
                 std::chrono::milliseconds limit = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    uv_timer_start(
        &tick_, [](uv_timer_t*) {}, 0, kTickMs);
    while (!done() && std::chrono::steady_clock::now() < end) {
      uv_ref(reinterpret_cast<uv_handle_t*>(&tick_));
      uv_run(&loop_, UV_RUN_ONCE);
      uv_unref(reinterpret_cast<uv_handle_t*>(&tick_));
      ++turns_;
    }
    uv_timer_stop(&tick_);
    return done();
  }

  void run_for(std::chrono::milliseconds time) {
    run_until([] { return false; }, time);
  }

  /// Whether the loop would end by itself now: nothing keeps it alive.
  bool is_idle() { return uv_loop_alive(&loop_) == 0; }
  /// Turns since the start: what spins shows here.
  int turns() const { return turns_; }

 private:
  static constexpr std::uint64_t kTickMs = 20;
  uv_loop_t loop_{};
  uv_timer_t tick_{};
  int turns_ = 0;
};

}  // namespace test
