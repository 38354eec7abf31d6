#include "recovery/sent_packets.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "support/heap.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::recovery;
using rudp::Instant;
using rudp::PacketNumber;

namespace {

Instant at_ms(std::int64_t ms) { return Instant::from_ns(ms * 1'000'000); }

OutgoingPacket data(PacketNumber number) {
  OutgoingPacket packet;
  packet.number = number;
  packet.sent_at = at_ms(static_cast<std::int64_t>(number));
  packet.bytes = 1200;
  return packet;
}

OutgoingPacket ack_only(PacketNumber number) {
  OutgoingPacket packet = data(number);
  packet.bytes = 40;
  packet.ack_eliciting = false;
  packet.in_flight = false;
  return packet;
}

SentFrame frame(std::uint64_t id) { return {.type = 1, .flags = 0, .length = 9, .id = id, .offset = id * 2}; }

void push(SentPackets& sent, const OutgoingPacket& packet) {
  const SentFrame frames[] = {frame(packet.number), frame(packet.number + 1000)};
  sent.push(packet, frames);
}

std::vector<PacketNumber> outstanding(const SentPackets& sent) {
  std::vector<PacketNumber> numbers;
  for (PacketNumber at = sent.oldest(); at != kNoPacket; at = sent.find(at)->next) numbers.push_back(at);
  return numbers;
}

void each_packet_gives_back_what_it_carried(void**) {
  SentPackets sent;
  for (PacketNumber number = 0; number < 100; ++number) push(sent, data(number));
  for (PacketNumber number = 0; number < 98; ++number) sent.remove((number * 37) % 98);
  std::vector<SentFrame> frames;
  sent.append_frames(*sent.find(98), frames);
  sent.append_frames(*sent.find(99), frames);
  assert_true((frames == std::vector<SentFrame>{frame(98), frame(1098), frame(99), frame(1099)}));
}

void outstanding_packets_are_linked_in_order(void**) {
  SentPackets sent;
  for (PacketNumber number = 0; number < 6; ++number) push(sent, data(number));
  sent.remove(2);
  sent.remove(0);
  sent.mark_lost(5);
  assert_true((outstanding(sent) == std::vector<PacketNumber>{1, 3, 4}));
  push(sent, data(6));
  assert_true((outstanding(sent) == std::vector<PacketNumber>{1, 3, 4, 6}));
}

void bytes_in_flight_count_what_is_neither_acked_nor_lost(void**) {
  SentPackets sent;
  for (PacketNumber number = 0; number < 4; ++number) push(sent, data(number));
  push(sent, ack_only(4));
  assert_int_equal(sent.bytes_in_flight(), 4 * 1200);
  sent.remove(1);
  sent.mark_lost(0);
  assert_int_equal(sent.bytes_in_flight(), 2 * 1200);
  sent.remove(0);  // late: it was not in flight any more
  assert_int_equal(sent.bytes_in_flight(), 2 * 1200);
  assert_int_equal(sent.eliciting(), 2);
  assert_int_equal(sent.ack_only(), 1);
}

void lost_packets_are_remembered_in_order_up_to_a_bound(void**) {
  SentPackets sent;
  for (PacketNumber number = 0; number < 3 * kLostPacketsMax; ++number) push(sent, data(number));
  for (PacketNumber number = 0; number < 3 * kLostPacketsMax; ++number) {
    sent.mark_lost(number);
    assert_true(sent.lost().size() <= kLostPacketsMax);
    assert_int_equal(sent.lost().back(), number);
  }
  assert_null(sent.find(0));
  assert_non_null(sent.find(3 * kLostPacketsMax - 1));
}

void old_lost_packets_are_forgotten(void**) {
  SentPackets sent;
  for (PacketNumber number = 0; number < 10; ++number) push(sent, data(number));
  for (const PacketNumber number : std::initializer_list<PacketNumber>{1, 3, 7}) sent.mark_lost(number);
  sent.forget_lost_before(at_ms(4));
  assert_int_equal(sent.lost().size(), 1);
  assert_int_equal(sent.lost()[0], 7);
  assert_null(sent.find(3));
  assert_int_equal(outstanding(sent).size(), 7);
}

// Threat A-1.
void numbers_left_out_are_skipped_on_purpose_A1(void**) {
  SentPackets sent;
  push(sent, data(0));
  sent.mark_skipped(1);
  push(sent, data(2));
  push(sent, data(5));
  assert_true(sent.was_skipped(1, 1));
  assert_true(sent.was_skipped(2, 4));
  assert_false(sent.was_skipped(5, 5));
  assert_false(sent.was_skipped(0, 0));
  assert_int_equal(sent.skipped_between(0, 5), 3);
  assert_int_equal(sent.skipped_between(1, 4), 1);
  assert_int_equal(sent.next_number(), 6);
}

void a_long_gap_costs_no_more_than_a_short_one(void**) {
  SentPackets sent;
  push(sent, data(0));
  sent.remove(0);
  push(sent, data(PacketNumber{1} << 40));
  assert_true(sent.was_skipped((PacketNumber{1} << 40) - 1, (PacketNumber{1} << 40) - 1));
  assert_int_equal(sent.skipped_between(0, PacketNumber{1} << 40), kSkippedNumbersMax);
}

void only_the_newest_unanswered_acks_are_remembered(void**) {
  SentPackets sent;
  for (PacketNumber number = 0; number < 100'000; ++number) push(sent, ack_only(number));
  assert_int_equal(sent.ack_only(), kAckOnlyPacketsMax);
  assert_int_equal(sent.oldest(), 100'000 - kAckOnlyPacketsMax);
}

void acks_behind_an_unanswered_packet_leave_it_in_place(void**) {
  SentPackets sent;
  push(sent, data(0));
  for (PacketNumber number = 1; number < 100'000; ++number) push(sent, ack_only(number));
  assert_int_equal(sent.oldest(), 0);
  assert_int_equal(sent.ack_only(), kAckOnlyPacketsMax);
}

// Else the search for the path's size would wait for it until its time is over.
void an_mtu_probe_is_remembered_behind_any_number_of_acks(void**) {
  SentPackets sent;
  push(sent, data(0));
  PacketNumber number = 1;
  while (number < 1'000) push(sent, ack_only(number++));
  OutgoingPacket probe = ack_only(number);
  probe.purpose = PacketPurpose::mtu_probe;
  push(sent, probe);
  assert_non_null(sent.find(number));
  push(sent, ack_only(number + 1));
  assert_null(sent.find(number + 1));
}

void the_span_of_numbers_is_bounded(void**) {
  SentPackets sent;
  push(sent, data(0));
  push(sent, data(rudp::base::kPacketWindowSlotsMax - 100));
  assert_false(sent.is_full());
  PacketNumber number = sent.next_number();
  while (!sent.is_full()) push(sent, data(number++));
  push(sent, ack_only(number));  // not remembered, no harm
  assert_null(sent.find(number));
  sent.remove(0);
  assert_false(sent.is_full());
}

// A peer that acknowledges nothing, and makes us acknowledge: the frames of those acks are bounded too.
void the_frames_of_packets_are_bounded(void**) {
  SentPackets sent;
  const std::vector<SentFrame> frames(8);
  PacketNumber number = 0;
  for (; !sent.is_full(); ++number) sent.push(data(number), frames);
  assert_int_equal(number, kSentFramesMax / frames.size());
  for (PacketNumber lost = 0; lost < 2; ++lost) sent.mark_lost(lost);
  assert_false(sent.is_full());
  sent.push(data(number), frames);
  assert_null(sent.find(0));  // its late ack will not be recognised: that holds nothing up
}

// The last packet may bring more than there was room for, and the ring of frames doubles.
void all_that_is_remembered_stays_within_its_bytes(void**) {
  const std::uint64_t before = test::heap.live_bytes;
  SentPackets sent;
  const std::vector<SentFrame> frames(kFramesPerPacketMax - 1);
  PacketNumber number = 0;
  while (number < rudp::base::kPacketWindowSlotsMax * 3 / 4) push(sent, data(number++));
  while (!sent.is_full()) sent.push(data(number++), frames);
  assert_true(test::heap.live_bytes - before <= kSentPacketsBytesMax);
}

void a_lost_packet_holds_up_no_others(void**) {
  SentPackets sent;
  push(sent, data(0));
  sent.mark_lost(0);
  push(sent, data(rudp::base::kPacketWindowSlotsMax - 100));
  for (PacketNumber number = sent.next_number(); number < rudp::base::kPacketWindowSlotsMax + 100; ++number) {
    assert_false(sent.is_full());
    push(sent, data(number));
  }
  assert_null(sent.find(0));
}

void copies_are_no_originals_until_promoted(void**) {
  SentPackets sent;
  push(sent, data(0));
  OutgoingPacket copy = data(1);
  copy.copy_of = 0;
  push(sent, copy);
  copy = data(2);
  copy.copy_of = 0;
  push(sent, copy);
  assert_int_equal(sent.eliciting(), 3);
  assert_int_equal(sent.originals(), 1);
  assert_int_equal(sent.find(0)->copied_in, 2);
  assert_int_equal(sent.find(1)->copied_in, 2);
  assert_true(sent.find(0)->probed_at == at_ms(2));
  sent.promote(2);
  sent.promote(2);
  assert_int_equal(sent.originals(), 2);
  sent.remove(2);
  assert_int_equal(sent.originals(), 1);
}

void old_copies_are_forgotten(void**) {
  SentPackets sent;
  push(sent, data(0));
  push(sent, ack_only(1));
  PacketNumber number = 2;
  for (; number < 1'000; ++number) {
    OutgoingPacket copy = data(number);
    copy.copy_of = 0;
    push(sent, copy);
    assert_int_equal(sent.forget_copies(20), number < 22 ? 0 : 1200);
  }
  assert_int_equal(sent.copies(), 20);
  assert_int_equal(sent.bytes_in_flight(), 21 * 1200);
  assert_null(sent.find(number - 21));
  assert_non_null(sent.find(number - 20));
  assert_int_equal(sent.find(0)->copied_in, number - 1);
  assert_int_equal(sent.lost().size(), 0);
}

void a_copy_of_a_packet_that_is_gone_is_harmless(void**) {
  SentPackets sent;
  OutgoingPacket copy = data(5);
  copy.copy_of = 1;
  push(sent, copy);
  assert_int_equal(sent.eliciting(), 1);
  assert_int_equal(sent.originals(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_packet_gives_back_what_it_carried),
      cmocka_unit_test(outstanding_packets_are_linked_in_order),
      cmocka_unit_test(bytes_in_flight_count_what_is_neither_acked_nor_lost),
      cmocka_unit_test(lost_packets_are_remembered_in_order_up_to_a_bound),
      cmocka_unit_test(old_lost_packets_are_forgotten),
      cmocka_unit_test(numbers_left_out_are_skipped_on_purpose_A1),
      cmocka_unit_test(a_long_gap_costs_no_more_than_a_short_one),
      cmocka_unit_test(only_the_newest_unanswered_acks_are_remembered),
      cmocka_unit_test(acks_behind_an_unanswered_packet_leave_it_in_place),
      cmocka_unit_test(an_mtu_probe_is_remembered_behind_any_number_of_acks),
      cmocka_unit_test(the_span_of_numbers_is_bounded),
      cmocka_unit_test(the_frames_of_packets_are_bounded),
      cmocka_unit_test(all_that_is_remembered_stays_within_its_bytes),
      cmocka_unit_test(a_lost_packet_holds_up_no_others),
      cmocka_unit_test(copies_are_no_originals_until_promoted),
      cmocka_unit_test(old_copies_are_forgotten),
      cmocka_unit_test(a_copy_of_a_packet_that_is_gone_is_harmless),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
