#include "recovery/recovery.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "recovery/peer.hpp"
#include "recovery/probe_timeout.hpp"

#include "support/cmocka.hpp"

using namespace test;

namespace {

void an_ack_gives_back_the_frames_and_the_round_trip(void**) {
  Peer peer;
  peer.send_many(at(0ms), 3);
  const AckOutcome outcome = peer.ack(at(80ms), {{0, 2}});
  assert_true(outcome.newly_acked && !outcome.ack_only);
  assert_true(ids(outcome.acked_frames) == (Ids{0, 1, 2}));
  assert_int_equal(outcome.acked_bytes, 3000);
  assert_true(outcome.rtt_sample == 80ms);
  assert_int_equal(outcome.newest->number, 2);
  assert_int_equal(peer.recovery.bytes_in_flight(), 0);
  assert_false(peer.recovery.timeout().has_value());
}

void a_repeated_ack_says_nothing_new(void**) {
  Peer peer;
  peer.send_many(at(0ms), 3);
  peer.ack(at(80ms), {{0, 2}});
  const AckOutcome outcome = peer.ack(at(200ms), {{0, 2}});
  assert_false(outcome.newly_acked || outcome.rtt_sample || outcome.newest);
  assert_int_equal(outcome.acked_frames.size(), 0);
}

// Threat A-2.
void an_ack_of_a_number_never_sent_is_refused_A2(void**) {
  Peer peer;
  peer.send_many(at(0ms), 3);
  peer.refuse({{0, 3}});
  peer.refuse({{rudp::kPacketNumberMax, rudp::kPacketNumberMax}});
  peer.refuse({{0, std::numeric_limits<std::uint64_t>::max()}});
  assert_int_equal(peer.recovery.bytes_in_flight(), 3000);
}

// Threat A-1.
void an_ack_of_a_skipped_number_is_refused_and_changes_nothing_A1(void**) {
  Peer peer;
  peer.send_many(at(0ms), 3);
  peer.recovery.mark_skipped(peer.next++);
  peer.send_many(at(0ms), 3);
  peer.refuse({{0, 6}});
  peer.refuse({{3, 3}});
  peer.refuse({{5, 6}, {0, 3}});
  assert_int_equal(peer.recovery.bytes_in_flight(), 6000);
  assert_int_equal(peer.ack(at(1s), {{4, 6}, {0, 2}}).acked_frames.size(), 6);
}

// Threat A-1.
void a_skipped_number_is_told_long_after_its_neighbours_were_acked_A1(void**) {
  Peer peer;
  peer.send_many(at(0ms), 3);
  peer.recovery.mark_skipped(peer.next++);
  peer.send_many(at(0ms), 100);
  peer.ack(at(50ms), {{4, 50}, {0, 2}});
  peer.refuse({{0, 51}});
}

// Threat A-2.
void malformed_ranges_are_refused_A2(void**) {
  Peer peer;
  peer.send_many(at(0ms), 10);
  peer.refuse({});
  peer.refuse({{5, 4}});
  peer.refuse({{2, 3}, {6, 7}});
  peer.refuse({{4, 7}, {4, 4}});
  peer.refuse(std::vector<PacketRange>(rudp::kAckRangesMax + 1, {1, 1}));
}

void three_later_packets_acked_make_a_loss(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 5);
  const AckOutcome early = peer.ack(at(100ms), {{1, 2}});
  assert_false(early.lost.is_congestion());
  const AckOutcome outcome = peer.ack(at(100ms), {{1, 3}});
  assert_true(outcome.lost.is_congestion());
  assert_true(ids(outcome.lost.frames) == (Ids{0}));
  assert_int_equal(outcome.lost.bytes, 1000);
  assert_int_equal(outcome.lost.packets, 1);
  assert_int_equal(outcome.lost.largest, 0);
  assert_int_equal(peer.recovery.bytes_in_flight(), 1000);
}

void skipped_numbers_are_no_reordering(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.recovery.mark_skipped(peer.next++);
  peer.send_many(at(0ms), 2);
  assert_false(peer.ack(at(100ms), {{2, 3}}).lost.is_congestion());
}

void an_overtaken_packet_is_lost_after_nine_eighths_of_a_round_trip(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 2);
  peer.ack(at(100ms), {{1, 1}});
  assert_true(*peer.recovery.timeout() == at(112500us));
  assert_false(peer.recovery.on_timeout(at(112ms)).lost.is_congestion());
  const TimeoutOutcome outcome = peer.recovery.on_timeout(at(112500us));
  assert_true(ids(outcome.lost.frames) == (Ids{0}));
  assert_int_equal(outcome.probes.size(), 0);
  assert_false(peer.recovery.timeout().has_value());
}

