#include "congestion/cubic.hpp"

#include <chrono>

#include "tests/congestion/window_driver.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::ControllerKind;

namespace {

constexpr std::uint64_t kDatagram = test::WindowDriver::kDatagram;

test::WindowDriver cubic() { return test::WindowDriver(ControllerKind::cubic); }

void a_loss_leaves_seven_tenths_once_a_round_trip(void**) {
  test::WindowDriver flow = cubic();
  flow.send_window();
  flow.lose(2);
  flow.lose(7);
  assert_int_equal(flow.window(), 7 * kDatagram);
  assert_false(flow.controller->in_slow_start());
}

void a_mark_leaves_17_twentieths(void**) {
  test::WindowDriver flow = cubic();
  flow.send_window();
  flow.controller->on_ecn_ce(flow.now, 2);
  assert_int_equal(flow.window(), 10 * kDatagram * 85 / 100);
  flow.lose(5);  // of the same round trip
  assert_int_equal(flow.window(), 10 * kDatagram * 85 / 100);
}

void a_rising_round_trip_ends_slow_start_without_a_loss(void**) {
  test::WindowDriver flow = cubic();
  flow.round();
  flow.rtt = 70ms;
  for (int i = 0; i < 7; ++i) flow.round();
  assert_false(flow.controller->in_slow_start());
  assert_true(flow.controller->slow_start_threshold().has_value());
}

void the_window_returns_to_where_it_was(void**) {
  test::WindowDriver flow = cubic();
  for (int i = 0; i < 4; ++i) flow.round();
  const std::uint64_t before = flow.window();
  flow.lose_and_recover();
  assert_int_equal(flow.window(), before * 7 / 10);
  for (int i = 0; i < 120; ++i) flow.round();  // 6 s; K = cbrt(48 / 0.4) = 4.9 s
  assert_in_range(flow.window(), before, before * 5 / 4);
}

void an_application_that_fills_nothing_grows_nothing_C1(void**) {
  test::WindowDriver flow = cubic();
  for (int i = 0; i < 100; ++i) {
    flow.send(2);
    flow.ack_all();
  }
  assert_int_equal(flow.window(), 10 * kDatagram);
  flow.lose_and_recover();
  const std::uint64_t after_loss = flow.window();
  for (int i = 0; i < 1000; ++i) {
    flow.send(2);
    flow.ack_all();
  }
  assert_in_range(flow.window(), after_loss, after_loss + kDatagram);
}

// Threats C1, C5.
void persistent_congestion_starts_again_from_two(void**) {
  test::WindowDriver flow = cubic();
  for (int i = 0; i < 5; ++i) flow.round();
  flow.send_window();
  flow.lose(flow.next - 1);
  const std::uint64_t threshold = *flow.controller->slow_start_threshold();
  flow.controller->on_persistent_congestion(flow.now);
  assert_int_equal(flow.window(), 2 * kDatagram);
  assert_true(flow.controller->in_slow_start());
  for (int i = 0; i < 40 && flow.controller->in_slow_start(); ++i) flow.round();
  assert_in_range(flow.window(), threshold, threshold + kDatagram);
}

void a_loss_that_was_none_is_taken_back_A6(void**) {
  test::WindowDriver flow = cubic();
  flow.send_window();
  flow.lose(2, 3);
  assert_int_equal(flow.window(), 7 * kDatagram);
  for (const rudp::PacketNumber number : {0u, 1u})
    flow.controller->on_spurious_loss(flow.now, number, kDatagram);
  assert_int_equal(flow.window(), 7 * kDatagram);
  flow.controller->on_spurious_loss(flow.now, 2, kDatagram);
  assert_int_equal(flow.window(), 10 * kDatagram);
  assert_true(flow.controller->in_slow_start());
}

void a_larger_datagram_raises_the_least_window(void**) {
  test::WindowDriver flow = cubic();
  flow.send_window();
  flow.controller->on_persistent_congestion(flow.now);
  flow.controller->on_max_datagram(1452);
  assert_int_equal(flow.window(), 2 * 1452);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_loss_leaves_seven_tenths_once_a_round_trip),
      cmocka_unit_test(a_mark_leaves_17_twentieths),
      cmocka_unit_test(a_rising_round_trip_ends_slow_start_without_a_loss),
      cmocka_unit_test(the_window_returns_to_where_it_was),
      cmocka_unit_test(an_application_that_fills_nothing_grows_nothing_C1),
      cmocka_unit_test(persistent_congestion_starts_again_from_two),
      cmocka_unit_test(a_loss_that_was_none_is_taken_back_A6),
      cmocka_unit_test(a_larger_datagram_raises_the_least_window),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
