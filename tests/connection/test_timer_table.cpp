// The table of a connection's own timers.
#include "connection/timer_table.hpp"

#include "support/cmocka.hpp"

using rudp::Instant;
using rudp::connection::Timer;
using rudp::connection::TimerTable;

namespace {

Instant at(std::int64_t ns) { return Instant::from_ns(ns); }

void a_new_table_has_nothing_armed(void**) {
  const TimerTable timers;
  assert_true(timers.next() == Instant::max());
  assert_false(timers.armed(Timer::idle));
}

void the_next_deadline_is_the_earliest_armed_one(void**) {
  TimerTable timers;
  timers.arm(Timer::idle, at(300));
  timers.arm(Timer::confirm, at(100));
  timers.arm(Timer::drain, at(200));
  assert_true(timers.next() == at(100));
  timers.disarm(Timer::confirm);
  assert_true(timers.next() == at(200));
}

void a_timer_expires_once_and_not_early(void**) {
  TimerTable timers;
  timers.arm(Timer::idle, at(100));
  assert_false(timers.expire(Timer::idle, at(99)));
  assert_true(timers.expire(Timer::idle, at(100)));
  assert_false(timers.expire(Timer::idle, at(101)));
}

void an_unarmed_timer_does_not_expire_at_the_end_of_time(void**) {
  TimerTable timers;
  assert_false(timers.expire(Timer::idle, Instant::max()));
}

void disarm_all_leaves_nothing(void**) {
  TimerTable timers;
  timers.arm(Timer::close_end, at(1));
  timers.arm(Timer::handshake_resend, at(2));
  timers.disarm_all();
  assert_true(timers.next() == Instant::max());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_new_table_has_nothing_armed),
      cmocka_unit_test(the_next_deadline_is_the_earliest_armed_one),
      cmocka_unit_test(a_timer_expires_once_and_not_early),
      cmocka_unit_test(an_unarmed_timer_does_not_expire_at_the_end_of_time),
      cmocka_unit_test(disarm_all_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
