#include "congestion/new_reno.hpp"

#include <chrono>

#include "tests/congestion/window_driver.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::ControllerKind;

namespace {

constexpr std::uint64_t kDatagram = test::WindowDriver::kDatagram;

test::WindowDriver reno() { return test::WindowDriver(ControllerKind::new_reno); }

void slow_start_doubles_each_round(void**) {
  test::WindowDriver flow = reno();
  assert_int_equal(flow.window(), 10 * kDatagram);
  for (std::uint64_t factor = 2; factor <= 16; factor *= 2) {
    flow.round();
    assert_int_equal(flow.window(), factor * 10 * kDatagram);
  }
  assert_true(flow.controller->in_slow_start());
}

void a_loss_halves_once_a_round_trip(void**) {
  test::WindowDriver flow = reno();
  flow.send_window();
  flow.lose(2);
  assert_int_equal(flow.window(), 5 * kDatagram);
  flow.lose(7, 3);
  assert_int_equal(flow.window(), 5 * kDatagram);
  assert_true(flow.controller->slow_start_threshold() == 5 * kDatagram);
  flow.send(1);
  flow.lose(flow.next - 1);
  assert_true(flow.window() < 5 * kDatagram);
}

void acks_of_the_recovery_period_add_nothing(void**) {
  test::WindowDriver flow = reno();
  flow.lose_and_recover();
  assert_int_equal(flow.window(), 5 * kDatagram);
}

void avoidance_adds_one_datagram_a_round(void**) {
  test::WindowDriver flow = reno();
  flow.lose_and_recover();
  for (int i = 0; i < 6; ++i) {
    const std::uint64_t before = flow.window();
    flow.round();  // up to one datagram of the window stays unused
    assert_in_range(flow.window() - before, kDatagram * 4 / 5, kDatagram);
  }
}

// Threat C1.
void a_window_that_is_not_used_does_not_grow(void**) {
  test::WindowDriver flow = reno();
  for (int i = 0; i < 20; ++i) {
    flow.send(2);
    flow.ack_all();
  }
  assert_int_equal(flow.window(), 10 * kDatagram);
  flow.lose_and_recover();
  for (int i = 0; i < 20; ++i) {
    flow.send(2);
    flow.ack_all();
  }
  // What was in flight when the loss came counts as use for one round.
  assert_true(flow.window() <= 6 * kDatagram);
}

void a_mark_halves_like_a_loss_and_is_final(void**) {
  test::WindowDriver flow = reno();
  flow.send_window();
  flow.controller->on_ecn_ce(flow.now, 3);
  flow.controller->on_ecn_ce(flow.now, 4);
  assert_int_equal(flow.window(), 5 * kDatagram);
  flow.controller->on_spurious_loss(flow.now, 3, kDatagram);
  assert_int_equal(flow.window(), 5 * kDatagram);
}

// Threats C1, C5.
void persistent_congestion_starts_again_from_two(void**) {
  test::WindowDriver flow = reno();
  flow.lose_and_recover();
  flow.controller->on_persistent_congestion(flow.now);
  assert_int_equal(flow.window(), 2 * kDatagram);
  assert_true(flow.controller->in_slow_start());
}

void a_loss_that_was_none_is_taken_back(void**) {
  test::WindowDriver flow = reno();
  flow.send_window();
  flow.lose(2, 2);
  flow.lose(5);
  for (const rudp::PacketNumber number : {1u, 2u})
    flow.controller->on_spurious_loss(flow.now, number, kDatagram);
  assert_int_equal(flow.window(), 5 * kDatagram);
  flow.controller->on_spurious_loss(flow.now, 5, kDatagram);
  assert_int_equal(flow.window(), 10 * kDatagram);
  assert_true(flow.controller->in_slow_start());
}

void pacing_is_faster_than_the_window_needs(void**) {
  test::WindowDriver flow = reno();
  assert_int_equal(flow.controller->pacing_rate(100ms), 2 * 10 * kDatagram * 10);
  flow.lose_and_recover();
  assert_int_equal(flow.controller->pacing_rate(100ms), 5 * kDatagram * 10 * 5 / 4);
  assert_true(flow.controller->pacing_rate(0ms) > 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(slow_start_doubles_each_round),
      cmocka_unit_test(a_loss_halves_once_a_round_trip),
      cmocka_unit_test(acks_of_the_recovery_period_add_nothing),
      cmocka_unit_test(avoidance_adds_one_datagram_a_round),
      cmocka_unit_test(a_window_that_is_not_used_does_not_grow),
      cmocka_unit_test(a_mark_halves_like_a_loss_and_is_final),
      cmocka_unit_test(persistent_congestion_starts_again_from_two),
      cmocka_unit_test(a_loss_that_was_none_is_taken_back),
      cmocka_unit_test(pacing_is_faster_than_the_window_needs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
