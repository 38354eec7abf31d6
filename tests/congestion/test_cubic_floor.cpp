#include "congestion/cubic_floor.hpp"

#include <chrono>

#include "tests/congestion/window_driver.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::ControllerKind;
using rudp::congestion::RateSample;

namespace {

constexpr std::uint64_t kDatagram = test::WindowDriver::kDatagram;
constexpr std::uint64_t kPath = 120'000;  // 2.4 MB/s over 50 ms: 100 datagrams

// A path that delivers 2.4 MB/s; slow start is left because the rate stops rising.
test::WindowDriver settled() {
  test::WindowDriver flow(ControllerKind::cubic_floor);
  flow.rate = RateSample{2'400'000, false};
  for (int i = 0; i < 8; ++i) flow.round();
  return flow;
}

void slow_start_ends_when_the_rate_stops_rising(void**) {
  test::WindowDriver flow(ControllerKind::cubic_floor);
  flow.rate = RateSample{100'000, false};
  for (int i = 0; i < 4; ++i) {
    flow.round();
    flow.rate->bytes_per_second *= 2;
  }
  assert_true(flow.controller->in_slow_start());
  for (int i = 0; i < 4; ++i) flow.round();  // the first of them still shows the last rise
  assert_true(flow.controller->in_slow_start());
  flow.round();
  assert_false(flow.controller->in_slow_start());
}

void a_loss_over_an_empty_queue_does_not_end_slow_start(void**) {
  test::WindowDriver flow(ControllerKind::cubic_floor);
  flow.send_window();
  flow.lose(3);
  assert_int_equal(flow.window(), 10 * kDatagram);
  assert_true(flow.controller->in_slow_start());
}

void a_loss_over_a_standing_queue_ends_it(void**) {
  test::WindowDriver flow(ControllerKind::cubic_floor);
  flow.rtt = 60ms;
  flow.send_window();
  flow.lose(3);
  assert_int_equal(flow.window(), 7 * kDatagram);
  assert_false(flow.controller->in_slow_start());
}

void losses_never_push_the_window_below_what_the_path_delivers(void**) {
  test::WindowDriver flow = settled();
  for (int i = 0; i < 50; ++i) {
    flow.lose_and_recover();
    assert_true(flow.window() >= kPath * 104 / 100);
  }
}

void plain_cubic_collapses_where_the_floor_holds(void**) {
  test::WindowDriver flow(ControllerKind::cubic);
  flow.rate = RateSample{2'400'000, false};
  for (int i = 0; i < 4; ++i) flow.round();
  for (int i = 0; i < 50; ++i) flow.lose_and_recover();
  assert_int_equal(flow.window(), 2 * kDatagram);
}

void marks_are_obeyed_below_the_floor(void**) {
  test::WindowDriver flow = settled();
  flow.lose_and_recover();
  const std::uint64_t before = flow.window();
  flow.send_window();
  flow.controller->on_ecn_ce(flow.now, flow.next - 1);
  assert_int_equal(flow.window(), before * 85 / 100);
}

void below_the_floor_the_window_grows_by_what_is_acked(void**) {
  test::WindowDriver flow = settled();
  flow.controller->on_persistent_congestion(flow.now);
  assert_int_equal(flow.window(), 2 * kDatagram);
  for (int i = 0; i < 7; ++i) flow.round();
  assert_true(flow.window() >= kPath * 104 / 100);
}

void nothing_grows_while_the_application_is_idle_C1(void**) {
  test::WindowDriver flow(ControllerKind::cubic_floor);
  flow.rate = RateSample{2'400'000, false};
  for (int i = 0; i < 100; ++i) {
    flow.send(2);
    flow.ack_all();
  }
  assert_int_equal(flow.window(), 10 * kDatagram);
}

void heavy_loss_takes_the_floor_away(void**) {
  test::WindowDriver flow = settled();
  flow.rtt = 52ms;  // with a queue: it is no policer
  for (int i = 0; i < 60; ++i) {
    flow.send_window();
    flow.lose(flow.next - 1, static_cast<std::uint32_t>(flow.window() / kDatagram / 2));
    flow.ack_all();
  }
  assert_int_equal(flow.window(), 2 * kDatagram);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(slow_start_ends_when_the_rate_stops_rising),
      cmocka_unit_test(a_loss_over_an_empty_queue_does_not_end_slow_start),
      cmocka_unit_test(a_loss_over_a_standing_queue_ends_it),
      cmocka_unit_test(losses_never_push_the_window_below_what_the_path_delivers),
      cmocka_unit_test(plain_cubic_collapses_where_the_floor_holds),
      cmocka_unit_test(marks_are_obeyed_below_the_floor),
      cmocka_unit_test(below_the_floor_the_window_grows_by_what_is_acked),
      cmocka_unit_test(nothing_grows_while_the_application_is_idle_C1),
      cmocka_unit_test(heavy_loss_takes_the_floor_away),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
