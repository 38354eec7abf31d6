#include "message/incoming.hpp"

#include <algorithm>

#include "message/receiver.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::ChannelId;
using rudp::Delivery;
using rudp::Error;
using rudp::Instant;
using namespace rudp::message;
using test::kMessage;
using test::kStart;
using test::kWindow;
using test::Receiver;

namespace {

using Sizes = std::vector<std::size_t>;

void ordered_messages_wait_for_earlier_ones(void**) {
  Receiver receiver;
  assert_true(receiver.whole(2, 12).has_value());
  assert_true(receiver.whole(1, 11).has_value());
  assert_false(receiver.in.has_ready());
  assert_true(receiver.whole(0, 10).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{10, 11, 12}));
}

void unordered_messages_wait_for_nobody_but_are_waited_for(void**) {
  Receiver receiver;
  assert_true(receiver.whole(2, 12).has_value());
  assert_true(receiver.whole(1, 11, Delivery::reliable_unordered).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{11}));
  assert_true(receiver.whole(0, 10).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{10, 12}));
}

// Threat S14.
void what_comes_in_the_worst_order_comes_out_in_the_best(void**) {
  constexpr std::uint16_t kCount = 300;
  IncomingLimits limits;
  limits.window_bytes = 1u << 20;
  Receiver receiver(64u << 20, limits);
  for (std::uint16_t number = kNumberSpan - 1; number >= kCount; --number) {
    assert_true(receiver.whole(number, number % 100).has_value());
  }
  for (std::uint16_t left = kCount; left > 0; --left) {
    assert_true(
        receiver.fragment(static_cast<std::uint16_t>(left - 1), 513 + left, 200, 313 + left).has_value());
  }
  for (std::uint16_t left = kCount; left > 0; --left) {
    assert_false(receiver.in.has_ready());
    assert_true(receiver.fragment(static_cast<std::uint16_t>(left - 1), 513 + left, 0, 200).has_value());
  }
  Sizes expected;
  for (std::uint16_t number = 0; number < kNumberSpan; ++number) {
    expected.push_back(number < kCount ? 514 + number : number % 100);
  }
  assert_true(receiver.poll_sizes() == expected);
}

// S9
void channels_do_not_wait_for_each_other(void**) {
  Receiver receiver;
  assert_true(receiver.whole(1, 11, Delivery::reliable_ordered, 1).has_value());
  assert_true(receiver.whole(0, 20, Delivery::reliable_ordered, 2).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{20}));
}

void a_message_is_delivered_once(void**) {
  Receiver receiver;
  for (int copy = 0; copy < 3; ++copy) {
    assert_true(receiver.whole(1, 11, Delivery::reliable_unordered).has_value());
    assert_true(receiver.whole(0, 10).has_value());
    assert_true(receiver.fragment(2, 1000, 0, 1000).has_value());
  }
  assert_true(receiver.poll_sizes() == (Sizes{11, 10, 1000}));
  assert_true(receiver.whole(0, 10).has_value());
  assert_true(receiver.poll_sizes().empty());
}

void fragments_become_a_message(void**) {
  Receiver receiver;
  const auto whole = test::pattern(3000, 9);
  for (const std::size_t at : {2000u, 0u, 1000u}) {
    const Bytes part = Bytes(whole).subspan(at, 1000);
    assert_true(
        receiver.in.on_fragment(kStart, Delivery::reliable_ordered, 5, 0, 3000, at, part).has_value());
  }
  ReceivedMessage message;
  assert_true(receiver.in.poll(message));
  assert_true(message.bytes == whole);
  assert_int_equal(message.channel, 5);
}

void a_whole_message_completes_its_fragments(void**) {
  Receiver receiver;
  assert_true(receiver.fragment(0, 1000, 500, 500).has_value());
  assert_true(receiver.whole(0, 1000).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{1000}));
  assert_true(receiver.fragment(1, 1000, 500, 500).has_value());
  assert_true(receiver.whole(1, 1001).error() == Error::malformed);
}

// Threat F2.
// F2
void contradictions_are_refused(void**) {
  Receiver receiver;
  assert_true(receiver.fragment(0, 1000, 0, 100).has_value());
  assert_true(receiver.fragment(0, 1001, 0, 100).error() == Error::malformed);
  assert_true(receiver.fragment(0, 1000, 0, 100, Delivery::reliable_unordered).error() == Error::malformed);
  assert_true(receiver.fragment(0, 1000, 100, 0).error() == Error::malformed);
  assert_true(receiver.fragment(0, 1000, 950, 51).error() == Error::malformed);
  assert_true(receiver.fragment(0, 1000, ~std::uint64_t{0}, 1).error() == Error::malformed);
  assert_true(receiver.fragment(1, kWholeOnlyBytes, 0, 100).error() == Error::malformed);
  assert_true(receiver.fragment(1, 0, 0, 0).error() == Error::malformed);
}

