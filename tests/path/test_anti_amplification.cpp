#include "path/anti_amplification.hpp"

#include <cstdint>
#include <limits>

#include "support/cmocka.hpp"

using rudp::path::AntiAmplification;

namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

void nothing_may_leave_before_anything_came(void**) {
  const AntiAmplification limit;
  assert_int_equal(limit.allowance_bytes(), 0);
  assert_true(limit.can_send(0));
  assert_false(limit.can_send(1));
}

void three_bytes_leave_per_byte_received_and_not_one_more_H3(void**) {
  AntiAmplification limit;
  limit.on_received(1200);
  assert_true(limit.can_send(3600));
  assert_false(limit.can_send(3601));
  limit.on_sent(3000);
  assert_int_equal(limit.allowance_bytes(), 600);
  limit.on_sent(600);
  assert_int_equal(limit.allowance_bytes(), 0);
  limit.on_received(10);
  assert_int_equal(limit.allowance_bytes(), 30);
}

void sending_beyond_the_limit_leaves_none_rather_than_wrapping(void**) {
  AntiAmplification limit;
  limit.on_received(10);
  limit.on_sent(100);
  assert_int_equal(limit.allowance_bytes(), 0);
}

void validation_lifts_the_limit(void**) {
  AntiAmplification limit;
  assert_false(limit.is_validated());
  limit.on_validated();
  assert_true(limit.is_validated());
  assert_true(limit.allowance_bytes() == kUnlimited);
}

void counters_saturate(void**) {
  AntiAmplification limit;
  limit.on_received(kUnlimited / 2);
  assert_true(limit.allowance_bytes() == kUnlimited);
  limit.on_received(kUnlimited);
  limit.on_sent(kUnlimited);
  limit.on_sent(kUnlimited);
  assert_true(limit.allowance_bytes() == kUnlimited);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_may_leave_before_anything_came),
      cmocka_unit_test(three_bytes_leave_per_byte_received_and_not_one_more_H3),
      cmocka_unit_test(sending_beyond_the_limit_leaves_none_rather_than_wrapping),
      cmocka_unit_test(validation_lifts_the_limit),
      cmocka_unit_test(counters_saturate),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
