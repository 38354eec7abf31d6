#include "recovery/loss_detector.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Instant;
using rudp::recovery::judge;
using rudp::recovery::kGranularity;
using rudp::recovery::loss_delay;
using rudp::recovery::LossThresholds;
using rudp::recovery::LossVerdict;
using rudp::recovery::RttEstimator;

namespace {

const Instant kSent = Instant::from_ns(1'000'000'000);

void three_packets_further_is_lost_two_is_not(void**) {
  assert_true(judge({kSent, 3}, kSent, 50ms, {}).lost);
  const LossVerdict verdict = judge({kSent, 2}, kSent, 50ms, {});
  assert_false(verdict.lost);
  assert_true(*verdict.lost_at == kSent + 50ms);
}

void a_packet_is_lost_when_its_time_has_come(void**) {
  assert_false(judge({kSent, 1}, kSent + 50ms - 1ns, 50ms, {}).lost);
  assert_true(judge({kSent, 1}, kSent + 50ms, 50ms, {}).lost);
}

void the_thresholds_are_parameters(void**) {
  const LossThresholds patient{.packets = 10, .time_numerator = 5, .time_denominator = 4};
  assert_false(judge({kSent, 9}, kSent, 50ms, patient).lost);
  RttEstimator rtt;
  rtt.on_sample(kSent, 80ms, 0ms, 0ms);
  assert_true(loss_delay(rtt, patient) == 100ms);
}

void the_delay_is_nine_eighths_of_the_longer_round_trip(void**) {
  RttEstimator rtt;
  rtt.on_sample(kSent, 80ms, 0ms, 0ms);
  assert_true(loss_delay(rtt, {}) == 90ms);
  rtt.on_sample(kSent, 160ms, 0ms, 0ms);
  assert_true(loss_delay(rtt, {}) == 180ms);
}

void the_delay_is_never_finer_than_a_timer(void**) {
  RttEstimator rtt;
  rtt.on_sample(kSent, 10us, 0ms, 0ms);
  assert_true(loss_delay(rtt, {}) == kGranularity);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(three_packets_further_is_lost_two_is_not),
      cmocka_unit_test(a_packet_is_lost_when_its_time_has_come),
      cmocka_unit_test(the_thresholds_are_parameters),
      cmocka_unit_test(the_delay_is_nine_eighths_of_the_longer_round_trip),
      cmocka_unit_test(the_delay_is_never_finer_than_a_timer),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
