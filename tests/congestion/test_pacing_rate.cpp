#include "congestion/pacing_rate.hpp"

#include <chrono>

#include "congestion/controller.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::congestion::window_rate;

namespace {

void a_window_is_spread_over_four_fifths_of_its_round_trip(void**) {
  assert_int_equal(window_rate(100'000, 100ms, false), 1'250'000);
}

void slow_start_sends_twice_as_fast_as_its_window(void**) {
  assert_int_equal(window_rate(100'000, 100ms, true), 2'000'000);
}

void senseless_round_trips_give_a_rate_all_the_same(void**) {
  assert_true(window_rate(rudp::congestion::kMaximumWindowBytes, 0ns, true) > 0);
  assert_true(window_rate(rudp::congestion::kMaximumWindowBytes, -1s, true) > 0);
  assert_int_equal(window_rate(1, 24h, false), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_window_is_spread_over_four_fifths_of_its_round_trip),
      cmocka_unit_test(slow_start_sends_twice_as_fast_as_its_window),
      cmocka_unit_test(senseless_round_trips_give_a_rate_all_the_same),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
