// Deadlines, SKIPs and receipts of the sending side.
#include <vector>

#include "message/outgoing.hpp"
#include "message/levels.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::ChannelId;
using rudp::Delivery;
using rudp::Instant;
using rudp::MessageId;
using rudp::ReceiptStatus;
using rudp::SendOptions;
using namespace rudp::message;

namespace {

constexpr std::size_t kPacket = 1100;
constexpr rudp::Duration kDeadline = 100ms;

/// A sending side whose peer takes 1 MiB messages, with a clock.
struct Sender : test::LevelledOutgoing {
  explicit Sender(std::uint64_t credit = 256u << 10) : LevelledOutgoing({}) { set_peer_limits(1u << 20, credit); }

  /// Queues a message that asks for a receipt and has a deadline.
  MessageId put(std::size_t size, Delivery delivery = Delivery::reliable_ordered, ChannelId channel = 0) {
    SendOptions options;
    options.delivery = delivery;
    options.receipt = true;
    options.deadline = kDeadline;
    return send(now, channel, test::pattern(size, size), options).value();
  }
  /// Queues a message that waits for ever.
  MessageId put_patient(std::size_t size, ChannelId channel = 0) {
    SendOptions options;
    options.receipt = true;
    return send(now, channel, test::pattern(size, size), options).value();
  }
  std::optional<OutgoingFrame> next(std::size_t space = kPacket) { return next_frame(now, space); }
  std::vector<FrameTag> send_all() {
    std::vector<FrameTag> tags;
    while (const auto frame = next()) tags.push_back(frame->tag);
    return tags;
  }
  void pass_deadline() { on_timeout(now += kDeadline); }
  void expect_receipt(MessageId id, ReceiptStatus status) {
    const auto receipt = poll_receipt();
    assert_true(receipt && receipt->id == id && receipt->status == status);
  }

