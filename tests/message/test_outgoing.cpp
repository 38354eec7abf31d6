#include "message/outgoing.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "message/frame_size.hpp"
#include "message/levels.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

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
const Instant kNow = Instant::from_ns(1);

/// A sending side whose peer takes 1 MiB messages and granted 256 KiB.
struct Sender : test::LevelledOutgoing {
  explicit Sender(OutgoingLimits limits = {}) : LevelledOutgoing(limits) { set_peer_limits(1u << 20, 256u << 10); }

  rudp::Result<rudp::MessageId> put(std::size_t size, SendOptions options = {}, ChannelId channel = 0) {
    return send(kNow, channel, test::pattern(size, size), options);
  }
  std::optional<OutgoingFrame> next(std::size_t space = kPacket) { return next_frame(kNow, space); }
};

SendOptions of(Delivery delivery, std::uint8_t priority = 4) {
  SendOptions options;
  options.delivery = delivery;
  options.priority = priority;
  return options;
}

SendOptions with_receipt(Delivery delivery = Delivery::reliable_ordered) {
  SendOptions options = of(delivery);
  options.receipt = true;
  return options;
}

std::size_t size_of(const OutgoingFrame& frame) {
  const std::size_t header =
      frame.kind == FrameKind::whole
          ? whole_header_size(frame.delivery, frame.channel, frame.data.size())
          : fragment_header_size(frame.channel, frame.total, frame.offset, frame.data.size());
  return header + frame.data.size();
}

void a_small_message_goes_out_whole(void**) {
  Sender out;
  assert_false(out.has_work());
  assert_true(out.put(100).has_value());
  assert_true(out.has_work());
  const auto frame = out.next();
  assert_true(frame && frame->kind == FrameKind::whole);
  assert_int_equal(frame->number, 0);
  const auto expected = test::pattern(100, 100);
  assert_memory_equal(frame->data.data(), expected.data(), 100);
  assert_false(out.has_work());
  assert_false(out.drained());
  out.on_acked(frame->tag);
  assert_true(out.drained());
  assert_int_equal(out.queued_bytes(), 0);
}

// F4
void sizes_around_the_space_are_cut_without_loss(void**) {
  for (std::size_t size = kPacket - 20; size <= kPacket + 80; ++size) {
    Sender out;
    assert_true(out.put(size).has_value());
    std::size_t sent = 0;
    int frames = 0;
    while (const auto frame = out.next()) {
      assert_true(size_of(*frame) <= kPacket);
      assert_int_equal(frame->offset, sent);
      assert_int_equal(frame->total, size);
      sent += frame->data.size();
      ++frames;
    }
    assert_int_equal(sent, size);
    const bool fits = whole_header_size(Delivery::reliable_ordered, 0, size) + size <= kPacket;
    assert_int_equal(frames, fits ? 1 : 2);
  }
}

// Threat F4.
// F4
void the_largest_message_is_taken_and_one_byte_more_is_not(void**) {
  Sender out({64u << 20, 1024});
  assert_int_equal(out.max_message_bytes(Delivery::reliable_ordered), 1u << 20);
  assert_true(out.put(1u << 20).has_value());
  assert_true(out.put((1u << 20) + 1).error() == Error::too_large);
  assert_true(out.put(kUnreliableBytesMax, of(Delivery::unreliable)).has_value());
  assert_true(out.put(kUnreliableBytesMax + 1, of(Delivery::unreliable)).error() == Error::too_large);
  assert_true(out.put(0).has_value());
}

void what_makes_no_sense_is_refused(void**) {
  Sender out;
  assert_true(out.put(1, of(Delivery::reliable_ordered, 8)).error() == Error::invalid_argument);
  assert_true(out.put(1, of(static_cast<Delivery>(9))).error() == Error::invalid_argument);
  assert_false(out.has_work());
}