// Threat A-6.
void a_lost_packet_that_arrives_after_all_is_recognised_A6(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 8);
  assert_int_equal(peer.ack(at(100ms), {{1, 7}}).lost.packets, 1);
  const AckOutcome late = peer.ack(at(110ms), {{0, 7}});
  assert_true(late.newly_acked);
  assert_true(ids(late.spurious_frames) == (Ids{0}));
  assert_int_equal(late.spurious_packets, 1);
  assert_int_equal(late.spurious_bytes, 1000);
  assert_int_equal(late.acked_bytes, 0);
  assert_int_equal(peer.recovery.bytes_in_flight(), 0);
}

// What came late once is waited for the next time. Threat A-6.
void the_thresholds_follow_a_path_that_reorders(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 8);
  assert_int_equal(peer.ack(at(100ms), {{1, 7}}).lost.packets, 1);
  peer.ack(at(120ms), {{0, 7}});
  peer.send_many(at(200ms), 8);
  assert_int_equal(peer.ack(at(300ms), {{9, 15}}).lost.packets, 0);
  assert_int_equal(peer.ack(at(320ms), {{8, 15}}).lost.packets, 0);
}

void a_lost_mtu_probe_is_no_congestion(void**) {
  Peer peer;
  peer.settle();
  OutgoingPacket probe;
  probe.purpose = PacketPurpose::mtu_probe;
  peer.send(at(0ms), probe, 99);
  peer.send_many(at(0ms), 4);
  const AckOutcome outcome = peer.ack(at(100ms), {{1, 4}});
  assert_false(outcome.lost.is_congestion());
  assert_int_equal(outcome.lost.bytes, 0);
  assert_int_equal(outcome.lost.mtu_probes, 1);
  assert_true(ids(outcome.lost.frames) == (Ids{99}));
}

void acks_of_acks_give_no_round_trip(void**) {
  Peer peer;
  peer.send_ack_only(at(0ms));
  const AckOutcome outcome = peer.ack(at(900ms), {{0, 0}});
  assert_true(outcome.newly_acked && outcome.ack_only);
  assert_int_equal(outcome.acked_bytes, 0);
  assert_false(outcome.rtt_sample.has_value());
  assert_false(outcome.newest.has_value());
}

void a_packet_that_elicits_nothing_arms_no_timer(void**) {
  Peer peer;
  peer.send_ack_only(at(0ms));
  assert_false(peer.recovery.timeout().has_value());
}

void a_thin_flow_is_probed_from_its_oldest_packet_A7(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.send(at(33ms));
  peer.send(at(66ms));
  assert_true(*peer.recovery.timeout() == at(110ms));
  const TimeoutOutcome outcome = peer.recovery.on_timeout(at(110ms));
  assert_int_equal(outcome.probes.size(), 1);
  assert_int_equal(outcome.probes[0].copy_of, 0);
  assert_true(ids(outcome.probes[0].frames) == (Ids{0}));
  assert_false(outcome.lost.is_congestion());
  peer.send(at(110ms), 0);
  assert_true(*peer.recovery.timeout() == at(143ms));  // the next packet's own time
}

void the_second_and_third_thin_probe_are_two_datagrams_and_later_ones_go_on_alone(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  const std::size_t datagrams[] = {1, 2, 2, 1, 1, 1};
  Instant now = at(0ms);
  for (const std::size_t expected : datagrams) {
    assert_true(*peer.recovery.timeout() == now + 110ms);
    now = *peer.recovery.timeout();
    const TimeoutOutcome outcome = peer.recovery.on_timeout(now);
    assert_int_equal(outcome.probes.size(), expected);
    for (std::size_t i = 0; i < expected; ++i) peer.send(now, 0);
  }
  assert_int_equal(peer.recovery.pto_count(), 6);
}

