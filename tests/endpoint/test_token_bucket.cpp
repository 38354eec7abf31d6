// A rate with a burst.
#include "endpoint/token_bucket.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Instant;
using rudp::endpoint::TokenBucket;

namespace {

int taken(TokenBucket& bucket, Instant now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += bucket.take(now) ? 1 : 0;
  return count;
}

void a_rest_grants_the_burst_and_no_more(void**) {
  TokenBucket bucket(10, 5);
  assert_int_equal(taken(bucket, Instant::from_ns(0), 100), 5);
  assert_int_equal(taken(bucket, Instant::from_ns(0) + 1h, 100), 5);
}

void the_rate_holds_over_small_steps(void**) {
  TokenBucket bucket(10, 1);
  Instant now = Instant::from_ns(0);
  int count = 0;
  for (int ms = 0; ms < 10'000; ++ms) count += bucket.take(now += 1ms) ? 1 : 0;
  assert_in_range(count, 100, 101);
}

// Threat A-10.
void a_clock_that_runs_back_grants_nothing(void**) {
  TokenBucket bucket(1000, 1);
  assert_true(bucket.take(Instant::from_ns(0) + 10s));
  assert_false(bucket.take(Instant::from_ns(0) + 1s));
}

void a_rate_of_nothing_grants_nothing(void**) {
  TokenBucket bucket(0, 0);
  assert_int_equal(taken(bucket, Instant::from_ns(0) + 1h, 10), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_rest_grants_the_burst_and_no_more),
      cmocka_unit_test(the_rate_holds_over_small_steps),
      cmocka_unit_test(a_clock_that_runs_back_grants_nothing),
      cmocka_unit_test(a_rate_of_nothing_grants_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
