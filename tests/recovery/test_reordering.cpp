// What counts as lost on a path that reorders: it follows what is seen, up to a bound, and is forgotten
// again.
#include <chrono>

#include "recovery/reordering.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::recovery;

namespace {

void on_a_path_that_keeps_the_order_the_thresholds_stay(void**) {
  Reordering path(LossThresholds{});
  path.on_overtaken(2);
  path.on_lost(10, 20);
  path.settle();
  assert_int_equal(path.thresholds().packets, 3);
  assert_int_equal(path.thresholds().time_numerator, 9);
}

// Threat A-6.
void what_came_late_once_is_waited_for_the_next_time(void**) {
  Reordering path(LossThresholds{});
  path.on_late(120ms, 100ms);
  path.settle();
  assert_int_equal(path.thresholds().packets, kNoPacketThreshold);
  assert_int_equal(path.thresholds().time_numerator, 10);  // 125 ms
  path.on_late(110ms, 100ms);
  assert_int_equal(path.thresholds().time_numerator, 10);
}

// Threat A-6.
void no_peer_makes_the_sender_wait_longer_than_two_round_trips(void**) {
  Reordering path(LossThresholds{});
  for (const rudp::Duration late : {rudp::Duration(3s), rudp::Duration::max() / 1000, -rudp::Duration(1s)})
    path.on_late(late, 100ms);
  path.on_late(1s, 0ms);
  assert_int_equal(path.thresholds().time_numerator, kTimeThresholdMax * path.thresholds().time_denominator);
}

/// So many round trips in which something was lost, and nothing came out of order.
void lose(Reordering& path, std::uint32_t rounds, rudp::PacketNumber& next) {
  for (std::uint32_t round = 0; round < rounds; ++round) {
    path.on_lost(next + 1, next + 10);
    path.on_lost(next + 2, next + 11);  // of the same round trip
    next += 10;
  }
  path.settle();
}

void reordering_that_stopped_is_forgotten_after_some_losses(void**) {
  Reordering path(LossThresholds{});
  rudp::PacketNumber next = 0;
  path.on_late(120ms, 100ms);
  lose(path, kReorderingRounds - 1, next);
  assert_int_equal(path.thresholds().time_numerator, 10);
  lose(path, 1, next);
  assert_int_equal(path.thresholds().packets, 3);
  assert_int_equal(path.thresholds().time_numerator, 9);
}

// With thresholds that fit, nothing is declared lost that comes late: the lateness itself has to be seen.
void reordering_that_goes_on_is_remembered(void**) {
  Reordering path(LossThresholds{});
  rudp::PacketNumber next = 0;
  path.on_late(120ms, 100ms);
  for (int times = 0; times < 5; ++times) {
    lose(path, kReorderingRounds - 1, next);
    path.on_overtaken(3);
  }
  assert_int_equal(path.thresholds().time_numerator, 10);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(on_a_path_that_keeps_the_order_the_thresholds_stay),
      cmocka_unit_test(what_came_late_once_is_waited_for_the_next_time),
      cmocka_unit_test(no_peer_makes_the_sender_wait_longer_than_two_round_trips),
      cmocka_unit_test(reordering_that_stopped_is_forgotten_after_some_losses),
      cmocka_unit_test(reordering_that_goes_on_is_remembered),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
