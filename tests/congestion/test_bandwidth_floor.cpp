#include "congestion/bandwidth_floor.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::PacketNumber;
using rudp::congestion::AckSample;
using rudp::congestion::BandwidthFloor;
using rudp::congestion::RateSample;

namespace {

constexpr Duration kMinRtt = 50ms;
constexpr Duration kShortQueue = 52ms;  // counts as empty, but it is no policer's
constexpr std::uint64_t kDatagram = 1200;
constexpr std::uint64_t kPath = 125'000;  // 2.5 MB/s over 50 ms
constexpr RateSample kRate{2'500'000, false};

struct Path {
  BandwidthFloor floor;
  PacketNumber next = 0;

  // A round of one ack of 100,000 bytes.
  void round(RateSample rate, Duration rtt = kMinRtt, std::uint64_t lost_bytes = 0,
             std::uint64_t acked_bytes = 100'000) {
    floor.on_packet_sent(next);
    AckSample sample;
    sample.largest_acked = next++;
    sample.acked_bytes = acked_bytes;
    sample.rtt_sample = rtt;
    sample.smoothed_rtt = rtt;
    sample.min_rtt = kMinRtt;
    sample.rate = rate;
    floor.on_loss(lost_bytes);
    floor.on_ack(sample, kDatagram);
  }
  void rounds(int count, RateSample rate, Duration rtt = kMinRtt, std::uint64_t lost_bytes = 0) {
    for (int i = 0; i < count; ++i) round(rate, rtt, lost_bytes);
  }
};

void without_a_rate_there_is_no_floor(void**) { assert_int_equal(BandwidthFloor().window_bytes(), 0); }

// Threat A-6.
void what_came_late_is_no_share_lost_A6(void**) {
  Path path;
  for (int i = 0; i < 20; ++i) {
    path.floor.on_loss(40'000);
    path.floor.on_spurious_loss(40'000);
    path.round(kRate);
  }
  path.floor.on_spurious_loss(1);
  assert_int_equal(path.floor.loss_rate(), 0);
}

void over_an_empty_queue_it_leans_above_the_path(void**) {
  Path path;
  path.rounds(3, kRate, kMinRtt);
  assert_int_equal(path.floor.window_bytes(), kPath * 104 / 100);
  path.rounds(3, kRate, 53ms);  // 50 * 1.05 + 0.5
  assert_int_equal(path.floor.window_bytes(), kPath * 104 / 100);
}

void over_a_standing_queue_it_leans_below(void**) {
  Path path;
  path.round(kRate, kMinRtt);
  path.rounds(3, kRate, 53ms + 1ns);
  assert_int_equal(path.floor.window_bytes(), kPath * 92 / 100);
}

void one_low_round_trip_in_two_rounds_is_an_empty_queue(void**) {
  Path path;
  path.round(kRate, kMinRtt);
  path.rounds(3, kRate, 80ms);
  path.round(kRate, 51ms);
  path.round(kRate, 80ms);
  assert_int_equal(path.floor.window_bytes(), kPath * 104 / 100);
  path.round(kRate, 80ms);
  assert_int_equal(path.floor.window_bytes(), kPath * 92 / 100);
}

void loss_is_made_up_for(void**) {
  Path path;
  path.round(kRate);
  path.rounds(200, kRate, kShortQueue, 100'000 / 9);  // one byte in ten
  assert_in_range(path.floor.loss_rate(), (1 << 20) * 99 / 1000, (1 << 20) * 101 / 1000);
  assert_in_range(path.floor.window_bytes(), kPath * 1153 / 1000, kPath * 1158 / 1000);  // 1.04 / 0.9
}

void at_most_15_percent_are_made_up_for(void**) {
  Path path;
  path.round(kRate);
  path.rounds(200, kRate, kShortQueue, 100'000 * 18 / 82);
  assert_in_range(path.floor.window_bytes(), kPath * 1222 / 1000, kPath * 1225 / 1000);  // 1.04 / 0.85
}

void beyond_20_percent_it_is_congestion(void**) {
  Path path;
  path.round(kRate);
  path.rounds(200, kRate, kShortQueue, 100'000 * 22 / 78);
  assert_int_equal(path.floor.window_bytes(), 0);
  path.rounds(20, kRate, kMinRtt);
  assert_true(path.floor.window_bytes() > 0);
}

void the_bandwidth_is_the_best_of_ten_rounds(void**) {
  Path path;
  path.round(kRate);
  path.rounds(9, {1'000'000, false});
  assert_int_equal(path.floor.bandwidth(), 2'500'000);
  path.round({1'000'000, false});
  assert_int_equal(path.floor.bandwidth(), 1'000'000);
}

// Others pause, or chance is kind: what one round delivered is not held against them.
void a_single_round_does_not_lift_the_floor(void**) {
  Path path;
  path.rounds(3, kRate);
  path.round({5'000'000, false});
  path.round(kRate);
  assert_int_equal(path.floor.bandwidth(), 5'000'000);
  assert_int_equal(path.floor.window_bytes(), kPath * 104 / 100);
  path.round({4'000'000, false});
  assert_int_equal(path.floor.window_bytes(), 200'000 * 104 / 100);
}

void an_idle_application_does_not_lower_it_at_once(void**) {
  Path path;
  path.round(kRate);
  path.rounds(5, {10'000, true});
  assert_int_equal(path.floor.bandwidth(), 2'500'000);
  path.round({3'000'000, true});  // more than known is more, whoever held it down
  assert_int_equal(path.floor.bandwidth(), 3'000'000);
}

void a_mark_suspends_it_for_the_round(void**) {
  Path path;
  path.rounds(3, kRate);
  path.floor.on_ecn_ce();
  assert_int_equal(path.floor.window_bytes(), 0);
  path.round(kRate);  // begins with the ack that told of it
  assert_int_equal(path.floor.window_bytes(), 0);
  path.round(kRate);
  assert_true(path.floor.window_bytes() > 0);
}

void three_rounds_without_a_quarter_more_are_flat(void**) {
  Path path;
  std::uint64_t rate = 1'000'000;
  for (int i = 0; i < 8; ++i) path.round({rate = rate * 5 / 4 + 1, false});
  assert_false(path.floor.bandwidth_is_flat());
  path.rounds(3, {rate, false});
  assert_false(path.floor.bandwidth_is_flat());
  path.round({rate, false});
  assert_true(path.floor.bandwidth_is_flat());
}

void rounds_held_down_by_the_application_are_not_flat(void**) {
  Path path;
  path.round(kRate);
  path.rounds(20, {2'400'000, true});
  assert_false(path.floor.bandwidth_is_flat());
}

void behind_a_policer_it_stays_below_the_rate_and_makes_up_for_nothing(void**) {
  Path path;
  path.rounds(20, kRate, kMinRtt, 100'000 / 4);
  assert_int_equal(path.floor.window_bytes(), kPath * 95 / 100);
}

// At 10 Mbit/s a packet of 1,200 bytes takes a millisecond; what is small arrives sooner without being a
// measure.
void the_round_trip_of_large_packets_counts(void**) {
  Path path;
  path.round(kRate, kMinRtt, 0, 60);
  path.rounds(3, kRate, 54ms);
  assert_int_equal(path.floor.window_bytes(), 135'000 * 104 / 100);
}

void what_no_longer_holds_is_forgotten(void**) {
  Path path;
  path.rounds(20, kRate, kMinRtt, 50'000);
  path.floor.reset();
  assert_int_equal(path.floor.bandwidth(), 0);
  assert_int_equal(path.floor.loss_rate(), 0);
  assert_int_equal(path.floor.window_bytes(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_a_rate_there_is_no_floor),
      cmocka_unit_test(what_came_late_is_no_share_lost_A6),
      cmocka_unit_test(over_an_empty_queue_it_leans_above_the_path),
      cmocka_unit_test(over_a_standing_queue_it_leans_below),
      cmocka_unit_test(one_low_round_trip_in_two_rounds_is_an_empty_queue),
      cmocka_unit_test(loss_is_made_up_for),
      cmocka_unit_test(at_most_15_percent_are_made_up_for),
      cmocka_unit_test(beyond_20_percent_it_is_congestion),
      cmocka_unit_test(the_bandwidth_is_the_best_of_ten_rounds),
      cmocka_unit_test(a_single_round_does_not_lift_the_floor),
      cmocka_unit_test(an_idle_application_does_not_lower_it_at_once),
      cmocka_unit_test(a_mark_suspends_it_for_the_round),
      cmocka_unit_test(three_rounds_without_a_quarter_more_are_flat),
      cmocka_unit_test(rounds_held_down_by_the_application_are_not_flat),
      cmocka_unit_test(behind_a_policer_it_stays_below_the_rate_and_makes_up_for_nothing),
      cmocka_unit_test(the_round_trip_of_large_packets_counts),
      cmocka_unit_test(what_no_longer_holds_is_forgotten),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