void thin_packets_asked_after_in_vain_take_turns(void**) {
  Peer peer;
  peer.settle();
  for (int packet = 0; packet < 3; ++packet) peer.send(at(packet * 10ms));
  Instant now = at(0ms);
  while (now < at(400ms)) {
    now = *peer.recovery.timeout();
    peer.recovery.on_timeout(now);
  }
  for (const PacketNumber turn : {1u, 2u, 0u, 1u, 2u}) {
    assert_true(*peer.recovery.timeout() == now + 110ms);
    now = *peer.recovery.timeout();
    const TimeoutOutcome outcome = peer.recovery.on_timeout(now);
    assert_int_equal(outcome.probes.size(), 1);
    assert_int_equal(outcome.probes[0].copy_of, turn);
  }
}

void a_probe_that_could_not_leave_does_not_leave_the_timer_due(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.recovery.on_timeout(at(110ms));
  assert_true(*peer.recovery.timeout() > at(110ms));
}

// The first period is RFC 9002's; the next ones allow for no delay of the ack, and last 15 s before they
// grow.
void a_thick_flow_is_asked_once_a_period_before_it_backs_off_A4(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 8);
  assert_false(peer.recovery.is_thin());
  assert_true(peer.recovery.pto() == 126ms);  // 100 + granularity + 25
  assert_true(*peer.recovery.timeout() == at(126ms));
  Instant now = at(126ms);
  while (now - at(126ms) < kSilenceWithoutBackoff) {
    assert_int_equal(peer.recovery.on_timeout(now).probes.size(), 1);
    assert_true(*peer.recovery.timeout() == now + 101ms);
    now = *peer.recovery.timeout();
  }
  for (int doubling = 1; doubling <= 3; ++doubling) {
    assert_int_equal(peer.recovery.on_timeout(now).probes.size(), 1);
    assert_true(*peer.recovery.timeout() == now + 101ms * (1 << doubling));
    now = *peer.recovery.timeout();
  }
  peer.ack(now, {{0, 0}});
  assert_int_equal(peer.recovery.pto_count(), 0);
}

// Its client may be gone for good. One that is there again is asked at once, whatever it says.
void a_server_backs_off_from_the_first_probe_until_it_hears_its_client_A4(void**) {
  Peer peer;
  RecoveryConfig config;
  config.is_server = true;
  peer.recovery = Recovery(config);
  peer.settle();
  peer.send_many(at(0ms), 8);
  Instant now = *peer.recovery.timeout();
  for (const Duration period : {202ms, 404ms, 404ms}) {
    assert_int_equal(peer.recovery.on_timeout(now).probes.size(), 1);
    assert_true(*peer.recovery.timeout() == now + period);
    now += period;
  }
  peer.recovery.on_peer_heard(now - 100ms);
  assert_true(*peer.recovery.timeout() <= now - 100ms);
}

void few_packets_of_a_backlog_are_no_thin_flow_C7(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 2);
  assert_true(peer.recovery.is_thin());
  peer.recovery.set_backlog(true);
  assert_false(peer.recovery.is_thin());
  assert_true(*peer.recovery.timeout() == at(126ms));
  const TimeoutOutcome outcome = peer.recovery.on_timeout(at(126ms));
  assert_int_equal(outcome.probes.size(), 1);
  assert_false(outcome.probes[0].is_awaited);
}

// Early probes of a talk that is answered badly, then a file: its first probe is due after one period.
void timeouts_of_a_thin_flow_do_not_slow_a_thick_one_A4(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  Instant now = at(0ms);
  for (int probe = 0; probe < 8; ++probe) {
    now = *peer.recovery.timeout();
    peer.recovery.on_timeout(now);
    peer.send(now, 0);
  }
  peer.send_many(now, 6);
  assert_false(peer.recovery.is_thin());
  assert_true(*peer.recovery.timeout() <= now + peer.recovery.pto());
  now = *peer.recovery.timeout();
  assert_int_equal(peer.recovery.on_timeout(now).probes.size(), 1);
  assert_true(*peer.recovery.timeout() <= now + peer.recovery.pto());
}

void a_thick_flow_probes_with_its_oldest(void**) {
  Peer peer;
  peer.settle();
  peer.send_ack_only(at(0ms));
  peer.send_many(at(0ms), 8);
  for (int round = 0; round < 2; ++round) {
    const TimeoutOutcome outcome = peer.recovery.on_timeout(*peer.recovery.timeout());
    assert_int_equal(outcome.probes.size(), 1);
    assert_true(ids(outcome.probes[0].frames) == (Ids{1}));
  }
}

