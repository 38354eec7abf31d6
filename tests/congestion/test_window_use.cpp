#include "congestion/window_use.hpp"

#include "support/cmocka.hpp"

using rudp::congestion::WindowUse;

namespace {

constexpr bool kDoubling = true;
constexpr bool kAvoidance = false;

// Threat C1.
void an_unused_window_is_not_full_C1(void**) {
  WindowUse use;
  assert_false(use.is_full(12'000, kDoubling, 2400));
  use.on_packet_sent(0, 1200);
  assert_false(use.is_full(12'000, kDoubling, 2400));
  assert_false(use.is_full(12'000, kAvoidance, 2400));
}

// Threat C1.
void while_doubling_half_of_it_is_enough(void**) {
  WindowUse use;
  use.on_packet_sent(0, 6000);
  assert_false(use.is_full(12'000, kDoubling, 0));
  use.on_packet_sent(1, 6001);
  assert_true(use.is_full(12'000, kDoubling, 0));
}

// Threat C1.
void in_avoidance_the_slack_may_be_missing(void**) {
  WindowUse use;
  use.on_packet_sent(0, 9600);
  assert_true(use.is_full(12'000, kAvoidance, 2400));
  assert_false(use.is_full(12'001, kAvoidance, 2400));
}

void the_peak_is_kept_for_one_more_round(void**) {
  WindowUse use;
  use.on_packet_sent(0, 12'000);
  use.on_ack(0);  // round 1 begins, the peak before it is known
  use.on_packet_sent(1, 1200);
  assert_true(use.is_full(12'000, kAvoidance, 0));
  use.on_ack(1);
  use.on_packet_sent(2, 1200);
  assert_false(use.is_full(12'000, kAvoidance, 0));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_unused_window_is_not_full_C1),
      cmocka_unit_test(while_doubling_half_of_it_is_enough),
      cmocka_unit_test(in_avoidance_the_slack_may_be_missing),
      cmocka_unit_test(the_peak_is_kept_for_one_more_round),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
