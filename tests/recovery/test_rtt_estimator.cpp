#include "recovery/rtt_estimator.hpp"

#include <chrono>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::recovery::kInitialRtt;
using rudp::recovery::kRttMax;
using rudp::recovery::kRttMin;
using rudp::recovery::RttEstimator;

namespace {

const Instant kNow = Instant::from_ns(5'000'000'000);

void before_a_sample_the_initial_value_holds(void**) {
  const RttEstimator rtt;
  assert_false(rtt.has_sample());
  assert_true(rtt.smoothed_rtt() == kInitialRtt);
  assert_true(rtt.rttvar() == kInitialRtt / 2);
}

void the_first_sample_replaces_the_guess(void**) {
  RttEstimator rtt;
  rtt.on_sample(kNow, 100ms, 40ms, 25ms);
  assert_true(rtt.first_sample_at() == kNow);
  assert_true(rtt.smoothed_rtt() == 100ms && rtt.min_rtt() == 100ms && rtt.rttvar() == 50ms);
}

void later_samples_are_smoothed_as_rfc_9002_5_3_says(void**) {
  RttEstimator rtt;
  rtt.on_sample(kNow, 100ms, 0ms, 25ms);
  rtt.on_sample(kNow, 140ms, 20ms, 25ms);  // adjusted 120 ms
  assert_true(rtt.latest_rtt() == 140ms);
  assert_true(rtt.rttvar() == Duration(3 * 50ms + 20ms) / 4);
  assert_true(rtt.smoothed_rtt() == Duration(7 * 100ms + 120ms) / 8);
}

// Threat A-5.
void a_delay_beyond_the_announced_one_is_cut(void**) {
  RttEstimator rtt;
  rtt.on_sample(kNow, 100ms, 0ms, 25ms);
  rtt.on_sample(kNow, 200ms, 90ms, 25ms);  // 25 of the 90 ms are believed
  assert_true(rtt.smoothed_rtt() == Duration(7 * 100ms + 175ms) / 8);
}

// Threat A-5.
void a_delay_that_would_undercut_the_minimum_is_not_believed_A5(void**) {
  RttEstimator rtt;
  rtt.on_sample(kNow, 100ms, 0ms, 25ms);
  rtt.on_sample(kNow, 110ms, 20ms, 25ms);
  assert_true(rtt.smoothed_rtt() == Duration(7 * 100ms + 110ms) / 8);
}

// Threat A-5.
void lies_about_delay_neither_overflow_nor_undercut_A5(void**) {
  test::Dice dice(3);
  RttEstimator rtt;
  for (int i = 0; i < 20'000; ++i) {
    const Duration latest(static_cast<std::int64_t>(dice.next() >> (dice.below(40) + 1)));
    const Duration delay(static_cast<std::int64_t>(dice.next()));
    const Duration max_delay(static_cast<std::int64_t>(dice.next()));
    rtt.on_sample(kNow, latest, delay, max_delay);
    assert_true(rtt.min_rtt() >= kRttMin && rtt.min_rtt() <= rtt.latest_rtt());
    assert_true(rtt.smoothed_rtt() >= rtt.min_rtt() && rtt.smoothed_rtt() <= kRttMax);
    assert_true(rtt.rttvar() >= 0ns && rtt.rttvar() <= kRttMax);
  }
}

// Threat A-10.
void a_clock_that_stands_still_or_sleeps_gives_bounded_samples_A10(void**) {
  RttEstimator rtt;
  rtt.on_sample(kNow, 0ns, 0ns, 25ms);
  assert_true(rtt.min_rtt() == kRttMin);
  rtt.on_sample(kNow, 1h, 0ns, 25ms);
  assert_true(rtt.latest_rtt() == kRttMax);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(before_a_sample_the_initial_value_holds),
      cmocka_unit_test(the_first_sample_replaces_the_guess),
      cmocka_unit_test(later_samples_are_smoothed_as_rfc_9002_5_3_says),
      cmocka_unit_test(a_delay_beyond_the_announced_one_is_cut),
      cmocka_unit_test(a_delay_that_would_undercut_the_minimum_is_not_believed_A5),
      cmocka_unit_test(lies_about_delay_neither_overflow_nor_undercut_A5),
      cmocka_unit_test(a_clock_that_stands_still_or_sleeps_gives_bounded_samples_A10),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
