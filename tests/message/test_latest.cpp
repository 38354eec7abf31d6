// The newest value of a channel, at both ends.
#include <vector>

#include "message/incoming.hpp"
#include "message/outgoing.hpp"
#include "message/levels.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Bytes;
using rudp::ChannelId;
using rudp::Delivery;
using rudp::Error;
using rudp::Instant;
using rudp::MessageId;
using rudp::ReceiptStatus;
using rudp::SendOptions;
using namespace rudp::message;

namespace {

constexpr std::size_t kPacket = 1100;

struct Sender : test::LevelledOutgoing {
  Sender() : LevelledOutgoing({16u << 20, 1024}) { set_peer_limits(1u << 20, 0); }

  MessageId put(std::size_t size, std::optional<rudp::Duration> deadline = std::nullopt) {
    SendOptions options;
    options.delivery = Delivery::latest;
    options.receipt = true;
    options.deadline = deadline;
    return send(now, 3, test::pattern(size, size), options).value();
  }
  std::optional<OutgoingFrame> next(std::size_t space = kPacket) { return next_frame(now, space); }
  std::vector<FrameTag> send_all() {
    std::vector<FrameTag> tags;
    while (const auto frame = next()) tags.push_back(frame->tag);
    return tags;
  }
  void expect_receipt(MessageId id, ReceiptStatus status) {
    const auto receipt = poll_receipt();
    assert_true(receipt && receipt->id == id && receipt->status == status);
  }

  Instant now = Instant::from_ns(1);
};

struct Receiver {
  Receiver() : in({}, budget) {}

  rudp::Result<void> whole(std::uint16_t number, std::size_t size) {
    return in.on_message(now, Delivery::latest, 3, number, test::pattern(size, number));
  }
  rudp::Result<void> fragment(std::uint16_t number, std::uint64_t total, std::uint64_t offset,
                              std::size_t size) {
    return in.on_fragment(now, Delivery::latest, 3, number, total, offset, test::pattern(size, number));
  }
  std::vector<std::size_t> poll_sizes() {
    std::vector<std::size_t> sizes;
    ReceivedMessage message;
    while (in.poll(message)) sizes.push_back(message.bytes.size());
    return sizes;
  }

