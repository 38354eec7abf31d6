#include "congestion/recovery_period.hpp"

#include "support/cmocka.hpp"

using rudp::congestion::RecoveryPeriod;

namespace {

void it_covers_what_was_sent_before_it_began(void**) {
  RecoveryPeriod period;
  for (rudp::PacketNumber number = 0; number <= 9; ++number) period.on_packet_sent(number);
  assert_false(period.covers(0));
  period.enter();
  period.on_packet_sent(10);
  assert_true(period.covers(0) && period.covers(9));
  assert_false(period.covers(10));
}

void it_can_be_ended(void**) {
  RecoveryPeriod period;
  period.on_packet_sent(9);
  period.enter();
  period.clear();
  assert_false(period.covers(9));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(it_covers_what_was_sent_before_it_began),
      cmocka_unit_test(it_can_be_ended),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
