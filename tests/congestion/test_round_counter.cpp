#include "congestion/round_counter.hpp"

#include "support/cmocka.hpp"

using rudp::congestion::RoundCounter;

namespace {

void a_round_ends_with_a_packet_sent_after_it_began(void**) {
  RoundCounter rounds;
  for (rudp::PacketNumber number = 0; number < 10; ++number) rounds.on_packet_sent(number);
  assert_true(rounds.on_ack(0));
  for (rudp::PacketNumber number = 1; number < 10; ++number) assert_false(rounds.on_ack(number));
  rounds.on_packet_sent(10);
  assert_true(rounds.on_ack(10));
  assert_int_equal(rounds.rounds(), 2);
}

void an_old_ack_begins_nothing(void**) {
  RoundCounter rounds;
  rounds.on_packet_sent(5);
  assert_true(rounds.on_ack(5));
  assert_false(rounds.on_ack(5));
  assert_false(rounds.on_ack(1));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_round_ends_with_a_packet_sent_after_it_began),
      cmocka_unit_test(an_old_ack_begins_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