  rudp::transfer::CreditBudget budget{64u << 20};
  Incoming in;
  Instant now = Instant::from_ns(1'000'000'000);
};

using Sizes = std::vector<std::size_t>;

void a_value_that_was_not_begun_is_replaced_where_it_waits(void**) {
  Sender out;
  const MessageId first = out.put(100), second = out.put(200);
  out.expect_receipt(first, ReceiptStatus::expired);
  const auto frame = out.next();
  assert_true(frame && frame->data.size() == 200 && frame->number == 0);
  assert_false(out.has_work());
  out.on_acked(frame->tag);
  out.expect_receipt(second, ReceiptStatus::delivered);
  assert_true(out.drained());
  assert_int_equal(out.queued_bytes(), 0);
}

void a_value_that_expires_behind_one_under_way_makes_room_for_the_next(void**) {
  Sender out;
  (void)out.put(3000);
  assert_true(out.next().has_value());
  for (int round = 0; round < 100; ++round) {
    const MessageId id = out.put(100, 10ms);
    out.on_timeout(out.now += 10ms);
    out.expect_receipt(id, ReceiptStatus::expired);
  }
  (void)out.put(200);
  std::size_t last = 0;
  while (const auto frame = out.next()) last = frame->data.size();
  assert_int_equal(last, 200);
  assert_false(out.has_work());
}

void the_newest_value_is_sent_until_it_is_acknowledged(void**) {
  Sender out;
  const MessageId id = out.put(100);
  for (int loss = 0; loss < 5; ++loss) {
    const auto frame = out.next();
    assert_true(frame && frame->number == 0);
    assert_true(out.frame_again(out.now, frame->tag, kPacket).has_value());
    out.on_lost(frame->tag);
  }
  out.on_acked(out.next()->tag);
  out.expect_receipt(id, ReceiptStatus::delivered);
}

void a_replaced_value_is_not_repeated(void**) {
  Sender out;
  const MessageId lost = out.put(100);
  const FrameTag lost_tag = out.next()->tag;
  const MessageId arrived = out.put(200);
  const FrameTag arrived_tag = out.next()->tag;
  (void)out.put(300);
  assert_false(out.poll_receipt().has_value());  // both are under way
  assert_false(out.frame_again(out.now, lost_tag, kPacket).has_value());
  out.on_lost(lost_tag);
  out.expect_receipt(lost, ReceiptStatus::expired);
  out.on_acked(arrived_tag);
  out.expect_receipt(arrived, ReceiptStatus::delivered);
  assert_int_equal(out.next()->data.size(), 300);
  assert_false(out.next().has_value());
}

void a_value_that_is_lost_when_it_is_replaced_expires_at_once(void**) {
  Sender out;
  const MessageId id = out.put(100);
  out.on_lost(out.next()->tag);
  (void)out.put(200);
  out.expect_receipt(id, ReceiptStatus::expired);
  assert_int_equal(out.next()->data.size(), 200);
  assert_false(out.next().has_value());
}

void a_value_that_has_begun_is_sent_to_its_end(void**) {
  Sender out;
  const MessageId begun = out.put(3000);
  (void)out.next();
  (void)out.put(100);
  (void)out.put(200);
  std::size_t rest = 0;
  std::optional<OutgoingFrame> frame = out.next();
  for (; frame->number == 0; frame = out.next()) rest += frame->data.size();
  assert_in_range(rest, 1000, 3000);
  assert_int_equal(frame->data.size(), 200);
  assert_int_equal(frame->number, 2);
  out.on_receipt(3, 0);
  assert_true(out.poll_receipt()->status == ReceiptStatus::expired);
  out.expect_receipt(begun, ReceiptStatus::delivered);
}

void values_need_no_credit_and_have_the_limit_of_unreliable_messages(void**) {
  Sender out;
  assert_int_equal(out.max_message_bytes(Delivery::latest), kUnreliableBytesMax);
  (void)out.put(10'000);
  assert_int_equal(out.send_all().size(), 10);
}

void fragments_of_a_value_wait_for_the_receipt(void**) {
  Sender out;
  const MessageId id = out.put(3000);
  for (const FrameTag& tag : out.send_all()) out.on_acked(tag);
  assert_false(out.poll_receipt().has_value() || out.has_work());
  out.on_receipt(3, 1);  // of another kind
  assert_false(out.poll_receipt().has_value());
  out.on_receipt(3, 0);
  out.expect_receipt(id, ReceiptStatus::delivered);
  assert_true(out.drained());
}

void a_value_whose_fragments_never_met_goes_out_again(void**) {
  Sender out;
  const MessageId id = out.put(3000);
  for (const FrameTag& tag : out.send_all()) out.on_acked(tag);
  assert_true(*out.timeout() == out.now + kLatestReceiptWait);
  out.on_timeout(out.now += kLatestReceiptWait);
  std::size_t again = 0;
  while (const auto frame = out.next()) again += frame->data.size();
  assert_int_equal(again, 3000);
  out.on_receipt(3, 0);
  out.expect_receipt(id, ReceiptStatus::delivered);
}

void a_value_expires_at_its_deadline(void**) {
  Sender out;
  const MessageId waits = out.put(100, 50ms);
  out.on_timeout(out.now += 50ms);
  out.expect_receipt(waits, ReceiptStatus::expired);
  const MessageId lost = out.put(200, 50ms);
  out.on_lost(out.next()->tag);
  out.on_timeout(out.now += 50ms);
  out.expect_receipt(lost, ReceiptStatus::expired);
  assert_false(out.next().has_value() || out.has_skip_to_send());
  assert_true(out.drained());
}

void after_many_values_that_did_not_arrive_one_is_sent_until_it_does(void**) {
  Sender out;
  std::vector<FrameTag> tags;
  for (std::uint64_t count = 0; count < kLatestSpan; ++count) {
    (void)out.put(100);
    tags.push_back(out.next()->tag);
  }
  (void)out.put(200);
  assert_false(out.next().has_value() || out.has_work());
  for (const FrameTag& tag : tags) out.on_lost(tag);
  const auto again = out.next();
  assert_true(again && again->number == 2 * (kLatestSpan - 1));
  assert_false(out.next().has_value());
  out.on_acked(again->tag);
  assert_int_equal(out.next()->data.size(), 200);
}

void a_value_that_is_not_newer_is_dropped(void**) {
  Receiver receiver;
  assert_true(receiver.whole(4, 14).has_value());
  assert_true(receiver.whole(2, 12).has_value());
  assert_true(receiver.whole(4, 14).has_value());
  assert_true(receiver.whole(6, 16).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{16}));
  assert_true(receiver.whole(4, 14).has_value());
  assert_true(receiver.poll_sizes().empty());
}

void numbers_compare_serially(void**) {
  Receiver receiver;
  for (const std::uint16_t number : {std::uint16_t{40'000}, std::uint16_t{65'534}, std::uint16_t{2}}) {
    assert_true(receiver.whole(number, number).has_value());
    assert_true(receiver.poll_sizes() == (Sizes{number}));
  }
  assert_true(receiver.whole(65'534, 1).has_value());
  assert_true(receiver.poll_sizes().empty());
}

void a_value_in_fragments_is_delivered_while_nothing_newer_was(void**) {
  Receiver receiver;
  assert_true(receiver.fragment(0, 2000, 0, 1000).has_value());
  assert_true(receiver.fragment(2, 2100, 0, 1000).has_value());
  assert_true(receiver.fragment(0, 2000, 1000, 1000).has_value());  // overtaken, but complete first
  assert_true(receiver.poll_sizes() == (Sizes{2000}));
  assert_true(receiver.in.receipt_to_send() == (ArrivedMessage{3, 0}));
  assert_true(receiver.whole(4, 14).has_value());
  assert_true(receiver.fragment(2, 2100, 1000, 1100).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{14}));
  assert_false(receiver.in.has_receipt_to_send());
}

void a_whole_value_ends_its_own_fragments(void**) {
  Receiver receiver;
  assert_true(receiver.fragment(0, 2000, 0, 1000).has_value());
  assert_true(receiver.whole(0, 2000).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{2000}));
  // Who still sends fragments has not heard of it.
  assert_true(receiver.fragment(0, 2000, 1000, 1000).has_value());
  assert_true(receiver.poll_sizes().empty());
  assert_true(receiver.in.receipt_to_send() == (ArrivedMessage{3, 0}));
}

void fragments_of_a_value_wait_while_its_sender_goes_on(void**) {
  Receiver receiver;
  for (const std::uint64_t offset : {0u, 1000u, 2000u}) {
    assert_true(receiver.fragment(0, 4000, offset, 1000).has_value());
    receiver.in.on_timeout(receiver.now += 9s);
  }
  assert_true(receiver.fragment(0, 4000, 3000, 1000).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{4000}));
}

void half_a_value_lets_a_connection_rest(void**) {
  Receiver receiver;
  assert_true(receiver.fragment(0, 2000, 0, 1000).has_value());
  assert_false(receiver.in.can_rest());
  assert_true(receiver.in.timeout() == receiver.now + kPartialValueTimeoutMin);
  receiver.in.on_timeout(receiver.now += kPartialValueTimeoutMin);
  assert_true(receiver.in.can_rest());
  assert_false(receiver.in.timeout().has_value());
  // Its sender, which was told nothing, says all of it again.
  assert_true(receiver.fragment(0, 2000, 1000, 1000).has_value());
  assert_true(receiver.fragment(0, 2000, 0, 1000).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{2000}));
}

