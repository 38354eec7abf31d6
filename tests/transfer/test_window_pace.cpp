#include "transfer/window_pace.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;
using rudp::transfer::WindowPace;

namespace {

const Instant kStart = Instant() + 1h;
constexpr Duration kRtt = 50ms;
constexpr std::uint64_t kWindow = 1000;

void a_window_used_within_eight_round_trips_was_too_small(void**) {
  WindowPace pace;
  pace.begin(kStart);
  assert_false(pace.on_progress(kStart + 100ms, 999, kWindow, kRtt));
  assert_true(pace.on_progress(kStart + 399ms, 1000, kWindow, kRtt));
}

void each_window_is_judged_once_and_by_its_own_time(void**) {
  WindowPace pace;
  pace.begin(kStart);
  assert_false(pace.on_progress(kStart + 400ms, 1000, kWindow, kRtt));
  assert_false(pace.on_progress(kStart + 400ms, 1001, kWindow, kRtt));
  assert_true(pace.on_progress(kStart + 799ms, 2000, kWindow, kRtt));
  assert_false(pace.on_progress(kStart + 799ms, 2000, kWindow, kRtt));
}

void without_a_known_round_trip_nothing_grows(void**) {
  WindowPace pace;
  pace.begin(kStart);
  assert_false(pace.on_progress(kStart, 1000, kWindow, Duration::zero()));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_window_used_within_eight_round_trips_was_too_small),
      cmocka_unit_test(each_window_is_judged_once_and_by_its_own_time),
      cmocka_unit_test(without_a_known_round_trip_nothing_grows),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
