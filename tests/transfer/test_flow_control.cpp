#include "transfer/flow_control.hpp"

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::transfer::ReceiveCredit;
using rudp::transfer::SendCredit;

namespace {

void a_reservation_takes_all_or_nothing(void**) {
  SendCredit credit(100);
  assert_false(credit.reserve(101));
  assert_true(credit.reserve(60));
  assert_false(credit.reserve(41));
  assert_int_equal(credit.available(), 40);
  assert_true(credit.reserve(40));
  credit.give_back(40);
  assert_int_equal(credit.used(), 60);
}

// S8: limits that do not grow are ignored.
void a_limit_only_grows(void**) {
  SendCredit credit(100);
  assert_false(credit.set_limit(100));
  assert_false(credit.set_limit(50));
  assert_int_equal(credit.limit(), 100);
  assert_true(credit.set_limit(150));
  assert_int_equal(credit.available(), 150);
}

// S2
void more_than_was_promised_is_refused(void**) {
  ReceiveCredit credit(100);
  assert_true(credit.on_received(100));
  assert_false(credit.on_received(1));
  assert_int_equal(credit.received(), 100);
  credit.on_consumed(100);
  assert_false(credit.on_received(1));  // freed, but not announced yet
  assert_int_equal(*credit.limit_to_announce(), 200);
  assert_true(credit.on_received(100));
  assert_false(credit.on_received(~std::uint64_t{0}));
}

void a_quarter_of_the_window_is_worth_an_announcement(void**) {
  ReceiveCredit credit(100);
  credit.on_received(100);
  credit.on_consumed(24);
  assert_false(credit.has_limit_to_announce());
  assert_false(credit.limit_to_announce().has_value());
  credit.on_consumed(1);
  assert_int_equal(*credit.limit_to_announce(), 125);
  assert_false(credit.limit_to_announce().has_value());
}

void a_waiting_sender_hears_of_every_unit(void**) {
  ReceiveCredit credit(100);
  credit.on_received(100);
  credit.set_eager(true);
  assert_false(credit.has_limit_to_announce());
  credit.on_consumed(1);
  assert_int_equal(*credit.limit_to_announce(), 101);
}

void a_lost_announcement_is_made_again_with_the_newest_limit(void**) {
  ReceiveCredit credit(100);
  credit.on_received(60);
  credit.on_consumed(30);
  assert_int_equal(*credit.limit_to_announce(), 130);
  credit.on_consumed(10);
  credit.on_limit_lost();
  assert_int_equal(*credit.limit_to_announce(), 140);
}

void a_raised_promise_shrinks_back_as_it_is_consumed(void**) {
  ReceiveCredit credit(100);
  credit.raise_to(500);
  assert_int_equal(*credit.limit_to_announce(), 500);
  assert_int_equal(credit.beyond_window(), 400);
  assert_true(credit.on_received(500));
  credit.on_consumed(300);
  assert_int_equal(credit.beyond_window(), 100);
  credit.on_consumed(200);
  assert_int_equal(credit.beyond_window(), 0);
  assert_int_equal(*credit.limit_to_announce(), 600);
  credit.raise_to(400);
  assert_false(credit.has_limit_to_announce());
}

void a_sender_that_takes_what_it_gets_never_stalls(void**) {
  test::Dice dice(3);
  ReceiveCredit receiver(1000);
  SendCredit sender(1000);
  for (int step = 0; step < 10'000; ++step) {
    const std::uint64_t units = 1 + dice.below(1000);
    if (sender.reserve(units)) {
      assert_true(receiver.on_received(units));
    } else {
      receiver.set_eager(true);
    }
    receiver.on_consumed(dice.below(receiver.received() - receiver.consumed() + 1));
    if (const auto limit = receiver.limit_to_announce()) sender.set_limit(*limit);
    assert_in_range(receiver.promised() - receiver.consumed(), 0, 1000);
  }
  assert_true(sender.used() > 1'000'000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_reservation_takes_all_or_nothing),
      cmocka_unit_test(a_limit_only_grows),
      cmocka_unit_test(more_than_was_promised_is_refused),
      cmocka_unit_test(a_quarter_of_the_window_is_worth_an_announcement),
      cmocka_unit_test(a_waiting_sender_hears_of_every_unit),
      cmocka_unit_test(a_lost_announcement_is_made_again_with_the_newest_limit),
      cmocka_unit_test(a_raised_promise_shrinks_back_as_it_is_consumed),
      cmocka_unit_test(a_sender_that_takes_what_it_gets_never_stalls),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