// Threat S12.
// S12
void a_full_queue_answers_would_block_and_later_writable(void**) {
  Sender out({10'000, 1024});
  int queued = 0;
  while (out.put(744).has_value()) ++queued;
  assert_int_equal(queued, 10);  // 744 + 256 of overhead each
  assert_true(out.put(744).error() == Error::would_block);
  std::vector<FrameTag> tags;
  while (const auto frame = out.next()) tags.push_back(frame->tag);
  assert_false(out.writable_again());
  for (int at = 0; at < 4; ++at) out.on_acked(tags[static_cast<std::size_t>(at)]);
  assert_false(out.writable_again());
  out.on_acked(tags[4]);
  assert_true(out.writable_again());
  assert_false(out.writable_again());
}

// S12
void a_message_above_the_cap_is_taken_when_the_queue_is_empty(void**) {
  Sender out({10'000, 1024});
  assert_true(out.put(100).has_value());
  assert_true(out.put(50'000).error() == Error::would_block);
  assert_false(out.writable_again());  // below half, but not empty: it would be refused again
  out.on_acked(out.next()->tag);
  assert_true(out.writable_again());
  assert_true(out.put(50'000).has_value());
  assert_true(out.put(0).error() == Error::would_block);
}

void the_number_of_channels_is_limited(void**) {
  Sender out({1u << 20, 3});
  for (const ChannelId channel : std::array<ChannelId, 3>{7, 70, 700})
    assert_true(out.put(1, {}, channel).has_value());
  assert_true(out.put(1, {}, 7000).error() == Error::limit_exceeded);
  assert_true(out.put(1, {}, 70).has_value());
}

void fragments_are_worth_their_header(void**) {
  Sender out;
  assert_true(out.put(2000).has_value());
  assert_false(out.next(40).has_value());
  const auto first = out.next(kPacket);
  assert_true(first && first->kind == FrameKind::fragment);
  const auto tail = out.next(kPacket);
  assert_int_equal(first->data.size() + tail->data.size(), 2000);
}

void a_message_of_512_bytes_waits_for_room(void**) {
  Sender out;
  assert_true(out.put(kWholeOnlyBytes, {}, 65'535).has_value());
  assert_false(out.next(500).has_value());
  assert_true(out.has_work());
  const auto frame = out.next(521);
  assert_true(frame && frame->kind == FrameKind::whole);
}

void an_unreliable_message_of_960_bytes_waits_for_room(void**) {
  Sender out;
  assert_true(out.put(kUnreliableWholeBytes, of(Delivery::unreliable), 65'535).has_value());
  assert_false(out.next(900).has_value());
  const auto frame = out.next(Outgoing::kSpaceForAnyFrame);
  assert_true(frame && frame->kind == FrameKind::whole);
}

void small_messages_fill_what_a_large_one_leaves(void**) {
  Sender out;
  assert_true(out.put(500, {}, 1).has_value());
  assert_true(out.put(20, {}, 2).has_value());
  const auto frame = out.next(100);
  assert_true(frame && frame->channel == 2);
  assert_int_equal(out.next(kPacket)->channel, 1);
}

void what_was_lost_goes_first_and_as_a_range(void**) {
  Sender out;
  assert_true(out.put(5000).has_value());
  const auto first = out.next();
  const auto second = out.next();
  out.on_lost(first->tag);
  const auto again = out.next(600);  // the path got narrower (F5)
  assert_int_equal(again->offset, 0);
  assert_true(again->data.size() < first->data.size());
  const auto rest = out.next();
  assert_int_equal(rest->offset, again->data.size());
  assert_int_equal(rest->data.size(), first->data.size() - again->data.size());
  const auto fresh = out.next();
  assert_int_equal(fresh->offset, second->offset + second->data.size());
}

void an_ack_after_a_declared_loss_counts(void**) {
  Sender out;
  assert_true(out.put(100).has_value());
  const FrameTag tag = out.next()->tag;
  out.on_lost(tag);
  out.on_acked(tag);
  assert_true(out.drained());
  assert_false(out.next().has_value());
  assert_false(out.has_work());
  out.on_lost(tag);
  out.on_acked(tag);
  assert_true(out.drained());
}

void an_unreliable_message_is_forgotten_once_sent(void**) {
  Sender out;
  assert_true(out.put(100, of(Delivery::unreliable)).has_value());
  const auto frame = out.next();
  assert_true(frame && !frame->has_number());
  assert_true(out.drained());
  const auto expected = test::pattern(100, 100);
  assert_memory_equal(frame->data.data(), expected.data(), 100);
  out.on_lost(frame->tag);
  assert_false(out.has_work());
  assert_false(out.next().has_value());
}

void unreliable_fragments_have_numbers_of_their_own(void**) {
  Sender out;
  assert_true(out.put(100).has_value());
  assert_true(out.put(1500, of(Delivery::unreliable)).has_value());
  assert_true(out.put(1500, of(Delivery::unreliable)).has_value());
  std::vector<int> numbers;
  while (const auto frame = out.next()) {
    if (frame->delivery == Delivery::unreliable && frame->offset == 0) numbers.push_back(frame->number);
  }
  assert_true(numbers == (std::vector<int>{1, 3}));
}

void a_probe_repeats_what_is_not_acked(void**) {
  Sender out;
  assert_true(out.put(3000).has_value());
  const auto first = out.next();
  const auto again = out.frame_again(kNow, first->tag, 500);
  assert_true(again.has_value());
  assert_int_equal(again->offset, 0);
  assert_int_equal(again->number, first->number);
  assert_true(size_of(*again) <= 500);
  assert_int_equal(out.next()->offset, first->data.size());
  out.on_acked(first->tag);
  assert_false(out.frame_again(kNow, first->tag, 500).has_value());
}

void a_message_starts_only_with_all_of_its_credit(void**) {
  test::LevelledOutgoing out({});
  out.set_peer_limits(1u << 20, 1000);
  assert_true(out.send(kNow, 0, test::pattern(936, 1), {}).has_value());
  assert_true(out.send(kNow, 0, test::pattern(1, 1), {}).has_value());
  assert_true(out.next_frame(kNow, kPacket).has_value());
  assert_false(out.has_blocked_to_report());
  assert_false(out.next_frame(kNow, kPacket).has_value());
  assert_false(out.has_work());
  assert_true(out.blocked_by_credit());
  const auto blocked = out.blocked_to_report();
  assert_int_equal(blocked->limit, 1000);
  assert_int_equal(blocked->need, 65);
  assert_false(out.has_blocked_to_report());
  out.on_blocked_lost();
  assert_true(out.has_blocked_to_report());
  assert_true(out.set_limit(1065));
  assert_false(out.blocked_by_credit());
  assert_true(out.next_frame(kNow, kPacket).has_value());
}

// S8
void limits_that_do_not_grow_change_nothing(void**) {
  Sender out;
  assert_false(out.set_limit(0));
  assert_false(out.set_limit(256u << 10));
  assert_true(out.set_limit((256u << 10) + 1));
}

void unreliable_messages_need_no_credit(void**) {
  test::LevelledOutgoing out({});
  out.set_peer_limits(1u << 20, 0);
  assert_true(out.send(kNow, 0, test::pattern(10, 1), of(Delivery::reliable_ordered)).has_value());
  assert_true(out.send(kNow, 0, test::pattern(10, 1), of(Delivery::unreliable)).has_value());
  const auto frame = out.next_frame(kNow, kPacket);
  assert_true(frame && frame->delivery == Delivery::unreliable);
  assert_false(out.next_frame(kNow, kPacket).has_value());
}

void small_messages_cannot_starve_a_large_one_of_credit(void**) {
  test::LevelledOutgoing out({});
  out.set_peer_limits(1u << 20, 1000);
  assert_true(out.send(kNow, 1, test::pattern(900, 1), {}).has_value());
  out.next_frame(kNow, kPacket);
  assert_true(out.send(kNow, 1, test::pattern(5000, 1), {}).has_value());
  assert_true(out.send(kNow, 2, test::pattern(436, 1), {}).has_value());
  assert_false(out.next_frame(kNow, kPacket).has_value());
  assert_int_equal(out.blocked_to_report()->need, 5064);
  out.set_limit(1500);  // not enough for the large one: the small one may have it
  assert_int_equal(out.next_frame(kNow, kPacket)->channel, 2);
  assert_true(out.send(kNow, 2, test::pattern(436, 1), {}).has_value());
  out.set_limit(964 + 500 + 5064);  // just enough for the large one: it is first in line
  const auto frame = out.next_frame(kNow, kPacket);
  assert_true(frame && frame->channel == 1);
  while (const auto more = out.next_frame(kNow, kPacket)) assert_int_equal(more->channel, 1);
  assert_true(out.blocked_by_credit());
}

void the_window_of_numbers_holds_a_channel_back_alone(void**) {
  test::LevelledOutgoing out({16u << 20, 1024});
  out.set_peer_limits(1u << 20, 16u << 20);
  for (std::uint32_t at = 0; at <= kNumberSpan; ++at) assert_true(out.send(kNow, 1, {}, {}).has_value());
  assert_true(out.send(kNow, 2, {}, {}).has_value());
  std::vector<FrameTag> tags;
  std::size_t of_first_channel = 0;
  while (const auto frame = out.next_frame(kNow, kPacket)) {
    tags.push_back(frame->tag);
    of_first_channel += frame->channel == 1 ? 1 : 0;
  }
  assert_int_equal(of_first_channel, kNumberSpan);
  assert_int_equal(tags.size(), kNumberSpan + 1);
  assert_false(out.has_work());
  out.on_acked(tags[0]);
  const auto last = out.next_frame(kNow, kPacket);
  assert_true(last && last->number == kNumberSpan);
}

void urgent_messages_go_first_and_order_inside_a_channel_stays(void**) {
  Sender out;
  assert_true(out.put(10, of(Delivery::reliable_ordered, 5), 1).has_value());
  assert_true(out.put(20, of(Delivery::reliable_ordered, 4), 2).has_value());
  assert_true(out.put(30, of(Delivery::reliable_ordered, 0), 1).has_value());
  std::vector<std::size_t> sizes;
  while (const auto frame = out.next()) sizes.push_back(frame->data.size());
  assert_true(sizes == (std::vector<std::size_t>{10, 30, 20}));
}

void lower_levels_are_not_starved(void**) {
  test::LevelledOutgoing out({64u << 20, 1024});
  out.set_peer_limits(16u << 20, 1u << 30);
  assert_true(out.send(kNow, 1, test::pattern(8u << 20, 1), of(Delivery::reliable_ordered, 0)).has_value());
  assert_true(out.send(kNow, 2, test::pattern(8u << 20, 2), of(Delivery::reliable_ordered, 7)).has_value());
  std::size_t lower = 0, all = 0;
  while (all < 4u << 20) {
    const auto frame = out.next_frame(kNow, kPacket);
    all += frame->data.size();
    lower += frame->channel == 2 ? frame->data.size() : 0;
  }
  assert_in_range(lower, all / 16 - 5'000, all / 16 + 5'000);
}

void channels_of_a_level_share_the_packets(void**) {
  test::LevelledOutgoing out({64u << 20, 1024});
  out.set_peer_limits(16u << 20, 1u << 30);
  for (const ChannelId channel : std::array<ChannelId, 3>{1, 2, 3}) {
    assert_true(out.send(kNow, channel, test::pattern(1u << 20, channel), {}).has_value());
  }
  std::size_t sent[4] = {};
  for (int packet = 0; packet < 600; ++packet) {
    const auto frame = out.next_frame(kNow, kPacket);
    sent[frame->channel] += frame->data.size();
  }
  const auto [low, high] = std::minmax({sent[1], sent[2], sent[3]});
  assert_true(high - low <= 4 * kPacket);
}

void a_receipt_of_an_ordered_message_waits_for_earlier_ones(void**) {
  Sender out;
  const auto first = out.put(10, {}, 1);
  const auto second = out.put(20, with_receipt(), 1);
  const auto third = out.put(30, with_receipt(Delivery::reliable_unordered), 1);
  assert_true(first && second && third);
  std::vector<FrameTag> tags(31);
  while (const auto frame = out.next()) tags[frame->data.size()] = frame->tag;
  out.on_acked(tags[20]);
  assert_false(out.poll_receipt().has_value());
  out.on_acked(tags[30]);
  assert_int_equal(out.poll_receipt()->id, *third);
  assert_false(out.poll_receipt().has_value());
  out.on_acked(tags[10]);
  const auto receipt = out.poll_receipt();
  assert_true(receipt && receipt->id == *second && receipt->status == ReceiptStatus::delivered);
  assert_false(out.poll_receipt().has_value());
  assert_int_equal(out.queued_bytes(), 0);
}

void at_the_end_every_receipt_that_is_owed_says_lost(void**) {
  Sender out;
  const auto first = out.put(10, with_receipt(), 1);
  const auto second = out.put(20, with_receipt(), 1);
  const auto third = out.put(30, with_receipt(), 2);
  assert_true(out.put(40, {}, 2).has_value());
  assert_true(first && second && third);
  const FrameTag first_tag = out.next()->tag;
  out.on_acked(out.next()->tag);  // the second is finished, and waits for the first
  out.give_up_receipts();
  for (const auto id : {*first, *second, *third}) {
    const auto receipt = out.poll_receipt();
    assert_true(receipt && receipt->id == id && receipt->status == ReceiptStatus::lost);
  }
  out.on_acked(first_tag);
  out.give_up_receipts();
  assert_false(out.poll_receipt().has_value());
}

void messages_wait_for_the_peers_limits(void**) {
  test::LevelledOutgoing out({64u << 20, 1024});
  assert_true(out.send(kNow, 0, test::pattern(10, 1), {}).has_value());
  assert_true(out.send(kNow, 0, test::pattern(5000, 1), with_receipt()).has_value());
  assert_false(out.next_frame(kNow, kPacket).has_value());
  assert_false(out.has_blocked_to_report());
  assert_int_equal(out.set_peer_limits(4000, 256u << 10), 1);
  assert_true(out.has_work());
  assert_true(out.next_frame(kNow, kPacket).has_value());
  assert_false(out.next_frame(kNow, kPacket).has_value());
  const auto receipt = out.poll_receipt();
  assert_true(receipt && receipt->status == ReceiptStatus::lost);
  assert_true(out.send(kNow, 0, test::pattern(4001, 1), {}).error() == Error::too_large);
}

void of_more_channels_than_the_peer_takes_those_used_first_stay(void**) {
  test::LevelledOutgoing out({64u << 20, 1024});
  std::vector<MessageId> lost;
  for (const ChannelId channel : std::vector<ChannelId>{9, 3, 5, 9, 1, 3, 1}) {
    const auto id = out.send(kNow, channel, test::pattern(10, channel), with_receipt());
    assert_true(id.has_value());
    if (channel == 5 || channel == 1) lost.push_back(*id);
  }
  assert_int_equal(out.set_peer_limits(4000, 256u << 10, 2), lost.size());
  for (const MessageId id : lost) {
    const auto receipt = out.poll_receipt();
    assert_true(receipt && receipt->id == id && receipt->status == ReceiptStatus::lost);
  }
  std::size_t sent = 0;
  for (; const auto frame = out.next_frame(kNow, kPacket); ++sent)
    assert_true(frame->channel == 9 || frame->channel == 3);
  assert_int_equal(sent, 4);
  assert_true(out.send(kNow, 3, test::pattern(10, 1), {}).has_value());
  assert_true(out.send(kNow, 5, test::pattern(10, 1), {}).error() == Error::limit_exceeded);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_small_message_goes_out_whole),
      cmocka_unit_test(sizes_around_the_space_are_cut_without_loss),
      cmocka_unit_test(the_largest_message_is_taken_and_one_byte_more_is_not),
      cmocka_unit_test(what_makes_no_sense_is_refused),
      cmocka_unit_test(a_full_queue_answers_would_block_and_later_writable),
      cmocka_unit_test(a_message_above_the_cap_is_taken_when_the_queue_is_empty),
      cmocka_unit_test(the_number_of_channels_is_limited),
      cmocka_unit_test(fragments_are_worth_their_header),
      cmocka_unit_test(a_message_of_512_bytes_waits_for_room),
      cmocka_unit_test(an_unreliable_message_of_960_bytes_waits_for_room),
      cmocka_unit_test(small_messages_fill_what_a_large_one_leaves),
      cmocka_unit_test(what_was_lost_goes_first_and_as_a_range),
      cmocka_unit_test(an_ack_after_a_declared_loss_counts),
      cmocka_unit_test(an_unreliable_message_is_forgotten_once_sent),
      cmocka_unit_test(unreliable_fragments_have_numbers_of_their_own),
      cmocka_unit_test(a_probe_repeats_what_is_not_acked),
      cmocka_unit_test(a_message_starts_only_with_all_of_its_credit),
      cmocka_unit_test(limits_that_do_not_grow_change_nothing),
      cmocka_unit_test(unreliable_messages_need_no_credit),
      cmocka_unit_test(small_messages_cannot_starve_a_large_one_of_credit),
      cmocka_unit_test(the_window_of_numbers_holds_a_channel_back_alone),
      cmocka_unit_test(urgent_messages_go_first_and_order_inside_a_channel_stays),
      cmocka_unit_test(lower_levels_are_not_starved),
      cmocka_unit_test(channels_of_a_level_share_the_packets),
      cmocka_unit_test(a_receipt_of_an_ordered_message_waits_for_earlier_ones),
      cmocka_unit_test(at_the_end_every_receipt_that_is_owed_says_lost),
      cmocka_unit_test(messages_wait_for_the_peers_limits),
      cmocka_unit_test(of_more_channels_than_the_peer_takes_those_used_first_stay),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
