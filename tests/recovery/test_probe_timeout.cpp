#include "recovery/probe_timeout.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::recovery;
using rudp::Duration;
using rudp::Instant;

namespace {

// Equal samples let rttvar decay to nothing.
RttEstimator steady(Duration rtt) {
  RttEstimator estimator;
  for (int i = 0; i < 100; ++i) estimator.on_sample(Instant(), rtt, 0ms, 0ms);
  return estimator;
}

void the_period_is_that_of_rfc_9002_6_2_1(void**) {
  RttEstimator rtt;
  rtt.on_sample(Instant(), 100ms, 0ms, 0ms);
  assert_true(probe_period(rtt, 25ms) == 100ms + 4 * 50ms + 25ms);
  assert_true(probe_period(steady(100ms), 0ms) == 100ms + kGranularity);
}

void before_a_sample_a_probe_waits_a_second(void**) {
  assert_true(probe_period(RttEstimator(), 0ms) == 333ms + 4 * 166500us);
}

void a_thin_flow_waits_a_tenth_more_than_the_round_trip(void**) {
  assert_true(thin_probe_period(steady(100ms)) == 110ms);
  RttEstimator jittery;
  jittery.on_sample(Instant(), 100ms, 0ms, 0ms);
  assert_true(thin_probe_period(jittery) == 300ms);
  assert_true(thin_probe_period(steady(100us)) == 100us + kGranularity);
}

// Threat A-4.
void back_off_doubles_and_ends(void**) {
  assert_true(backed_off(10ms, 0) == 10ms);
  assert_true(backed_off(10ms, 3) == 80ms);
  assert_true(backed_off(10ms, kBackoffDoublingsMax) == 640ms);
  assert_true(backed_off(10ms, 4'000'000'000u) == 640ms);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_period_is_that_of_rfc_9002_6_2_1),
      cmocka_unit_test(before_a_sample_a_probe_waits_a_second),
      cmocka_unit_test(a_thin_flow_waits_a_tenth_more_than_the_round_trip),
      cmocka_unit_test(back_off_doubles_and_ends),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
