#include "client/retry_pace.hpp"

#include "support/scripted_random.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace std::chrono_literals;
using client::RetryPace;

constexpr rudp::Instant kStart = rudp::Instant::from_ns(0);

struct Rig {
  rudp::Duration next() { return pace.next(random); }
  /// A connection that holds for so long, and the wait behind it.
  rudp::Duration next_after(rudp::Duration held) {
    pace.on_up(kStart);
    pace.on_down(kStart + held);
    return next();
  }
  RetryPace pace;
  test::ScriptedRandom random;
};

bool is_within(rudp::Duration wait, rudp::Duration least, rudp::Duration most) {
  return least <= wait && wait <= most;
}

void every_failure_doubles_the_wait_up_to_a_limit(void**) {
  Rig rig;
  for (const auto whole : {400ms, 800ms, 1'600ms, 3'200ms, 6'400ms, 8'000ms, 8'000ms}) {
    assert_true(is_within(rig.next(), whole / 2, whole));
  }
}

void the_waits_of_two_clients_differ(void**) {
  Rig one, other;
  other.random = test::ScriptedRandom(7);
  assert_true(one.next() != other.next());
}

// Such a server is there, and refuses whatever is said to it first.
void a_connection_that_ends_at_once_is_a_failure_too(void**) {
  Rig rig;
  for (int i = 0; i < 5; ++i) (void)rig.next_after(300ms);
  assert_true(is_within(rig.next_after(300ms), 4s, 8s));
}

void after_a_connection_that_held_the_waits_begin_anew(void**) {
  Rig rig;
  for (int i = 0; i < 5; ++i) (void)rig.next();
  assert_true(is_within(rig.next_after(RetryPace::kHeld), 200ms, 400ms));
}

void a_connection_that_never_came_up_did_not_hold(void**) {
  Rig rig;
  (void)rig.next_after(RetryPace::kHeld);
  rig.pace.on_down(kStart + 100s);
  assert_true(is_within(rig.next(), 400ms, 800ms));
}

void the_pause_that_a_server_asks_for_is_kept_once_and_within_reason(void**) {
  Rig rig;
  rig.pace.pause(10s);
  assert_true(is_within(rig.next(), 10s, 10s + 400ms));
  assert_true(is_within(rig.next(), 400ms, 800ms));
  rig.pace.pause(1'000h);
  assert_true(is_within(rig.next(), RetryPace::kPauseMax, RetryPace::kPauseMax + 1'600ms));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_failure_doubles_the_wait_up_to_a_limit),
      cmocka_unit_test(the_waits_of_two_clients_differ),
      cmocka_unit_test(a_connection_that_ends_at_once_is_a_failure_too),
      cmocka_unit_test(after_a_connection_that_held_the_waits_begin_anew),
      cmocka_unit_test(a_connection_that_never_came_up_did_not_hold),
      cmocka_unit_test(the_pause_that_a_server_asks_for_is_kept_once_and_within_reason),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
