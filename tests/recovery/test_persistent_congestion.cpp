#include "recovery/persistent_congestion.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::recovery::PersistentCongestion;

namespace {

constexpr Duration kPeriod = 100ms;
constexpr Instant at(Duration since_sample) { return Instant::from_ns(1'000'000'000) + since_sample; }

PersistentCongestion after_a_sample() { return {kPeriod, at(0ms)}; }

// Threat C5.
void a_run_longer_than_three_periods_is_persistent(void**) {
  PersistentCongestion run = after_a_sample();
  run.on_lost(at(10ms), false);
  run.on_lost(at(310ms), false);
  assert_false(run.established());
  run.on_lost(at(311ms), false);
  assert_true(run.established());
}

void an_ack_in_between_begins_a_new_run(void**) {
  PersistentCongestion run = after_a_sample();
  run.on_lost(at(10ms), false);
  run.on_lost(at(200ms), true);
  run.on_lost(at(400ms), false);
  assert_false(run.established());
  run.on_lost(at(501ms), false);
  assert_true(run.established());
}

void a_short_run_after_a_long_one_takes_nothing_back(void**) {
  PersistentCongestion run = after_a_sample();
  run.on_lost(at(10ms), false);
  run.on_lost(at(900ms), false);
  run.on_lost(at(910ms), true);
  assert_true(run.established());
}

void what_was_sent_before_the_first_sample_does_not_count(void**) {
  PersistentCongestion run = after_a_sample();
  run.on_lost(at(-900ms), false);
  run.on_lost(at(100ms), false);
  assert_false(run.established());
}

void without_a_sample_nothing_is_persistent(void**) {
  PersistentCongestion run(kPeriod, std::nullopt);
  run.on_lost(at(0ms), false);
  run.on_lost(at(9s), false);
  assert_false(run.established());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_run_longer_than_three_periods_is_persistent),
      cmocka_unit_test(an_ack_in_between_begins_a_new_run),
      cmocka_unit_test(a_short_run_after_a_long_one_takes_nothing_back),
      cmocka_unit_test(what_was_sent_before_the_first_sample_does_not_count),
      cmocka_unit_test(without_a_sample_nothing_is_persistent),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
