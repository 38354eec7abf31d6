// Control frames beyond what an honest packet holds are counted, and there is an end to them.
#include "connection/glitch_budget.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp;
using connection::GlitchBudget;
using connection::kControlFramesFree;
using connection::kGlitchesMax;

namespace {

// Threat P6.
void honest_packets_cost_nothing(void**) {
  GlitchBudget budget;
  for (int i = 0; i < 1'000'000; ++i) assert_true(budget.take(Instant(), kControlFramesFree));
  assert_int_equal(budget.left(), kGlitchesMax);
}

// Threat P6.
void what_is_beyond_is_taken_from_the_budget_until_it_is_empty(void**) {
  GlitchBudget budget;
  assert_true(budget.take(Instant(), kControlFramesFree + 600));
  assert_true(budget.take(Instant(), kControlFramesFree + 400));
  assert_false(budget.take(Instant(), kControlFramesFree + 1));
}

void glitches_come_back_slowly_and_never_beyond_the_whole(void**) {
  GlitchBudget budget;
  assert_true(budget.take(Instant() + 1s, kControlFramesFree + kGlitchesMax));
  assert_true(budget.take(Instant() + 11s, kControlFramesFree + 330));
  assert_false(budget.take(Instant() + 11s, kControlFramesFree + 1));
  assert_true(budget.take(Instant() + 10h, kControlFramesFree + kGlitchesMax));
  assert_false(budget.take(Instant() + 10h, kControlFramesFree + 1));
}

void data_and_padding_are_no_control_frames(void**) {
  assert_false(connection::is_control(wire::PaddingFrame{}));
  assert_false(connection::is_control(wire::MessageFrame{}));
  assert_true(connection::is_control(wire::PingFrame{}));
  assert_true(connection::is_control(wire::MaxMsgDataFrame{}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(honest_packets_cost_nothing),
      cmocka_unit_test(what_is_beyond_is_taken_from_the_budget_until_it_is_empty),
      cmocka_unit_test(glitches_come_back_slowly_and_never_beyond_the_whole),
      cmocka_unit_test(data_and_padding_are_no_control_frames),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