  Instant now = Instant::from_ns(1);
};

void a_message_that_was_not_sent_expires_without_a_trace(void**) {
  Sender out;
  const MessageId id = out.put(100);
  assert_true(*out.timeout() == out.now + kDeadline);
  out.on_timeout(out.now + kDeadline - 1ns);
  assert_true(out.has_work());
  out.pass_deadline();
  assert_false(out.has_work() || out.has_skip_to_send() || out.timeout().has_value());
  assert_true(out.drained());
  out.expect_receipt(id, ReceiptStatus::expired);
  assert_int_equal(out.queued_bytes(), 0);
  // It took no number.
  (void)out.put_patient(10);
  assert_int_equal(out.next()->number, 0);
}

void nothing_leaves_at_the_deadline_even_when_no_timer_has_fired(void**) {
  Sender out;
  (void)out.put(3000);
  const auto first = out.next();
  out.now += kDeadline;
  assert_false(out.frame_again(out.now, first->tag, kPacket).has_value());
  assert_false(out.next().has_value());
  assert_true(out.has_skip_to_send());
}

void a_started_message_ends_with_a_skip_of_its_number_and_charge(void**) {
  Sender out;
  (void)out.put_patient(10);
  const MessageId id = out.put(3000);
  (void)out.next();
  (void)out.next();
  out.pass_deadline();
  out.expect_receipt(id, ReceiptStatus::expired);
  const auto skip = out.next_skip(kPacket, kSkipItemsMax);
  assert_true(skip && skip->count == 1);
  assert_int_equal(skip->items[0].number, 1);
  assert_int_equal(skip->items[0].charge, 3000 + kMessageChargeBytes);
  assert_false(out.has_skip_to_send());
  assert_false(out.next().has_value());
}

void a_skip_is_said_until_it_is_acknowledged(void**) {
  Sender out;
  (void)out.put(3000);
  const FrameTag tag = out.next()->tag;
  out.pass_deadline();
  const auto skip = out.next_skip(kPacket, kSkipItemsMax);
  out.on_skip_lost(skip->items[0].id);
  out.on_skip_lost(skip->items[0].id);
  const auto again = out.next_skip(kPacket, kSkipItemsMax);
  assert_true(again && again->count == 1 && again->items[0].id == skip->items[0].id);
  out.on_acked(tag);
  out.on_lost(tag);
  assert_false(out.drained() || out.has_work());
  out.on_skip_acked(again->items[0].id);
  assert_true(out.drained());
  out.on_skip_acked(again->items[0].id);
  out.on_skip_lost(again->items[0].id);
  assert_false(out.has_skip_to_send());
  assert_int_equal(out.queued_bytes(), 32);  // the receipt that nobody took yet
}

void what_is_all_under_way_waits_for_its_ack(void**) {
  Sender out;
  const MessageId id = out.put(100);
  const auto tags = out.send_all();
  out.pass_deadline();
  assert_false(out.poll_receipt().has_value() || out.has_skip_to_send());
  out.on_acked(tags[0]);
  out.expect_receipt(id, ReceiptStatus::delivered);
  assert_true(out.drained());
}

void what_is_under_way_and_gets_lost_after_its_deadline_is_skipped(void**) {
  Sender out;
  const MessageId id = out.put(100);
  const auto tags = out.send_all();
  out.pass_deadline();
  assert_false(out.frame_again(out.now, tags[0], kPacket).has_value());
  out.on_lost(tags[0]);
  out.expect_receipt(id, ReceiptStatus::expired);
  assert_true(out.has_skip_to_send());
  assert_false(out.next().has_value());
}

void what_was_lost_before_its_deadline_is_skipped_at_it(void**) {
  Sender out;
  const MessageId id = out.put(100);
  out.on_lost(out.next()->tag);
  out.pass_deadline();
  out.expect_receipt(id, ReceiptStatus::expired);
  assert_true(out.has_skip_to_send());
  assert_false(out.next().has_value() || out.has_work());
}

void an_unreliable_message_stops_in_the_middle_without_a_skip(void**) {
  Sender out;
  SendOptions options;
  options.delivery = Delivery::unreliable;
  options.deadline = kDeadline;
  assert_true(out.send(out.now, 0, test::pattern(3000, 1), options).has_value());
  (void)out.next();
  out.pass_deadline();
  assert_false(out.next().has_value() || out.has_skip_to_send());
  assert_true(out.drained());
  assert_int_equal(out.queued_bytes(), 0);
}

void those_that_stay_keep_their_order_wherever_others_expire(void**) {
  Sender out;
  std::vector<std::size_t> expected, sizes;
  for (std::size_t size = 0; size < 600; ++size) {
    const bool stays = size % 5 == 3 || size > 590;
    if (stays) expected.push_back(size);
    (void)(stays ? out.put_patient(size) : out.put(size));
  }
  out.pass_deadline();
  while (const auto frame = out.next()) sizes.push_back(frame->data.size());
  assert_true(sizes == expected);
}

void a_message_behind_others_expires_in_its_place(void**) {
  Sender out;
  const MessageId first = out.put_patient(10);
  const MessageId second = out.put(20);
  const MessageId third = out.put_patient(30);
  out.pass_deadline();
  out.expect_receipt(second, ReceiptStatus::expired);
  for (const FrameTag& tag : out.send_all()) out.on_acked(tag);
  out.expect_receipt(first, ReceiptStatus::delivered);
  out.expect_receipt(third, ReceiptStatus::delivered);
}

void a_receipt_waits_for_the_skip_of_an_earlier_number(void**) {
  Sender out;
  (void)out.put(100);
  const MessageId later = out.put_patient(200);
  const auto tags = out.send_all();
  out.on_acked(tags[1]);
  out.on_lost(tags[0]);
  out.pass_deadline();
  assert_true(out.poll_receipt()->status == ReceiptStatus::expired);
  assert_false(out.poll_receipt().has_value());
  out.on_skip_acked(out.next_skip(kPacket, 1)->items[0].id);
  out.expect_receipt(later, ReceiptStatus::delivered);
}

void credit_that_was_reserved_and_not_used_goes_to_the_next(void**) {
  Sender out(5000);
  (void)out.put_patient(600, 2);
  (void)out.send_all();
  (void)out.put(4200, Delivery::reliable_ordered, 1);  // admitted, but no room for its first byte
  assert_false(out.next(40).has_value());
  (void)out.put_patient(3000, 3);
  assert_false(out.next(40).has_value());
  assert_true(out.blocked_by_credit());
  out.pass_deadline();
  const auto frame = out.next();
  assert_true(frame && frame->channel == 3);
  assert_false(out.blocked_by_credit());
}

void who_waits_behind_an_expired_claim_reports_its_own(void**) {
  Sender out(1000);
  (void)out.put(5000, Delivery::reliable_ordered, 1);
  (void)out.put_patient(2000, 1);
  (void)out.put_patient(100, 1);
  assert_false(out.next().has_value());
  assert_int_equal(out.blocked_to_report()->need, 5000 + kMessageChargeBytes);
  out.pass_deadline();
  assert_false(out.next().has_value());
  assert_int_equal(out.blocked_to_report()->need, 2000 + kMessageChargeBytes);
}

void a_burst_of_deadlines_is_told_in_runs_of_a_channel(void**) {
  Sender out;
  for (int count = 0; count < 40; ++count) (void)out.put(100, Delivery::reliable_unordered, 7);
  (void)out.put(100, Delivery::reliable_unordered, 8);
  for (const FrameTag& tag : out.send_all()) out.on_lost(tag);
  out.pass_deadline();
  assert_int_equal(out.next_skip(kPacket, kSkipItemsMax)->count, kSkipItemsMax);
  assert_int_equal(out.next_skip(kPacket, 3)->count, 3);
  assert_int_equal(out.next_skip(3 + 2 * 4, kSkipItemsMax)->count, 2);
  assert_false(out.next_skip(6, kSkipItemsMax).has_value());
  assert_int_equal(out.next_skip(kPacket, kSkipItemsMax)->count, 3);
  const auto last = out.next_skip(kPacket, kSkipItemsMax);
  assert_true(last && last->channel == 8 && last->count == 1);
}

MessageId put_unreliable(Sender& out, std::size_t size, ChannelId channel = 0) {
  SendOptions options;
  options.delivery = Delivery::unreliable;
  options.receipt = true;
  return out.send(out.now, channel, test::pattern(size, size), options).value();
}

void the_packet_of_a_whole_unreliable_message_settles_its_receipt(void**) {
  Sender out;
  const MessageId first = put_unreliable(out, 100), second = put_unreliable(out, 200);
  const auto tags = out.send_all();
  assert_false(out.poll_receipt().has_value() || out.has_work() || out.drained());
  assert_false(out.frame_again(out.now, tags[0], kPacket).has_value());
  out.on_acked(tags[0]);
  out.expect_receipt(first, ReceiptStatus::delivered);
  out.on_lost(tags[1]);
  out.expect_receipt(second, ReceiptStatus::lost);
  out.on_acked(tags[1]);
  assert_false(out.poll_receipt().has_value() || out.has_work());
  assert_true(out.drained());
  assert_int_equal(out.queued_bytes(), 0);
}

void only_the_peer_knows_whether_unreliable_fragments_met(void**) {
  Sender out;
  const MessageId id = put_unreliable(out, 3000, 5);
  out.on_receipt(5, 1);  // for what is not even sent
  const auto tags = out.send_all();
  for (const FrameTag& tag : tags) out.on_acked(tag);
  assert_false(out.poll_receipt().has_value());
  out.on_receipt(5, 3);
  out.on_receipt(4, 1);
  assert_false(out.poll_receipt().has_value());
  out.on_receipt(5, 1);
  out.expect_receipt(id, ReceiptStatus::delivered);
  out.on_receipt(5, 1);
  assert_false(out.poll_receipt().has_value());
  assert_true(out.drained());
}

void a_lost_unreliable_fragment_settles_the_receipt_and_the_rest_goes_out(void**) {
  Sender out;
  const MessageId id = put_unreliable(out, 3000);
  out.on_lost(out.next()->tag);
  out.expect_receipt(id, ReceiptStatus::lost);
  assert_int_equal(out.send_all().size(), 2);
  out.on_receipt(0, 1);
  assert_false(out.poll_receipt().has_value());
  assert_true(out.drained());
  assert_int_equal(out.queued_bytes(), 0);
}

void a_receipt_that_never_comes_is_waited_for_a_while(void**) {
  Sender out;
  const MessageId id = put_unreliable(out, 3000);
  for (const FrameTag& tag : out.send_all()) out.on_acked(tag);
  assert_true(*out.timeout() == out.now + kReceiptWait);
  out.on_timeout(out.now + kReceiptWait);
  out.expect_receipt(id, ReceiptStatus::lost);
  assert_true(out.drained() && !out.timeout().has_value());
}

void an_unreliable_message_under_way_at_its_deadline_may_still_be_delivered(void**) {
  Sender out;
  const MessageId whole = out.put(100, Delivery::unreliable), fragments = out.put(3000, Delivery::unreliable);
  const auto tags = out.send_all();
  out.pass_deadline();
  assert_false(out.poll_receipt().has_value());
  out.on_acked(tags[0]);
  out.expect_receipt(whole, ReceiptStatus::delivered);
  out.on_receipt(0, 1);
  out.expect_receipt(fragments, ReceiptStatus::delivered);
}

void a_number_that_comes_again_ends_the_wait_of_the_message_before(void**) {
  Sender out;
  const MessageId waits = put_unreliable(out, 3000);
  (void)out.send_all();
  SendOptions options;
  options.delivery = Delivery::unreliable;
  for (int count = 0; count < 0x8000; ++count) {
    assert_false(out.poll_receipt().has_value());
    assert_true(out.send(out.now, 0, test::pattern(1200, 1), options).has_value());
    (void)out.send_all();
  }
  out.expect_receipt(waits, ReceiptStatus::lost);
  assert_true(out.drained());
}

void at_the_end_nobody_gets_a_second_receipt(void**) {
  Sender out;
  const MessageId skipped = out.put(3000);
  (void)out.next();
  out.pass_deadline();
  out.expect_receipt(skipped, ReceiptStatus::expired);
  const MessageId waiting = out.put(100);
  (void)out.send_all();
  out.give_up_receipts();
  out.expect_receipt(waiting, ReceiptStatus::lost);
  out.pass_deadline();
  assert_false(out.poll_receipt().has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_that_was_not_sent_expires_without_a_trace),
      cmocka_unit_test(nothing_leaves_at_the_deadline_even_when_no_timer_has_fired),
      cmocka_unit_test(a_started_message_ends_with_a_skip_of_its_number_and_charge),
      cmocka_unit_test(a_skip_is_said_until_it_is_acknowledged),
      cmocka_unit_test(what_is_all_under_way_waits_for_its_ack),
      cmocka_unit_test(what_is_under_way_and_gets_lost_after_its_deadline_is_skipped),
      cmocka_unit_test(what_was_lost_before_its_deadline_is_skipped_at_it),
      cmocka_unit_test(an_unreliable_message_stops_in_the_middle_without_a_skip),
      cmocka_unit_test(those_that_stay_keep_their_order_wherever_others_expire),
      cmocka_unit_test(a_message_behind_others_expires_in_its_place),
      cmocka_unit_test(a_receipt_waits_for_the_skip_of_an_earlier_number),
      cmocka_unit_test(credit_that_was_reserved_and_not_used_goes_to_the_next),
      cmocka_unit_test(who_waits_behind_an_expired_claim_reports_its_own),
      cmocka_unit_test(a_burst_of_deadlines_is_told_in_runs_of_a_channel),
      cmocka_unit_test(the_packet_of_a_whole_unreliable_message_settles_its_receipt),
      cmocka_unit_test(only_the_peer_knows_whether_unreliable_fragments_met),
      cmocka_unit_test(a_lost_unreliable_fragment_settles_the_receipt_and_the_rest_goes_out),
      cmocka_unit_test(a_receipt_that_never_comes_is_waited_for_a_while),
      cmocka_unit_test(an_unreliable_message_under_way_at_its_deadline_may_still_be_delivered),
      cmocka_unit_test(a_number_that_comes_again_ends_the_wait_of_the_message_before),
      cmocka_unit_test(at_the_end_nobody_gets_a_second_receipt),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
