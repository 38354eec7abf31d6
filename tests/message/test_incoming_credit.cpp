// Credit beyond the window: asked for, waited for, paid by the endpoint's budget, used or not.
#include "message/incoming.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "message/receiver.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::Delivery;
using rudp::Error;
using rudp::Instant;
using namespace rudp::message;
using test::kMessage;
using test::kStart;
using test::kWindow;
using test::Receiver;

namespace {

/// Lets `length` pass for all of them: each is asked whenever it wants to be.
void wait(std::initializer_list<Incoming*> receivers, Instant from, rudp::Duration length) {
  while (true) {
    Instant next = Instant::max();
    for (const Incoming* in : receivers) next = std::min(next, in->timeout().value_or(Instant::max()));
    if (next > from + length) return;
    for (Incoming* in : receivers)
      if (in->timeout().value_or(Instant::max()) <= next) in->on_timeout(next);
  }
}

/// A receiver whose peer was promised a largest message and has let the promise lapse.
struct Lapsed {
  explicit Lapsed(rudp::transfer::CreditBudget& budget) : in({}, budget) {
    assert_true(in.on_blocked(kStart, kWindow, kMessage + kMessageChargeBytes).has_value());
    assert_int_equal(*in.limit_to_announce(), kWindow + kMessage + kMessageChargeBytes);
    wait({&in}, kStart, kPromiseTimeMin);
  }
  /// The promised message, from `begin` to `end`.
  rudp::Result<void> take(std::uint64_t begin, std::uint64_t end,
                          Instant now = kStart + std::chrono::hours(1)) {
    static const std::vector<std::uint8_t> zeros(65'536);
    for (std::uint64_t at = begin; at < end; at += zeros.size()) {
      const rudp::Result<void> taken =
          in.on_fragment(now, Delivery::reliable_ordered, 0, 0, kMessage, at, zeros);
      if (!taken) return taken;
    }
    return {};
  }
  Incoming in;
};

// Threat S13.
void a_promise_on_which_nothing_comes_keeps_nobody_from_theirs(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  const std::uint64_t need = kMessage + kMessageChargeBytes;
  Incoming first({}, budget), second({}, budget), third({}, budget), fourth({}, budget), fifth({}, budget);
  for (Incoming* in : {&first, &second, &third, &fourth})
    assert_true(in->on_blocked(kStart, kWindow, need).has_value());
  assert_false(fourth.has_limit_to_announce());
  assert_true(fifth.on_blocked(kStart, kWindow, 300u << 10).has_value());
  assert_false(fifth.has_limit_to_announce());
  wait({&first, &second, &third, &fourth, &fifth}, kStart, std::chrono::seconds(11));
  assert_int_equal(*fourth.limit_to_announce(), kWindow + need);
  assert_int_equal(*fifth.limit_to_announce(), kWindow + (300u << 10));
  assert_int_equal(first.budget_bytes() + second.budget_bytes() + third.budget_bytes(), 0);
  // The promises stand.
  for (Incoming* in : {&first, &second, &third}) assert_int_equal(*in->limit_to_announce(), kWindow + need);
}

void who_asks_again_without_using_a_promise_holds_nothing(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  Lapsed peer(budget);
  const std::uint64_t need = kMessage + kMessageChargeBytes;
  assert_true(peer.in.on_blocked(kStart, kWindow + need, need).has_value());
  assert_false(peer.in.has_limit_to_announce());
  assert_int_equal(budget.taken_bytes(), 0);
}

void what_comes_late_on_a_promise_is_paid_for_as_it_comes(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  Lapsed peer(budget);
  for (const std::uint64_t end : {std::uint64_t{128u << 10}, std::uint64_t{1u << 20}, kMessage - 65'536}) {
    assert_true(peer.take(0, end).has_value());
    const std::uint64_t here = end + kMessageChargeBytes;
    assert_int_equal(budget.taken_bytes(), here > kWindow ? here - kWindow : 0);
    assert_int_equal(peer.in.budget_bytes(), budget.taken_bytes());
  }
  assert_true(peer.take(kMessage - 65'536, kMessage).has_value());
  ReceivedMessage message;
  assert_true(peer.in.poll(message));
  assert_int_equal(budget.taken_bytes(), 0);
}

void a_promise_is_kept_for_who_uses_it_and_not_for_who_stops(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  const std::uint64_t need = kMessage + kMessageChargeBytes;
  Incoming in({}, budget);
  assert_true(in.on_blocked(kStart, kWindow, need).has_value());
  assert_int_equal(*in.limit_to_announce(), kWindow + need);
  Instant now = kStart;
  wait({&in}, now, rudp::Duration::zero());
  const auto bytes = test::pattern(65'536, 1);
  for (std::uint64_t at = 0; at < 10; ++at) {
    assert_true(in.on_fragment(now, Delivery::reliable_ordered, 0, 0, kMessage, at * bytes.size(), bytes)
                    .has_value());
    wait({&in}, now, kPromiseTimeMin);
    now += kPromiseTimeMin;
    assert_int_equal(budget.taken_bytes(), need);
  }
  wait({&in}, now, 2 * kPromiseTimeMin);
  assert_int_equal(budget.taken_bytes(), 10 * bytes.size() + kMessageChargeBytes - kWindow);
}

void what_comes_late_may_take_the_budget_twice_and_no_more(void**) {
  rudp::transfer::CreditBudget budget(kMessage + kMessageChargeBytes);
  Lapsed first(budget), second(budget), third(budget);
  assert_true(first.take(0, kMessage - 65'536).has_value());
  assert_true(second.take(0, kMessage - 65'536).has_value());
  assert_int_equal(budget.free_bytes(), 0);
  assert_true(third.take(0, kMessage).error() == Error::out_of_memory);
  assert_in_range(budget.taken_bytes(), 2 * kMessage - (1u << 20), 2 * (kMessage + kMessageChargeBytes));
}

void a_connection_rests_on_a_promise(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  const std::uint64_t need = kMessage + kMessageChargeBytes;
  Incoming in({}, budget);
  assert_true(in.on_blocked(kStart, kWindow, need).has_value());
  assert_int_equal(*in.limit_to_announce(), kWindow + need);
  assert_true(in.can_rest());
  in.rest();
  assert_int_equal(budget.taken_bytes(), 0);
  assert_false(in.timeout().has_value());
}

void a_large_message_gets_its_credit_from_the_budget(void**) {
  Receiver receiver;
  const std::uint64_t need = kMessage + kMessageChargeBytes;
  assert_true(receiver.in.on_blocked(kStart, kWindow, need).has_value());
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + need);
  assert_int_equal(receiver.in.budget_bytes(), need);
  assert_int_equal(receiver.budget.free_bytes(), (64u << 20) - need);
  const auto whole = test::pattern(kMessage, 3);
  for (std::uint64_t at = 0; at < kMessage; at += 65'536) {
    const Bytes part = Bytes(whole).subspan(at, 65'536);
    assert_true(
        receiver.in.on_fragment(kStart, Delivery::reliable_ordered, 0, 0, kMessage, at, part).has_value());
  }
  ReceivedMessage message;
  assert_true(receiver.in.poll(message));
  assert_true(message.bytes == whole);
  assert_int_equal(receiver.in.budget_bytes(), 0);
  assert_int_equal(receiver.budget.free_bytes(), 64u << 20);
}

void the_budget_is_waited_for_and_given_back_at_the_end(void**) {
  rudp::transfer::CreditBudget budget(20u << 20);
  const std::uint64_t need = kMessage + kMessageChargeBytes;
  Incoming second({}, budget);
  {
    Incoming first({}, budget);
    assert_true(first.on_blocked(kStart, kWindow, need).has_value());
    assert_true(second.on_blocked(kStart, kWindow, need).has_value());
    assert_false(second.has_limit_to_announce());
    assert_int_equal(budget.waiting(), 1);
    second.on_timeout(*second.timeout());
    assert_false(second.has_limit_to_announce());
  }
  assert_true(second.timeout().has_value());
  second.on_timeout(*second.timeout());
  assert_int_equal(*second.limit_to_announce(), kWindow + need);
  assert_int_equal(budget.waiting(), 0);
}

void a_connection_that_ends_while_it_waits_leaves_the_queue(void**) {
  rudp::transfer::CreditBudget budget(1u << 20);
  rudp::transfer::CreditBudget::Ticket other = 0;
  assert_true(budget.take(1u << 20, other));
  {
    Incoming in({}, budget);
    assert_true(in.on_blocked(kStart, kWindow, 500'000).has_value());
    assert_int_equal(budget.waiting(), 1);
  }
  assert_int_equal(budget.waiting(), 0);
}

// S7: an application that does not read gets one largest message beyond the window promised, not more.
void a_stalled_application_holds_one_largest_message_at_most(void**) {
  IncomingLimits limits;
  limits.message_bytes = 1u << 20;
  Receiver receiver(64u << 20, limits);
  const std::uint64_t need = (1u << 20) + kMessageChargeBytes;
  std::uint64_t limit = kWindow;
  for (int round = 0; round < 10; ++round) {
    assert_true(receiver.in.on_blocked(kStart, limit, need).has_value());
    limit = receiver.in.limit_to_announce().value_or(limit);
  }
  assert_int_equal(limit, kWindow + need);
  assert_int_equal(receiver.in.budget_bytes(), need);
}

void a_blocked_peer_hears_of_every_byte_that_comes_free(void**) {
  Receiver receiver;
  assert_true(receiver.whole(0, 100).has_value());
  assert_true(receiver.in.on_blocked(kStart, kWindow, kWindow).has_value());
  assert_false(receiver.in.has_limit_to_announce());
  receiver.poll_sizes();
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + 164);
  assert_int_equal(receiver.in.budget_bytes(), 0);
}

void a_report_that_overtakes_the_message_before_it_still_counts(void**) {
  constexpr std::uint64_t kCharge = 60'000;
  constexpr std::size_t kBytes = kCharge - kMessageChargeBytes;
  Receiver receiver;
  for (std::uint16_t number = 0; number < 4; ++number)
    assert_true(receiver.whole(number, kBytes).has_value());
  assert_true(receiver.in.on_blocked(kStart, kWindow, kCharge).has_value());
  ReceivedMessage message;
  assert_true(receiver.in.poll(message));
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + kCharge);
  // The fifth message starts, and its loss lets the report of the sixth arrive first.
  assert_true(receiver.in.on_blocked(kStart, kWindow + kCharge, kCharge - 10'000).has_value());
  assert_true(receiver.whole(4, kBytes).has_value());
  assert_true(receiver.in.poll(message));
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + 2 * kCharge);
}

void senseless_reports_of_blocking_are_refused(void**) {
  Receiver receiver;
  const std::uint64_t most = kMessage + kMessageChargeBytes;
  assert_true(receiver.in.on_blocked(kStart, kWindow, most + 1).error() == Error::protocol_violation);
  assert_true(receiver.in.on_blocked(kStart, kWindow + 1, 100).error() == Error::protocol_violation);
  assert_true(receiver.in.on_blocked(kStart, kWindow - 1, most).has_value());
  assert_false(receiver.in.has_limit_to_announce());  // the limit at which it waits is an old one
}

// Seed 901869 of the scenarios: what came after the silence was announced by quarters of the window only.
void a_peer_that_waits_for_what_comes_free_is_not_forgotten_in_silence(void**) {
  Receiver receiver;
  assert_true(receiver.in.on_blocked(kStart, kWindow, kWindow).has_value());
  assert_false(receiver.in.can_rest());
  // The message that took credit before was lost, and comes again.
  assert_true(receiver.whole(0, 100).has_value());
  (void)receiver.poll_sizes();
  assert_int_equal(*receiver.in.limit_to_announce(), kWindow + 164);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_peer_that_waits_for_what_comes_free_is_not_forgotten_in_silence),
      cmocka_unit_test(a_promise_on_which_nothing_comes_keeps_nobody_from_theirs),
      cmocka_unit_test(who_asks_again_without_using_a_promise_holds_nothing),
      cmocka_unit_test(what_comes_late_on_a_promise_is_paid_for_as_it_comes),
      cmocka_unit_test(a_promise_is_kept_for_who_uses_it_and_not_for_who_stops),
      cmocka_unit_test(what_comes_late_may_take_the_budget_twice_and_no_more),
      cmocka_unit_test(a_connection_rests_on_a_promise),
      cmocka_unit_test(a_large_message_gets_its_credit_from_the_budget),
      cmocka_unit_test(the_budget_is_waited_for_and_given_back_at_the_end),
      cmocka_unit_test(a_connection_that_ends_while_it_waits_leaves_the_queue),
      cmocka_unit_test(a_stalled_application_holds_one_largest_message_at_most),
      cmocka_unit_test(a_blocked_peer_hears_of_every_byte_that_comes_free),
      cmocka_unit_test(a_report_that_overtakes_the_message_before_it_still_counts),
      cmocka_unit_test(senseless_reports_of_blocking_are_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
