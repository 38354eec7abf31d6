#include "base/compact_optional.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::base::CompactOptional;

namespace {

void it_is_no_larger_than_what_it_may_hold(void**) {
  static_assert(sizeof(CompactOptional<Duration>) == sizeof(Duration));
  static_assert(sizeof(CompactOptional<Instant>) == sizeof(Instant));
  static_assert(sizeof(CompactOptional<std::uint64_t>) == sizeof(std::uint64_t));
  const CompactOptional<Duration> none;
  assert_false(none.has_value());
}

void it_has_a_value_from_when_one_is_put_in_until_it_is_reset(void**) {
  CompactOptional<Duration> round_trip;
  assert_true(round_trip.value_or(7ms) == 7ms);
  round_trip = Duration(0ms);
  assert_true(round_trip && *round_trip == Duration(0));
  *round_trip += 3ms;
  assert_true(round_trip.value_or(7ms) == 3ms);
  round_trip.reset();
  assert_false(round_trip.has_value());
}

void zero_and_the_first_instant_are_values(void**) {
  assert_true(CompactOptional<std::uint64_t>(0).has_value());
  assert_true(CompactOptional<Instant>(Instant::min()).has_value());
}

void it_turns_into_a_standard_one(void**) {
  assert_false(CompactOptional<std::uint64_t>().to_optional().has_value());
  assert_int_equal(CompactOptional<std::uint64_t>(5).to_optional().value(), 5);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(it_is_no_larger_than_what_it_may_hold),
      cmocka_unit_test(it_has_a_value_from_when_one_is_put_in_until_it_is_reset),
      cmocka_unit_test(zero_and_the_first_instant_are_values),
      cmocka_unit_test(it_turns_into_a_standard_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
