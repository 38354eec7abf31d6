#include "ack/received_packets.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Ecn;
using rudp::Instant;
using rudp::kAckRangesMax;
using rudp::PacketNumber;
using rudp::PacketRange;
using rudp::ack::AckFrequency;
using rudp::ack::AckSequence;
using rudp::ack::kAckRangesAtRest;
using rudp::ack::kThinFlowBurst;
using rudp::ack::ReceivedPackets;

namespace {

constexpr Instant at(Duration since_start) { return Instant::from_ns(1'000'000'000) + since_start; }

bool due(const ReceivedPackets& received, Instant now) {
  return received.ack_deadline() && *received.ack_deadline() <= now;
}

AckSequence send_ack(ReceivedPackets& received) { return received.on_ack_sent(received.ranges().size()); }

// The last packet of busy().
constexpr PacketNumber kBusyLast = kThinFlowBurst - 1;

// A flow of one packet a millisecond in which all up to kBusyLast was acked: neither thin nor with a gap.
ReceivedPackets busy() {
  ReceivedPackets received;
  for (PacketNumber number = 0; number <= kBusyLast; ++number) {
    const auto before = static_cast<std::int64_t>(kBusyLast - number);
    received.on_received(at(-before * 1ms), number, true, Ecn::not_ect);
    send_ack(received);
  }
  return received;
}

void a_first_packet_is_acked_at_once(void**) {
  ReceivedPackets received;
  assert_false(received.ack_deadline().has_value());
  received.on_received(at(0ms), 0, true, Ecn::not_ect);
  assert_true(due(received, at(0ms)));
}

void one_packet_of_a_busy_flow_waits_for_the_delay(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_true(received.ack_pending());
  assert_true(*received.ack_deadline() == at(26ms));
}

void every_second_packet_is_acked_at_once(void**) {
  ReceivedPackets received = busy();
  for (PacketNumber number = 1; number < 20; number += 2) {
    const Instant now = at(number * 1ms);
    received.on_received(now, kBusyLast + number, true, Ecn::not_ect);
    assert_false(due(received, now));
    received.on_received(now, kBusyLast + number + 1, true, Ecn::not_ect);
    assert_true(due(received, now));
    send_ack(received);
    assert_false(received.ack_pending());
  }
}

void a_thin_flow_is_acked_at_once(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(5ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_false(due(received, at(5ms)));
  send_ack(received);
  received.on_received(at(11ms), kBusyLast + 2, true, Ecn::not_ect);
  assert_true(due(received, at(11ms)));
}

void the_first_packets_after_a_pause_are_acked_at_once_each(void**) {
  ReceivedPackets received = busy();
  for (PacketNumber number = 1; number <= kThinFlowBurst; ++number) {
    const Instant now = at(20ms + static_cast<std::int64_t>(number) * 1ms);
    received.on_received(now, kBusyLast + number, true, Ecn::not_ect);
    assert_true(due(received, now));
    send_ack(received);
  }
  received.on_received(at(24ms), kBusyLast + kThinFlowBurst + 1, true, Ecn::not_ect);
  assert_false(due(received, at(24ms)));
}

void a_gap_is_acked_at_once(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 2, true, Ecn::not_ect);
  assert_true(due(received, at(1ms)));
  send_ack(received);
  received.on_received(at(2ms), kBusyLast + 3, true, Ecn::not_ect);
  assert_false(due(received, at(2ms)));
}

void a_late_packet_is_acked_at_once(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 2, true, Ecn::not_ect);
  send_ack(received);
  received.on_received(at(2ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_true(due(received, at(2ms)));
  assert_int_equal(received.ranges().size(), 1);
}

void numbers_filled_by_packets_that_elicit_nothing_are_no_gap(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 1, false, Ecn::not_ect);
  received.on_received(at(1ms), kBusyLast + 2, true, Ecn::not_ect);
  assert_false(due(received, at(1ms)));
}

void a_congestion_mark_is_acked_at_once(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 1, true, Ecn::ce);
  assert_true(due(received, at(1ms)));
}

// Threat A-12.
void packets_that_elicit_nothing_never_make_an_ack_due_A12(void**) {
  ReceivedPackets received = busy();
  for (PacketNumber number = 2; number < 200; number += 2) {
    received.on_received(at(number * 10ms), kBusyLast + number, false, Ecn::ce);
    assert_false(received.ack_deadline().has_value());
    assert_false(received.ack_pending());
  }
}

void many_unreported_ranges_make_the_next_packet_urgent(void**) {
  ReceivedPackets received = busy();
  for (PacketNumber number = 2; number < 40; number += 2) {
    received.on_received(at(1ms), kBusyLast + number, false, Ecn::not_ect);
  }
  received.on_received(at(1ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_true(due(received, at(1ms)));
}

void the_frequency_can_be_changed(void**) {
  ReceivedPackets received = busy();
  received.set_frequency({.packets = 10, .max_delay = 3ms});
  for (PacketNumber number = 1; number < 10; ++number) {
    received.on_received(at(1ms), kBusyLast + number, true, Ecn::not_ect);
    assert_true(*received.ack_deadline() == at(4ms));
  }
  received.on_received(at(1ms), kBusyLast + 10, true, Ecn::not_ect);
  assert_true(due(received, at(1ms)));
}

void senseless_frequencies_mean_at_once(void**) {
  ReceivedPackets received = busy();
  received.set_frequency({.packets = 0, .max_delay = -5ms});
  received.on_received(at(1ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_true(due(received, at(1ms)));
}

// Threat A-10.
void a_clock_that_runs_back_is_survived_A10(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(-500ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_true(received.ack_delay(at(-600ms)) == 0ns);
  assert_true(received.ack_deadline().has_value());
}

void the_delay_counts_from_the_largest_number(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 2, true, Ecn::not_ect);
  received.on_received(at(4ms), kBusyLast + 1, true, Ecn::not_ect);
  assert_true(received.ack_delay(at(9ms)) == 8ms);
}

void marks_are_counted_by_kind(void**) {
  ReceivedPackets received;
  const Ecn marks[] = {Ecn::not_ect, Ecn::ect0, Ecn::ect0, Ecn::ect1, Ecn::ce, Ecn::ce, Ecn::ce};
  PacketNumber number = 0;
  for (const Ecn mark : marks) received.on_received(at(0ms), number++, true, mark);
  assert_true((received.ecn_counts() == rudp::EcnCounts{2, 1, 3}));
}

void ranges_descend_and_join(void**) {
  ReceivedPackets received;
  for (const PacketNumber number : std::initializer_list<PacketNumber>{5, 1, 9, 0, 6, 8, 4})
    received.on_received(at(0ms), number, true, Ecn::not_ect);
  const std::vector<PacketRange> expected = {{8, 9}, {4, 6}, {0, 1}};
  assert_true(std::vector<PacketRange>(received.ranges().begin(), received.ranges().end()) == expected);
  received.on_received(at(0ms), 7, true, Ecn::not_ect);
  assert_true((received.ranges()[0] == PacketRange{4, 9}));
  assert_int_equal(received.ranges().size(), 2);
}

// Threat A-3.
void a_million_alternating_numbers_stay_in_the_bound_A3(void**) {
  ReceivedPackets received;
  constexpr PacketNumber kLast = 2'000'000;
  for (PacketNumber number = 0; number <= kLast; number += 2) {
    received.on_received(at(0ms), number, true, Ecn::not_ect);
    assert_true(received.ranges().size() <= kAckRangesMax);
  }
  assert_int_equal(received.ranges().size(), kAckRangesMax);
  assert_int_equal(received.ranges().front().last, kLast);
  assert_int_equal(received.ranges().back().first, kLast - 2 * (kAckRangesMax - 1));
  received.on_received(at(0ms), 1, true, Ecn::not_ect);  // below all that is kept: let go, nothing else moves
  assert_int_equal(received.ranges().back().first, kLast - 2 * (kAckRangesMax - 1));
}

void what_the_peer_knows_is_forgotten_but_the_highest_range(void**) {
  ReceivedPackets received;
  for (const PacketNumber number : std::initializer_list<PacketNumber>{0, 2, 4})
    received.on_received(at(0ms), number, true, Ecn::not_ect);
  received.on_ack_acked(send_ack(received));
  assert_int_equal(received.ranges().size(), 1);
  assert_true((received.ranges()[0] == PacketRange{4, 4}));
}

void a_range_that_changed_after_the_ack_stays(void**) {
  ReceivedPackets received;
  for (const PacketNumber number : std::initializer_list<PacketNumber>{0, 5, 9})
    received.on_received(at(0ms), number, true, Ecn::not_ect);
  const AckSequence first = send_ack(received);
  received.on_received(at(1ms), 4, true, Ecn::not_ect);
  send_ack(received);  // this one is lost: the peer never learns of 4 from it
  received.on_ack_acked(first);
  assert_int_equal(received.ranges().size(), 2);
  assert_true((received.ranges()[1] == PacketRange{4, 5}));
}

void ranges_that_did_not_fit_the_frame_stay(void**) {
  ReceivedPackets received;
  for (const PacketNumber number : std::initializer_list<PacketNumber>{0, 2, 4, 6})
    received.on_received(at(0ms), number, true, Ecn::not_ect);
  received.on_ack_acked(received.on_ack_sent(2));
  assert_int_equal(received.ranges().size(), 3);
  assert_true((received.ranges()[1] == PacketRange{2, 2}));
}

void a_rest_changes_nothing_of_what_an_ack_says(void**) {
  ReceivedPackets received = busy();
  const auto rest_and_compare = [&received] {
    const std::vector<PacketRange> before(received.ranges().begin(), received.ranges().end());
    received.rest();
    assert_true(std::equal(before.begin(), before.end(), received.ranges().begin(), received.ranges().end()));
  };
  rest_and_compare();
  for (const PacketNumber number : {20, 10, 30}) {
    received.on_received(at(1s), number, true, Ecn::not_ect);
    rest_and_compare();
  }
  assert_int_equal(received.ranges().size(), 4);
  received.on_ack_acked(send_ack(received) + 1);  // never given
  rest_and_compare();
  received.on_received(at(2s), 31, true, Ecn::not_ect);
  received.on_ack_acked(send_ack(received));
  rest_and_compare();
  assert_int_equal(received.ranges().size(), 1);
  assert_int_equal(received.ranges()[0].last, 31);
}

void a_rest_forgets_what_was_reported_long_ago(void**) {
  ReceivedPackets received;
  for (PacketNumber number = 0; number <= 100; number += 10) {
    received.on_received(at(1s), number, true, Ecn::not_ect);
    send_ack(received);
  }
  received.rest();
  assert_int_equal(received.ranges().size(), kAckRangesAtRest);
  assert_int_equal(received.ranges().front().last, 100);
  assert_int_equal(received.ranges().back().first, 70);
}

void an_answer_never_given_changes_nothing(void**) {
  ReceivedPackets received;
  for (const PacketNumber number : std::initializer_list<PacketNumber>{0, 2, 4})
    received.on_received(at(0ms), number, true, Ecn::not_ect);
  received.on_ack_acked(77);
  received.on_ack_acked(0);
  assert_int_equal(received.ranges().size(), 3);
}

// Against a set: in random order and with doubles, the ranges are exactly the numbers received (as long as
// they fit), descending and never touching.
void random_arrivals_agree_with_a_set(void**) {
  test::Dice dice(7);
  for (int round = 0; round < 300; ++round) {
    ReceivedPackets received;
    std::set<PacketNumber> expected;
    for (int step = 0; step < 60; ++step) {
      const PacketNumber number = dice.below(63);
      received.on_received(at(0ms), number, true, Ecn::not_ect);
      expected.insert(number);
    }
    std::set<PacketNumber> reported;
    std::optional<PacketNumber> limit;
    for (const PacketRange& range : received.ranges()) {
      assert_true(range.first <= range.last && (!limit || range.last + 1 < *limit));
      for (PacketNumber number = range.first; number <= range.last; ++number) reported.insert(number);
      limit = range.first;
    }
    assert_true(reported == expected);
  }
}

void an_ack_can_be_asked_for_again(void**) {
  ReceivedPackets received;
  received.ack_at_once(Instant() + 1ms);
  assert_false(received.ack_deadline().has_value());  // there is nothing to report
  received.on_received(Instant() + 2ms, 0, true, Ecn::not_ect);
  received.on_ack_sent(1);
  assert_false(received.ack_pending());
  received.ack_at_once(Instant() + 3ms);
  assert_true(received.ack_pending());
  assert_true(received.ack_deadline() == Instant() + 3ms);
  assert_int_equal(received.ranges().size(), 1);
}

void the_ack_of_a_thin_flow_can_leave_once_more(void**) {
  ReceivedPackets received;
  received.on_received(at(0ms), 0, true, Ecn::not_ect);
  send_ack(received);
  received.repeat_ack(at(2ms));
  assert_true(received.ack_pending());
  assert_false(due(received, at(1ms)));
  assert_true(due(received, at(2ms)));
  send_ack(received);
  received.repeat_ack(at(4ms));  // it was the repetition that left: enough
  assert_false(received.ack_pending());
  assert_false(received.ack_deadline().has_value());
}

void the_ack_of_a_busy_flow_leaves_once(void**) {
  ReceivedPackets received = busy();
  received.on_received(at(1ms), kBusyLast + 1, true, Ecn::not_ect);
  received.on_received(at(2ms), kBusyLast + 2, true, Ecn::not_ect);
  send_ack(received);
  received.repeat_ack(at(4ms));
  assert_false(received.ack_pending());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_ack_of_a_thin_flow_can_leave_once_more),
      cmocka_unit_test(the_ack_of_a_busy_flow_leaves_once),
      cmocka_unit_test(an_ack_can_be_asked_for_again),
      cmocka_unit_test(a_first_packet_is_acked_at_once),
      cmocka_unit_test(one_packet_of_a_busy_flow_waits_for_the_delay),
      cmocka_unit_test(every_second_packet_is_acked_at_once),
      cmocka_unit_test(a_thin_flow_is_acked_at_once),
      cmocka_unit_test(the_first_packets_after_a_pause_are_acked_at_once_each),
      cmocka_unit_test(a_gap_is_acked_at_once),
      cmocka_unit_test(a_late_packet_is_acked_at_once),
      cmocka_unit_test(numbers_filled_by_packets_that_elicit_nothing_are_no_gap),
      cmocka_unit_test(a_congestion_mark_is_acked_at_once),
      cmocka_unit_test(packets_that_elicit_nothing_never_make_an_ack_due_A12),
      cmocka_unit_test(many_unreported_ranges_make_the_next_packet_urgent),
      cmocka_unit_test(the_frequency_can_be_changed),
      cmocka_unit_test(senseless_frequencies_mean_at_once),
      cmocka_unit_test(a_clock_that_runs_back_is_survived_A10),
      cmocka_unit_test(the_delay_counts_from_the_largest_number),
      cmocka_unit_test(marks_are_counted_by_kind),
      cmocka_unit_test(ranges_descend_and_join),
      cmocka_unit_test(a_million_alternating_numbers_stay_in_the_bound_A3),
      cmocka_unit_test(what_the_peer_knows_is_forgotten_but_the_highest_range),
      cmocka_unit_test(a_range_that_changed_after_the_ack_stays),
      cmocka_unit_test(ranges_that_did_not_fit_the_frame_stay),
      cmocka_unit_test(a_rest_changes_nothing_of_what_an_ack_says),
      cmocka_unit_test(a_rest_forgets_what_was_reported_long_ago),
      cmocka_unit_test(an_answer_never_given_changes_nothing),
      cmocka_unit_test(random_arrivals_agree_with_a_set),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