void back_off_ends_and_probing_goes_on_A4(void**) {
  Peer peer;
  peer.settle();
  peer.send_many(at(0ms), 8);
  Instant now = at(0ms);
  for (int probe = 0; probe < 100; ++probe) {
    const Instant due = *peer.recovery.timeout();
    assert_true(due > now && due - now <= backed_off(peer.recovery.pto(), kBackoffDoublingsMax));
    now = due;
    assert_true(peer.recovery.on_timeout(now).probes.size() >= 1);
  }
}

void an_original_whose_copy_is_under_way_hands_nothing_back(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.recovery.on_timeout(at(110ms));
  peer.send(at(110ms), 0);
  peer.send(at(111ms));
  peer.send_many(at(112ms), 2);
  const AckOutcome outcome = peer.ack(at(212ms), {{2, 3}});
  assert_int_equal(outcome.lost.packets, 1);
  assert_int_equal(outcome.lost.frames.size(), 0);
  assert_true(peer.recovery.is_thin());  // the copy stands in for the original
  const TimeoutOutcome later = peer.recovery.on_timeout(*peer.recovery.timeout());
  assert_true(ids(later.lost.frames) == (Ids{0}));
}

void a_lost_copy_hands_back_nothing_while_a_newer_one_is_under_way(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  peer.recovery.on_timeout(at(110ms));
  peer.send(at(110ms), 0);
  peer.recovery.on_timeout(at(220ms));
  peer.send(at(220ms), 0);
  peer.send(at(220ms), 0);
  const AckOutcome outcome = peer.ack(at(320ms), {{3, 3}});
  assert_true(ids(outcome.acked_frames) == (Ids{0}));
  assert_int_equal(outcome.lost.packets, 2);  // the original and the first copy, both older than 9/8 RTT
}

void losing_every_probe_is_survived_A11(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(0ms));
  for (int round = 0; round < 40; ++round) {
    const Instant now = *peer.recovery.timeout();
    const TimeoutOutcome outcome = peer.recovery.on_timeout(now);
    std::vector<PacketNumber> copies;
    for (const Probe& probe : outcome.probes) copies.push_back(probe.copy_of);
    for (const PacketNumber of : copies) peer.send(now, of);
  }
  const Instant now = *peer.recovery.timeout();
  const PacketNumber newest = peer.send(now);
  const AckOutcome outcome = peer.ack(now + 100ms, {{newest, newest}});
  assert_true(ids(outcome.lost.frames).size() >= 1);
  while (peer.recovery.timeout()) peer.recovery.on_timeout(*peer.recovery.timeout());
  assert_int_equal(peer.recovery.bytes_in_flight(), 0);
}

void losses_that_span_three_probe_periods_are_persistent_C5(void**) {
  Peer peer;
  peer.settle();
  for (int i = 0; i < 10; ++i) {
    peer.send(at(50ms + i * 60ms));
    peer.send_ack_only(at(50ms + i * 60ms));
  }
  const PacketNumber last = peer.send(at(700ms));
  assert_true(peer.ack(at(800ms), {{last, last}}).lost.persistent_congestion);
}

void losses_around_an_acked_packet_are_not_persistent(void**) {
  Peer peer;
  peer.settle();
  for (int i = 0; i < 10; ++i) peer.send(at(50ms + i * 60ms));
  const PacketNumber last = peer.send(at(700ms));
  const AckOutcome outcome = peer.ack(at(800ms), {{last, last}, {5, 5}});
  assert_true(outcome.lost.packets > 5);
  assert_false(outcome.lost.persistent_congestion);
}

void a_clock_that_stands_still_jumps_or_runs_back_is_survived_A10(void**) {
  Peer peer;
  const Instant times[] = {at(0ms),        at(0ms),
                           at(1h),         at(-1h),
                           Instant::max(), Instant::from_ns(std::numeric_limits<std::int64_t>::min()),
                           at(5ms)};
  for (const Instant sent_at : times) {
    for (const Instant acked_at : times) {
      const PacketNumber first = peer.next;
      peer.send_many(sent_at, 6);
      peer.send_ack_only(sent_at);
      peer.recovery.on_timeout(acked_at);
      peer.ack(acked_at, {{first + 4, first + 5}}, Duration::max());
      peer.recovery.on_timeout(Instant::max());
      assert_true(peer.recovery.rtt().smoothed_rtt() > 0ns);
    }
  }
  const PacketNumber last = peer.send(at(10ms));
  peer.ack(at(20ms), {{last, last}});
  while (peer.recovery.timeout()) peer.recovery.on_timeout(*peer.recovery.timeout());
  assert_int_equal(peer.recovery.bytes_in_flight(), 0);
}

