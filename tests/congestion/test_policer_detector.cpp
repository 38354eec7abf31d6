#include "congestion/policer_detector.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Instant;
using rudp::congestion::kPolicedRounds;
using rudp::congestion::kPolicedTime;
using rudp::congestion::PolicerDetector;
using rudp::congestion::RoundSummary;

namespace {

constexpr std::uint64_t kTenPercent = (std::uint64_t{1} << 20) / 10;
constexpr RoundSummary kPoliced{1'250'000, kTenPercent, true, false};

Instant at(std::uint32_t round) { return Instant() + round * 50ms; }

// The first of a row is compared with the round before it.
PolicerDetector after(std::uint32_t rounds, RoundSummary round = kPoliced) {
  PolicerDetector detector;
  for (std::uint32_t i = 0; i <= rounds; ++i) detector.on_round(at(i), round);
  return detector;
}

void loss_without_a_queue_and_without_more_is_a_policer(void**) {
  assert_false(after(kPolicedRounds - 1).policed_rate().has_value());
  assert_int_equal(after(kPolicedRounds).policed_rate().value(), 1'250'000);
}

void a_queue_is_a_link(void**) {
  assert_false(after(100, {1'250'000, kTenPercent, false, false}).policed_rate().has_value());
}

void little_loss_is_none_of_it(void**) {
  assert_false(after(100, {1'250'000, kTenPercent / 3, true, false}).policed_rate().has_value());
}

void an_idle_application_proves_nothing(void**) {
  assert_false(after(100, {1'250'000, kTenPercent, true, true}).policed_rate().has_value());
}

void a_path_that_takes_more_is_not_policed(void**) {
  PolicerDetector detector;
  RoundSummary round = kPoliced;
  for (std::uint32_t i = 0; i < 40; ++i) {
    detector.on_round(at(i), round);
    if (i % 2 == 0) round.bytes_per_second = round.bytes_per_second * 104 / 100;
  }
  assert_false(detector.policed_rate().has_value());
}

void saved_tokens_do_not_raise_the_rate(void**) {
  PolicerDetector detector;
  detector.on_round(at(0), {5'000'000, kTenPercent, true, false});
  for (std::uint32_t i = 1; i <= kPolicedRounds; ++i) detector.on_round(at(i), kPoliced);
  assert_int_equal(detector.policed_rate().value(), 1'250'000);
}

void the_verdict_holds_for_ten_seconds(void**) {
  PolicerDetector detector = after(kPolicedRounds);
  const RoundSummary clean{5'000'000, 0, true, false};
  detector.on_round(at(kPolicedRounds) + kPolicedTime - 1ns, clean);
  assert_true(detector.policed_rate().has_value());
  detector.on_round(at(kPolicedRounds) + kPolicedTime, clean);
  assert_false(detector.policed_rate().has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(loss_without_a_queue_and_without_more_is_a_policer),
      cmocka_unit_test(a_queue_is_a_link),
      cmocka_unit_test(little_loss_is_none_of_it),
      cmocka_unit_test(an_idle_application_proves_nothing),
      cmocka_unit_test(a_path_that_takes_more_is_not_policed),
      cmocka_unit_test(saved_tokens_do_not_raise_the_rate),
      cmocka_unit_test(the_verdict_holds_for_ten_seconds),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
