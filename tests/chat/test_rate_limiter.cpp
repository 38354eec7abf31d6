// chat/rate_limiter: bursts, refills, bounded memory.
#include "chat/rate_limiter.hpp"

#include <chrono>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

constexpr Rate kRate{100ms, 3};
constexpr rudp::Instant kStart = rudp::Instant::from_ns(1'000'000'000'000);

void a_burst_passes_and_then_one_per_interval(void**) {
  Bucket bucket;
  for (int i = 0; i < 3; ++i) assert_false(bucket.take(kStart, kRate).has_value());
  assert_true(bucket.take(kStart, kRate) == rudp::Duration(100ms));
  assert_true(bucket.take(kStart + 99ms, kRate) == rudp::Duration(1ms));
  assert_false(bucket.take(kStart + 100ms, kRate).has_value());
  assert_true(bucket.take(kStart + 100ms, kRate).has_value());
}

void what_is_refused_costs_nothing(void**) {
  Bucket bucket;
  for (int i = 0; i < 1'000; ++i) (void)bucket.take(kStart, kRate);
  assert_false(bucket.take(kStart + 100ms, kRate).has_value());
}

void a_long_pause_fills_the_bucket_and_no_more(void**) {
  Bucket bucket;
  for (int i = 0; i < 3; ++i) (void)bucket.take(kStart, kRate);
  const rudp::Instant later = kStart + 1h;
  for (int i = 0; i < 3; ++i) assert_false(bucket.take(later, kRate).has_value());
  assert_true(bucket.take(later, kRate).has_value());
}

void what_weighs_more_than_is_left_passes_and_is_owed(void**) {
  Bucket bucket;
  assert_false(bucket.take(kStart, kRate, 2).has_value());
  assert_false(bucket.take(kStart, kRate, 4).has_value());
  assert_true(bucket.take(kStart, kRate) == rudp::Duration(400ms));
  assert_true(bucket.take(kStart + 399ms, kRate, 9) == rudp::Duration(1ms));
  assert_false(bucket.take(kStart + 400ms, kRate).has_value());
}

void keys_do_not_disturb_each_other(void**) {
  RateLimiter limiter(kRate);
  for (int i = 0; i < 10; ++i) (void)limiter.take(kStart, "attacker");
  assert_false(limiter.take(kStart, "friend").has_value());
  limiter.forgive("attacker");
  assert_false(limiter.take(kStart, "attacker").has_value());
}

void memory_is_bounded_and_known_keys_keep_their_bucket(void**) {
  RateLimiter limiter(kRate);
  (void)limiter.take(kStart, "friend");
  for (int i = 0; i < 100'000; ++i) (void)limiter.take(kStart, std::to_string(i));
  assert_int_equal(limiter.size(), RateLimiter::kKeysMax);
  assert_true(limiter.take(kStart, "one more stranger").has_value());
  assert_false(limiter.take(kStart, "friend").has_value());
}

void full_buckets_make_room_for_new_keys(void**) {
  RateLimiter limiter(kRate);
  for (int i = 0; i < 100'000; ++i) (void)limiter.take(kStart, std::to_string(i));
  assert_false(limiter.take(kStart + 1s, "newcomer").has_value());
  assert_int_equal(limiter.size(), 1);
}

void a_household_shares_a_key(void**) {
  const auto key = [](const char* text) { return rate_key(*rudp::Address::parse(text)); };
  assert_true(key("10.0.0.1:1") == key("10.0.0.1:2"));
  assert_true(key("10.0.0.1:1") != key("10.0.0.2:1"));
  assert_true(key("[2001:db8::1]:1") == key("[2001:db8::ffff:2]:9"));
  assert_true(key("[2001:db8::1]:1") != key("[2001:db8:0:1::1]:1"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_burst_passes_and_then_one_per_interval),
      cmocka_unit_test(what_is_refused_costs_nothing),
      cmocka_unit_test(a_long_pause_fills_the_bucket_and_no_more),
      cmocka_unit_test(what_weighs_more_than_is_left_passes_and_is_owed),
      cmocka_unit_test(keys_do_not_disturb_each_other),
      cmocka_unit_test(memory_is_bounded_and_known_keys_keep_their_bucket),
      cmocka_unit_test(full_buckets_make_room_for_new_keys),
      cmocka_unit_test(a_household_shares_a_key),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