void a_clock_that_runs_back_gives_no_round_trip_A10(void**) {
  Peer peer;
  peer.settle();
  peer.send(at(50ms));
  assert_false(peer.ack(at(20ms), {{0, 0}}).rtt_sample.has_value());
  assert_true(peer.recovery.rtt().min_rtt() == 100ms);
}

void a_packet_sent_before_the_clock_jumped_gives_no_round_trip_A10(void**) {
  Peer peer;
  peer.settle();
  const PacketNumber before = peer.send(at(50ms));
  peer.recovery.on_clock_jump(at(1h));
  assert_false(peer.ack(at(1h), {{before, before}}).rtt_sample.has_value());
  const PacketNumber after = peer.send(at(1h));
  assert_true(peer.ack(at(1h + 100ms), {{after, after}}).rtt_sample.has_value());
  assert_true(peer.recovery.rtt().smoothed_rtt() <= 100ms);
}

void absurd_ack_delays_of_the_peer_keep_timers_finite_A5(void**) {
  Peer peer;
  peer.recovery.set_peer_max_ack_delay(Duration::max());
  assert_true(peer.recovery.pto() < 10min);
  peer.recovery.set_peer_max_ack_delay(Duration::min());
  assert_true(peer.recovery.pto() >= kInitialRtt);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_ack_gives_back_the_frames_and_the_round_trip),
      cmocka_unit_test(a_repeated_ack_says_nothing_new),
      cmocka_unit_test(an_ack_of_a_number_never_sent_is_refused_A2),
      cmocka_unit_test(an_ack_of_a_skipped_number_is_refused_and_changes_nothing_A1),
      cmocka_unit_test(a_skipped_number_is_told_long_after_its_neighbours_were_acked_A1),
      cmocka_unit_test(malformed_ranges_are_refused_A2),
      cmocka_unit_test(three_later_packets_acked_make_a_loss),
      cmocka_unit_test(skipped_numbers_are_no_reordering),
      cmocka_unit_test(an_overtaken_packet_is_lost_after_nine_eighths_of_a_round_trip),
      cmocka_unit_test(a_lost_packet_that_arrives_after_all_is_recognised_A6),
      cmocka_unit_test(the_thresholds_follow_a_path_that_reorders),
      cmocka_unit_test(a_lost_mtu_probe_is_no_congestion),
      cmocka_unit_test(acks_of_acks_give_no_round_trip),
      cmocka_unit_test(a_packet_that_elicits_nothing_arms_no_timer),
      cmocka_unit_test(a_thin_flow_is_probed_from_its_oldest_packet_A7),
      cmocka_unit_test(the_second_and_third_thin_probe_are_two_datagrams_and_later_ones_go_on_alone),
      cmocka_unit_test(thin_packets_asked_after_in_vain_take_turns),
      cmocka_unit_test(a_probe_that_could_not_leave_does_not_leave_the_timer_due),
      cmocka_unit_test(a_thick_flow_is_asked_once_a_period_before_it_backs_off_A4),
      cmocka_unit_test(a_server_backs_off_from_the_first_probe_until_it_hears_its_client_A4),
      cmocka_unit_test(few_packets_of_a_backlog_are_no_thin_flow_C7),
      cmocka_unit_test(timeouts_of_a_thin_flow_do_not_slow_a_thick_one_A4),
      cmocka_unit_test(a_thick_flow_probes_with_its_oldest),
      cmocka_unit_test(back_off_ends_and_probing_goes_on_A4),
      cmocka_unit_test(an_original_whose_copy_is_under_way_hands_nothing_back),
      cmocka_unit_test(a_lost_copy_hands_back_nothing_while_a_newer_one_is_under_way),
      cmocka_unit_test(losing_every_probe_is_survived_A11),
      cmocka_unit_test(losses_that_span_three_probe_periods_are_persistent_C5),
      cmocka_unit_test(losses_around_an_acked_packet_are_not_persistent),
      cmocka_unit_test(a_clock_that_stands_still_jumps_or_runs_back_is_survived_A10),
      cmocka_unit_test(a_clock_that_runs_back_gives_no_round_trip_A10),
      cmocka_unit_test(a_packet_sent_before_the_clock_jumped_gives_no_round_trip_A10),
      cmocka_unit_test(absurd_ack_delays_of_the_peer_keep_timers_finite_A5),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