void a_value_that_nobody_took_makes_room_for_the_next(void**) {
  Receiver receiver;
  for (std::uint16_t number = 0; number < 2000; number = static_cast<std::uint16_t>(number + 2)) {
    assert_true(receiver.whole(number, 1000 + number).has_value());
    assert_in_range(receiver.in.memory_bytes(), 1000, 300'000);
  }
  assert_true(receiver.poll_sizes() == (Sizes{2998}));
  assert_int_equal(receiver.in.unreliable_dropped(), 999);
}

// F2, F3, R1
void values_are_bounded(void**) {
  Receiver receiver;
  const auto large = test::pattern(kUnreliableBytesMax + 1, 1);
  assert_true(receiver.in.on_message(receiver.now, Delivery::latest, 3, 0, large).error() ==
              Error::limit_exceeded);
  assert_true(receiver.fragment(0, kUnreliableBytesMax + 1, 0, 10).error() == Error::limit_exceeded);
  assert_true(receiver.fragment(0, kWholeOnlyBytes, 0, 10).error() == Error::malformed);
  assert_true(receiver.fragment(0, 2000, 0, 10).has_value());
  assert_true(receiver.fragment(0, 2001, 0, 10).error() == Error::malformed);
  for (ChannelId channel = 4; channel < 1027; ++channel) {
    assert_true(
        receiver.in.on_fragment(receiver.now, Delivery::latest, channel, 0, 200'000, 0, large).error() ==
        Error::malformed);
    const Bytes part = Bytes(large).first(100'000);
    assert_true(
        receiver.in.on_fragment(receiver.now, Delivery::latest, channel, 0, 200'000, 0, part).has_value());
    assert_in_range(receiver.in.memory_bytes(), 0, kUnreliablePartialBytesMax + (1u << 20));
  }
  assert_true(receiver.in.on_message(receiver.now, Delivery::latest, 1027, 0, {}).error() ==
              Error::limit_exceeded);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_value_that_was_not_begun_is_replaced_where_it_waits),
      cmocka_unit_test(a_value_that_expires_behind_one_under_way_makes_room_for_the_next),
      cmocka_unit_test(the_newest_value_is_sent_until_it_is_acknowledged),
      cmocka_unit_test(a_replaced_value_is_not_repeated),
      cmocka_unit_test(a_value_that_is_lost_when_it_is_replaced_expires_at_once),
      cmocka_unit_test(a_value_that_has_begun_is_sent_to_its_end),
      cmocka_unit_test(values_need_no_credit_and_have_the_limit_of_unreliable_messages),
      cmocka_unit_test(fragments_of_a_value_wait_for_the_receipt),
      cmocka_unit_test(a_value_whose_fragments_never_met_goes_out_again),
      cmocka_unit_test(a_value_expires_at_its_deadline),
      cmocka_unit_test(after_many_values_that_did_not_arrive_one_is_sent_until_it_does),
      cmocka_unit_test(a_value_that_is_not_newer_is_dropped),
      cmocka_unit_test(numbers_compare_serially),
      cmocka_unit_test(a_value_in_fragments_is_delivered_while_nothing_newer_was),
      cmocka_unit_test(a_whole_value_ends_its_own_fragments),
      cmocka_unit_test(fragments_of_a_value_wait_while_its_sender_goes_on),
      cmocka_unit_test(half_a_value_lets_a_connection_rest),
      cmocka_unit_test(a_value_that_nobody_took_makes_room_for_the_next),
      cmocka_unit_test(values_are_bounded),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