// F4
void the_largest_message_is_taken_and_one_byte_more_is_not(void**) {
  IncomingLimits limits;
  limits.message_bytes = 2000;
  Receiver receiver(64u << 20, limits);
  assert_true(receiver.whole(0, 2000).has_value());
  assert_true(receiver.whole(1, 2001).error() == Error::limit_exceeded);
  assert_true(receiver.fragment(1, 2001, 0, 10).error() == Error::limit_exceeded);
  assert_true(receiver.whole(2, 0).has_value());
  const auto large = test::pattern(kUnreliableBytesMax + 1, 1);
  assert_true(receiver.in.on_message(kStart, Delivery::unreliable, 0, 0, large).error() ==
              Error::limit_exceeded);
  assert_true(receiver.fragment(0, kUnreliableBytesMax + 1, 0, 10, Delivery::unreliable).error() ==
              Error::limit_exceeded);
}

// R1
void the_number_of_channels_is_limited(void**) {
  Receiver receiver;
  for (ChannelId channel = 0; channel < 1024; ++channel) {
    assert_true(receiver.whole(0, 1, Delivery::reliable_ordered, channel).has_value());
  }
  assert_true(receiver.whole(0, 1, Delivery::reliable_ordered, 1024).error() == Error::limit_exceeded);
  assert_true(receiver.whole(1, 1, Delivery::reliable_ordered, 1023).has_value());
}

void a_number_beyond_the_window_is_refused(void**) {
  Receiver receiver;
  assert_true(receiver.whole(kNumberSpan - 1, 1).has_value());
  assert_true(receiver.whole(kNumberSpan, 1).error() == Error::limit_exceeded);
}

void a_skipped_number_is_waited_for_no_longer(void**) {
  Receiver receiver;
  assert_true(receiver.whole(1, 11).has_value());
  assert_true(receiver.whole(3, 13).has_value());
  assert_true(receiver.in.on_skip(kStart, 0, 0, 5000).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{11}));
  assert_true(receiver.in.on_skip(kStart, 0, 2, 64).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{13}));
  assert_true(receiver.whole(2, 12).has_value());  // it was late
  assert_true(receiver.poll_sizes().empty());
}

void a_skip_frees_what_had_arrived_and_counts_its_charge_once(void**) {
  Receiver receiver;
  const std::uint64_t charge = 100'000 + kMessageChargeBytes;
  assert_true(receiver.fragment(0, 100'000, 0, 1000).has_value());
  const std::size_t before = receiver.in.memory_bytes();
  assert_true(receiver.in.on_skip(kStart, 0, 0, charge).has_value());
  assert_true(receiver.in.memory_bytes() + 1000 <= before);
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + charge);
  assert_true(receiver.in.on_skip(kStart, 0, 0, charge).has_value());
  assert_true(receiver.in.on_skip(kStart, 0, 1, charge).has_value());
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + 2 * charge);
}

void a_skip_of_what_has_arrived_changes_nothing(void**) {
  Receiver receiver;
  assert_true(receiver.whole(1, 11).has_value());
  assert_true(receiver.in.on_skip(kStart, 0, 1, 11 + kMessageChargeBytes).has_value());
  assert_true(receiver.whole(0, 10).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{10, 11}));
}

// S2, F2
void a_skip_that_cannot_be_true_is_refused(void**) {
  Receiver receiver;
  const auto error_of = [&](std::uint16_t number, std::uint64_t charge) {
    return receiver.in.on_skip(kStart, 0, number, charge).error();
  };
  assert_true(error_of(0, kMessageChargeBytes - 1) == Error::protocol_violation);
  assert_true(error_of(0, kMessage + kMessageChargeBytes + 1) == Error::protocol_violation);
  assert_true(error_of(0, kWindow + 1) == Error::flow_control_violation);
  assert_true(error_of(kNumberSpan, 100) == Error::limit_exceeded);
  assert_true(receiver.fragment(0, 1000, 0, 100).has_value());
  assert_true(error_of(0, 1001 + kMessageChargeBytes) == Error::malformed);
  for (ChannelId channel = 1; channel < 1024; ++channel) {
    assert_true(receiver.in.on_skip(kStart, channel, 0, 64).has_value());
  }
  assert_true(receiver.in.on_skip(kStart, 1024, 0, 64).error() == Error::limit_exceeded);
}

