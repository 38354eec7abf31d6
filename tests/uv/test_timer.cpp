// Alarms on the loop.
#include "uv/timer.hpp"

#include "support/uv_loop.hpp"
#include "uv/clock.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::monotonic_now;
using rudp::uv::Timer;
using std::chrono::milliseconds;

namespace {

struct Fixture {
  test::Loop loop;
  std::vector<Instant> fired;
  std::unique_ptr<Timer> timer = *Timer::open(loop.get(), [this] { fired.push_back(monotonic_now()); });
};

void it_fires_once_and_not_before_the_deadline(void**) {
  Fixture f;
  const Instant deadline = monotonic_now() + std::chrono::microseconds(12'345);
  f.timer->set(deadline, monotonic_now());
  assert_true(f.loop.run_until([&] { return !f.fired.empty(); }));
  assert_true(f.fired[0] >= deadline);
  f.loop.run_for(milliseconds(30));
  assert_int_equal(f.fired.size(), 1);
}

void an_earlier_deadline_replaces_a_later_one(void**) {
  Fixture f;
  f.timer->set(monotonic_now() + std::chrono::hours(1), monotonic_now());
  f.timer->set(monotonic_now() + milliseconds(5), monotonic_now());
  assert_true(f.loop.run_until([&] { return !f.fired.empty(); }));
}

void a_later_deadline_may_fire_early_but_is_kept_when_asked_again(void**) {
  Fixture f;
  const Instant late = monotonic_now() + milliseconds(40);
  f.timer->set(monotonic_now() + milliseconds(5), monotonic_now());
  f.timer->set(late, monotonic_now());
  assert_true(f.loop.run_until([&] {
    f.timer->set(late, monotonic_now());
    return !f.fired.empty() && f.fired.back() >= late;
  }));
}

void a_deadline_in_the_past_fires_soon(void**) {
  Fixture f;
  f.timer->set(Instant::from_ns(1), monotonic_now());
  assert_true(f.loop.run_until([&] { return !f.fired.empty(); }));
}

void a_deadline_beyond_every_clock_is_taken(void**) {
  Fixture f;
  f.timer->set(Instant::max(), monotonic_now());
  f.loop.run_for(milliseconds(30));
  assert_int_equal(f.fired.size(), 0);
}

void it_does_not_keep_the_loop_alive(void**) {
  Fixture f;
  f.timer->set(monotonic_now() + std::chrono::hours(1), monotonic_now());
  assert_true(f.loop.is_idle());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(it_fires_once_and_not_before_the_deadline),
      cmocka_unit_test(an_earlier_deadline_replaces_a_later_one),
      cmocka_unit_test(a_later_deadline_may_fire_early_but_is_kept_when_asked_again),
      cmocka_unit_test(a_deadline_in_the_past_fires_soon),
      cmocka_unit_test(a_deadline_beyond_every_clock_is_taken),
      cmocka_unit_test(it_does_not_keep_the_loop_alive),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
