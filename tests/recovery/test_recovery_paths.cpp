// Recovery beside and after another path.
#include "recovery/peer.hpp"
#include "recovery/recovery.hpp"

#include "support/cmocka.hpp"

using namespace test;

namespace {

OutgoingPacket path_probe() {
  OutgoingPacket probe;
  probe.ack_eliciting = false;
  probe.in_flight = false;
  probe.purpose = PacketPurpose::path_probe;
  return probe;
}

// Threats M3, A-11.
void what_went_over_another_path_says_nothing_of_this_one(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 5);
  for (PacketNumber number = 5; number < 10; ++number) peer.send(at(0ms), path_probe(), number);
  // Answered at once, with one packet of this path: neither a round trip of 1 ms nor a loss follows.
  const AckOutcome outcome = peer.ack(at(1ms), {{5, 9}, {0, 0}});
  assert_true(outcome.newly_acked);
  assert_false(outcome.rtt_sample.has_value());
  assert_int_equal(outcome.lost.packets, 0);
  assert_int_equal(peer.recovery.bytes_in_flight(), 4000);
  assert_true(peer.recovery.rtt().smoothed_rtt() == 100ms);
  // And their own loss is none.
  for (PacketNumber number = 10; number < 15; ++number) peer.send(at(2ms), path_probe(), number);
  peer.send_many(at(3ms), 5);
  assert_int_equal(peer.ack(at(103ms), {{15, 19}, {1, 4}}).lost.packets, 0);
  assert_false(peer.recovery.timeout().has_value());
}

// A server whose client an attacker forwards for looks at his address in every round trip. With a round trip
// that stays at 100 ms all of a queue of 200 ms would be lost. Threats M3, A-11.
void a_path_that_became_slower_is_told_by_acks_that_end_with_another_path_s_packets(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.send(at(199ms), path_probe(), 1);
  assert_true(*peer.ack(at(200ms), {{0, 1}}).rtt_sample == 200ms);
  assert_true(peer.recovery.rtt().smoothed_rtt() > 100ms);
}

// The peer had acknowledged packet 0 long before, and that ack was lost.
void an_ack_that_comes_very_late_is_no_slow_path(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.send(at(9900ms), path_probe(), 1);
  assert_true(*peer.ack(at(10s), {{0, 1}}).rtt_sample == 200ms);
  assert_true(peer.recovery.rtt().smoothed_rtt() < 200ms);
}

// Another network may keep the order.
void another_path_begins_with_the_least_thresholds(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 8);
  peer.ack(at(100ms), {{1, 7}});
  peer.ack(at(120ms), {{0, 7}});
  peer.recovery.begin_path(100ms);
  peer.send_many(at(200ms), 8);
  assert_int_equal(peer.ack(at(300ms), {{9, 15}}).lost.packets, 1);
}

void what_was_given_up_is_handed_back_once_and_is_no_spurious_loss(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 3);
  peer.send_many(at(50ms), 3);
  const LossReport lost = peer.recovery.give_up(at(20ms));
  assert_true(ids(lost.frames) == (Ids{3, 4, 5}));
  assert_false(lost.persistent_congestion);
  assert_int_equal(peer.recovery.bytes_in_flight(), 3000);
  assert_true(peer.recovery.give_up(at(20ms)).frames.empty());
  const AckOutcome late = peer.ack(at(100ms), {{0, 5}});
  assert_int_equal(late.spurious_packets, 0);
  assert_true(ids(late.spurious_frames) == (Ids{3, 4, 5}));
  assert_true(ids(late.acked_frames) == (Ids{0, 1, 2}));
}

void a_probe_and_its_original_that_are_given_up_hand_back_each_frame(void**) {
  Peer peer;
  peer.settle();
  const PacketNumber original = peer.send(at(0ms));
  peer.send(at(120ms), original);
  assert_true(ids(peer.recovery.give_up(at(0ms)).frames) == (Ids{original}));
  assert_int_equal(peer.recovery.bytes_in_flight(), 0);
  assert_false(peer.recovery.timeout().has_value());
}

void another_network_has_another_round_trip(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 3);
  peer.recovery.give_up(Instant::min());
  peer.recovery.begin_path(20ms);
  assert_true(peer.recovery.rtt().smoothed_rtt() == 20ms);
  peer.send(at(200ms));
  assert_true(peer.ack(at(230ms), {{3, 3}}).rtt_sample == 30ms);
  assert_true(peer.recovery.rtt().min_rtt() == 30ms);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_went_over_another_path_says_nothing_of_this_one),
      cmocka_unit_test(a_path_that_became_slower_is_told_by_acks_that_end_with_another_path_s_packets),
      cmocka_unit_test(an_ack_that_comes_very_late_is_no_slow_path),
      cmocka_unit_test(another_path_begins_with_the_least_thresholds),
      cmocka_unit_test(what_was_given_up_is_handed_back_once_and_is_no_spurious_loss),
      cmocka_unit_test(a_probe_and_its_original_that_are_given_up_hand_back_each_frame),
      cmocka_unit_test(another_network_has_another_round_trip),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