// S2: messages that are complete, held back or partial all count.
void more_than_the_credit_is_a_violation(void**) {
  Receiver receiver;
  assert_true(receiver.whole(1, 100'000 - kMessageChargeBytes).has_value());
  assert_true(receiver.fragment(2, 100'000 - kMessageChargeBytes, 0, 1000).has_value());
  const std::uint64_t left = kWindow - 200'000;
  assert_true(receiver.whole(0, left - kMessageChargeBytes + 1).error() == Error::flow_control_violation);
  assert_true(receiver.fragment(0, left - kMessageChargeBytes + 1, 0, 10).error() ==
              Error::flow_control_violation);
  assert_true(receiver.whole(0, left - kMessageChargeBytes).has_value());
  assert_true(receiver.whole(3, 0).error() == Error::flow_control_violation);
}

void credit_comes_back_when_the_application_polls(void**) {
  Receiver receiver;
  assert_true(receiver.whole(0, 70'000).has_value());
  assert_false(receiver.in.has_limit_to_announce());
  receiver.poll_sizes();
  assert_true(receiver.in.has_limit_to_announce());
  const std::uint64_t limit = kWindow + 70'000 + kMessageChargeBytes;
  assert_int_equal(*receiver.in.limit_to_announce(), limit);
  assert_false(receiver.in.limit_to_announce().has_value());
  receiver.in.on_limit_lost();
  assert_int_equal(*receiver.in.limit_to_announce(), limit);
}

void a_fragmented_unreliable_message_is_confirmed_when_it_is_whole(void**) {
  Receiver receiver;
  assert_true(receiver.whole(0, 100, Delivery::unreliable).has_value());
  assert_true(receiver.fragment(7, 2000, 0, 1000, Delivery::unreliable).has_value());
  assert_true(receiver.fragment(7, 2000, 0, 1000).has_value());
  assert_false(receiver.in.has_receipt_to_send());
  assert_true(receiver.fragment(7, 2000, 1000, 1000, Delivery::unreliable).has_value());
  assert_true(receiver.in.receipt_to_send() == (ArrivedMessage{0, 7}));
  assert_false(receiver.in.receipt_to_send().has_value());
  receiver.in.on_receipt_lost({0, 7});
  receiver.in.on_receipt_lost({0, 7});
  assert_true(receiver.in.receipt_to_send() == (ArrivedMessage{0, 7}));
  assert_false(receiver.in.receipt_to_send().has_value());
}

// R1
void receipts_that_cannot_be_sent_are_forgotten_from_the_oldest(void**) {
  Receiver receiver;
  for (std::uint16_t number = 0; number < kReceiptsDueMax + 10; ++number) {
    assert_true(receiver.fragment(number, 600, 0, 600, Delivery::unreliable).has_value());
  }
  std::size_t count = 0;
  while (const auto arrived = receiver.in.receipt_to_send()) assert_int_equal(arrived->number, 10 + count++);
  assert_int_equal(count, kReceiptsDueMax);
}

// F3
void partial_unreliable_messages_time_out(void**) {
  Receiver receiver;
  assert_false(receiver.in.timeout().has_value());
  assert_true(receiver.fragment(0, 2000, 0, 1000, Delivery::unreliable).has_value());
  assert_true(*receiver.in.timeout() == kStart + std::chrono::seconds(1));
  receiver.in.set_smoothed_rtt(std::chrono::milliseconds(600));
  assert_true(*receiver.in.timeout() == kStart + std::chrono::milliseconds(1800));
  receiver.in.on_timeout(kStart + std::chrono::milliseconds(1799));
  assert_int_equal(receiver.in.unreliable_dropped(), 0);
  receiver.in.on_timeout(kStart + std::chrono::milliseconds(1800));
  assert_int_equal(receiver.in.unreliable_dropped(), 1);
  assert_false(receiver.in.timeout().has_value());
}

// R1, S7
void unread_unreliable_messages_are_capped_and_the_oldest_go(void**) {
  Receiver receiver;
  for (std::uint16_t at = 0; at < 2000; ++at) {
    assert_true(receiver.whole(0, 1000 + at, Delivery::unreliable).has_value());
    assert_in_range(receiver.in.memory_bytes(), 1000, kUnreliableReadyBytesMax + 64 * 4096);
  }
  const Sizes sizes = receiver.poll_sizes();
  assert_int_equal(sizes.size() + receiver.in.unreliable_dropped(), 2000);
  assert_int_equal(sizes.back(), 2999);
  assert_true(std::is_sorted(sizes.begin(), sizes.end()));
}

void messages_of_all_kinds_come_in_the_order_in_which_they_got_ready(void**) {
  Receiver receiver;
  assert_true(receiver.whole(0, 1, Delivery::unreliable).has_value());
  assert_true(receiver.whole(0, 2).has_value());
  assert_true(receiver.whole(1, 3, Delivery::unreliable).has_value());
  assert_true(receiver.whole(1, 4).has_value());
  assert_true(receiver.poll_sizes() == (Sizes{1, 2, 3, 4}));
}

// Threat F1.
// F1: a thousand messages of 16 MB are announced, a fragment of each comes.
void announced_messages_cost_credit_not_memory(void**) {
  Receiver receiver;
  assert_true(receiver.in.on_blocked(kStart, kWindow, kMessage + kMessageChargeBytes).has_value());
  receiver.in.limit_to_announce();
  int taken = 0;
  for (std::uint16_t number = 0; number < 1000; ++number) {
    taken += receiver.fragment(number, kMessage, kMessage - 1000, 1000).has_value() ? 1 : 0;
  }
  assert_int_equal(taken, 1);
  assert_in_range(receiver.in.memory_bytes(), 1000, 12'000);
}

// Threats F1, S3.
// S3: the smallest fragmented messages, a byte of each; real memory stays inside 1.25 x the window.
void small_partials_stay_inside_the_window(void**) {
  Receiver receiver;
  std::uint16_t number = 0;
  while (receiver.fragment(number, kWholeOnlyBytes + 1, 0, 1).has_value()) ++number;
  assert_in_range(number, 400, 500);
  assert_in_range(receiver.in.memory_bytes(), kWindow / 2, kWindow + kWindow / 4);
}

void a_steady_flow_uses_the_same_buffers(void**) {
  Receiver receiver;
  ReceivedMessage message;
  const std::uint8_t* memory = nullptr;
  for (std::uint16_t number = 0; number < 1000; ++number) {
    assert_true(receiver.whole(number, 200).has_value());
    assert_true(receiver.in.poll(message));
    if (memory) assert_ptr_equal(message.bytes.data(), memory);
    memory = message.bytes.data();
    receiver.in.recycle(std::move(message.bytes));
    receiver.in.limit_to_announce();
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ordered_messages_wait_for_earlier_ones),
      cmocka_unit_test(unordered_messages_wait_for_nobody_but_are_waited_for),
      cmocka_unit_test(what_comes_in_the_worst_order_comes_out_in_the_best),
      cmocka_unit_test(channels_do_not_wait_for_each_other),
      cmocka_unit_test(a_message_is_delivered_once),
      cmocka_unit_test(fragments_become_a_message),
      cmocka_unit_test(a_whole_message_completes_its_fragments),
      cmocka_unit_test(contradictions_are_refused),
      cmocka_unit_test(the_largest_message_is_taken_and_one_byte_more_is_not),
      cmocka_unit_test(the_number_of_channels_is_limited),
      cmocka_unit_test(a_number_beyond_the_window_is_refused),
      cmocka_unit_test(a_skipped_number_is_waited_for_no_longer),
      cmocka_unit_test(a_skip_frees_what_had_arrived_and_counts_its_charge_once),
      cmocka_unit_test(a_skip_of_what_has_arrived_changes_nothing),
      cmocka_unit_test(a_skip_that_cannot_be_true_is_refused),
      cmocka_unit_test(more_than_the_credit_is_a_violation),
      cmocka_unit_test(credit_comes_back_when_the_application_polls),
      cmocka_unit_test(a_fragmented_unreliable_message_is_confirmed_when_it_is_whole),
      cmocka_unit_test(receipts_that_cannot_be_sent_are_forgotten_from_the_oldest),
      cmocka_unit_test(partial_unreliable_messages_time_out),
      cmocka_unit_test(unread_unreliable_messages_are_capped_and_the_oldest_go),
      cmocka_unit_test(messages_of_all_kinds_come_in_the_order_in_which_they_got_ready),
      cmocka_unit_test(announced_messages_cost_credit_not_memory),
      cmocka_unit_test(small_partials_stay_inside_the_window),
      cmocka_unit_test(a_steady_flow_uses_the_same_buffers),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
