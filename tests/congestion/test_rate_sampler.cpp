#include "congestion/rate_sampler.hpp"

#include <chrono>
#include <optional>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::RateSnapshot;
using rudp::congestion::RateSample;
using rudp::congestion::RateSampler;

namespace {

constexpr Instant at(Duration since_start) { return Instant::from_ns(1'000'000'000) + since_start; }

void a_steady_flow_is_measured_exactly(void**) {
  RateSampler sampler;
  RateSnapshot snapshots[100];
  std::optional<RateSample> sample;
  for (int ms = 0; ms < 100; ++ms) {  // 1,000 bytes a millisecond over 50 ms of round trip
    if (ms >= 50)
      sample = sampler.on_acked(at(ms * 1ms), 1000, {at((ms - 50) * 1ms), snapshots[ms - 50]}, 50ms);
    snapshots[ms] = sampler.on_sent(at(ms * 1ms), ms == 0 ? 0 : 1000);
  }
  for (int ms = 100; ms < 150; ++ms) {
    sample = sampler.on_acked(at(ms * 1ms), 1000, {at((ms - 50) * 1ms), snapshots[ms - 50]}, 50ms);
  }
  assert_int_equal(sample->bytes_per_second, 1'000'000);
  assert_false(sample->app_limited);
}

void acks_that_come_compressed_do_not_look_like_bandwidth(void**) {
  RateSampler sampler;
  RateSnapshot last;
  for (int ms = 0; ms < 10; ++ms) last = sampler.on_sent(at(ms * 1ms), ms == 0 ? 0 : 1000);
  // All ten arrive in one instant: the 9 ms of sending are shorter than the 109 ms until the ack.
  const auto sample = sampler.on_acked(at(109ms), 10'000, {at(9ms), last}, 50ms);
  assert_int_equal(sample->bytes_per_second, 10'000 * 1000 / 109);
}

void an_interval_shorter_than_the_round_trip_gives_no_sample(void**) {
  RateSampler sampler;
  const RateSnapshot snapshot = sampler.on_sent(at(0ms), 0);
  assert_false(sampler.on_acked(at(10ms), 1000, {at(0ms), snapshot}, 50ms).has_value());
  assert_false(sampler.on_acked(at(-10ms), 1000, {at(0ms), snapshot}, 0ms).has_value());
}

void what_follows_a_lack_of_data_is_a_lower_bound(void**) {
  RateSampler sampler;
  sampler.on_app_limited(0);
  const RateSnapshot limited = sampler.on_sent(at(0ms), 0);
  assert_true(limited.app_limited);
  assert_true(sampler.on_acked(at(50ms), 1000, {at(0ms), limited}, 50ms)->app_limited);
  assert_false(sampler.is_app_limited());
  assert_false(sampler.on_sent(at(51ms), 0).app_limited);
}

void the_mark_lasts_until_what_was_under_way_is_acked(void**) {
  RateSampler sampler;
  const RateSnapshot snapshot = sampler.on_sent(at(0ms), 0);
  sampler.on_app_limited(3000);
  sampler.on_acked(at(50ms), 3000, {at(0ms), snapshot}, 50ms);
  assert_true(sampler.is_app_limited());
  sampler.on_acked(at(60ms), 1000, {at(0ms), snapshot}, 50ms);
  assert_false(sampler.is_app_limited());
}

void silence_is_not_counted_as_the_paths(void**) {
  RateSampler sampler;
  RateSnapshot snapshot = sampler.on_sent(at(0ms), 0);
  sampler.on_acked(at(50ms), 1000, {at(0ms), snapshot}, 50ms);
  snapshot = sampler.on_sent(at(10s), 0);
  const auto sample = sampler.on_acked(at(10s + 50ms), 1000, {at(10s), snapshot}, 50ms);
  assert_int_equal(sample->bytes_per_second, 20'000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_steady_flow_is_measured_exactly),
      cmocka_unit_test(acks_that_come_compressed_do_not_look_like_bandwidth),
      cmocka_unit_test(an_interval_shorter_than_the_round_trip_gives_no_sample),
      cmocka_unit_test(what_follows_a_lack_of_data_is_a_lower_bound),
      cmocka_unit_test(the_mark_lasts_until_what_was_under_way_is_acked),
      cmocka_unit_test(silence_is_not_counted_as_the_paths),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
