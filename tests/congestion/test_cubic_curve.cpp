#include "congestion/cubic_curve.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

#include "congestion/controller.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::congestion::CubicCurve;

namespace {

constexpr std::uint64_t kDatagram = 1000;
constexpr Duration kRtt = 100ms;

// Grows a window for a while, a whole window acked per round trip in ten acks; returns where it is.
std::uint64_t grow(CubicCurve& curve, std::uint64_t window, Instant& now, Duration span) {
  const Instant end = now + span;
  while (now < end) {
    window += curve.growth(now, kRtt, window, window / 10, kDatagram);
    now += kRtt / 10;
  }
  return window;
}

// W_max 1,000 packets, cut to 700: K = cbrt(300 / 0.4) = 9.086 s (RFC 9438 4.2).
void the_plateau_is_reached_after_k_seconds(void**) {
  CubicCurve curve;
  curve.on_reduction(1'000'000);
  Instant now;
  std::uint64_t window = grow(curve, 700'000, now, 3s);
  assert_in_range(window, 905'000, 920'000);  // 1,000 - 0.4 * (9.086 - 3)^3 = 910
  window = grow(curve, window, now, 6086ms);
  assert_in_range(window, 998'000, 1'001'000);
}

void beyond_the_plateau_growth_is_convex(void**) {
  CubicCurve curve;
  curve.on_reduction(1'000'000);
  Instant now;
  std::uint64_t window = grow(curve, 700'000, now, 9086ms);
  const std::uint64_t flat = grow(curve, window, now, 2s) - window;
  window += flat;
  const std::uint64_t steep = grow(curve, window, now, 2s) - window;
  assert_true(steep > 4 * flat);
}

void a_plateau_not_reached_again_is_lowered(void**) {
  CubicCurve once;
  CubicCurve twice;
  once.on_reduction(800'000);
  twice.on_reduction(1'000'000);
  twice.on_reduction(800'000);  // fast convergence: 0.85 * 800 = 680
  Instant a;
  Instant b;
  const std::uint64_t higher = grow(once, 560'000, a, 5s);
  const std::uint64_t lower = grow(twice, 560'000, b, 5s);
  assert_true(lower < higher);
  assert_in_range(lower, 670'000, 690'000);
}

// Small windows grow like Reno's: half a datagram a round trip, 9/17 to be exact (RFC 9438 4.3).
void a_small_window_grows_at_least_as_reno(void**) {
  CubicCurve curve;
  curve.on_reduction(14'000);
  Instant now;
  const std::uint64_t window = grow(curve, 10'000, now, 5 * kRtt);
  assert_in_range(window, 12'300, 12'700);
}

void one_ack_never_adds_more_than_half_of_what_it_acks(void**) {
  CubicCurve curve;
  curve.on_reduction(10'000'000);
  Instant now;
  curve.growth(now, kRtt, 10'000, 1000, kDatagram);
  assert_true(curve.growth(now + 1h, kRtt, 10'000, 1000, kDatagram) <= 500);
}

void time_without_use_does_not_count_C1(void**) {
  CubicCurve used;
  CubicCurve paused;
  used.on_reduction(1'000'000);
  paused.on_reduction(1'000'000);
  Instant a;
  Instant b;
  const std::uint64_t before = grow(used, 700'000, a, 2s);
  assert_int_equal(grow(paused, 700'000, b, 2s), before);
  for (int i = 0; i < 100; ++i) paused.on_unused(b += 1s);
  const std::uint64_t expected = grow(used, before, a, 1s);
  assert_in_range(grow(paused, before, b, 1s), expected - 2000, expected + 2000);
}

void slow_start_left_without_a_loss_continues_from_its_window(void**) {
  CubicCurve curve;
  curve.on_slow_start_end(500'000);
  Instant now;
  const std::uint64_t window = grow(curve, 500'000, now, 1s);
  assert_in_range(window, 500'000, 512'000);
}

void absurd_times_and_windows_stay_bounded_A10(void**) {
  CubicCurve curve;
  curve.on_reduction(rudp::congestion::kMaximumWindowBytes);
  const Instant times[] = {Instant(), Instant::max(), Instant::from_ns(-5), Instant() + 1h};
  for (const Instant now : times) {
    for (const std::uint64_t window : {std::uint64_t{2000}, rudp::congestion::kMaximumWindowBytes}) {
      assert_true(curve.growth(now, 60s, window, window, kDatagram) <= rudp::congestion::kMaximumWindowBytes);
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_plateau_is_reached_after_k_seconds),
      cmocka_unit_test(beyond_the_plateau_growth_is_convex),
      cmocka_unit_test(a_plateau_not_reached_again_is_lowered),
      cmocka_unit_test(a_small_window_grows_at_least_as_reno),
      cmocka_unit_test(one_ack_never_adds_more_than_half_of_what_it_acks),
      cmocka_unit_test(time_without_use_does_not_count_C1),
      cmocka_unit_test(slow_start_left_without_a_loss_continues_from_its_window),
      cmocka_unit_test(absurd_times_and_windows_stay_bounded_A10),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
