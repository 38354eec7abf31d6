#include "transfer/credit_budget.hpp"

#include "support/cmocka.hpp"

using rudp::transfer::CreditBudget;

namespace {

void what_is_taken_comes_back(void**) {
  CreditBudget budget(100);
  CreditBudget::Ticket ticket = 0;
  assert_true(budget.take(100, ticket));
  assert_int_equal(ticket, 0);
  assert_int_equal(budget.free_bytes(), 0);
  budget.give_back(100);
  assert_int_equal(budget.free_bytes(), 100);
}

void who_waits_longest_is_served_first(void**) {
  CreditBudget budget(100);
  CreditBudget::Ticket holder = 0, first = 0, second = 0;
  assert_true(budget.take(80, holder));
  assert_false(budget.take(50, first));
  assert_false(budget.take(10, second));  // there is room, but the first was here before
  assert_int_equal(budget.waiting(), 2);
  budget.give_back(80);
  assert_false(budget.take(10, second));
  assert_true(budget.take(50, first));
  assert_true(budget.take(10, second));
  assert_int_equal(budget.waiting(), 0);
  assert_int_equal(budget.free_bytes(), 40);
}

void who_leaves_the_queue_blocks_nobody(void**) {
  CreditBudget budget(100);
  CreditBudget::Ticket holder = 0, first = 0, second = 0;
  assert_true(budget.take(80, holder));
  assert_false(budget.take(50, first));
  assert_false(budget.take(10, second));
  budget.leave(first);
  assert_int_equal(first, 0);
  assert_true(budget.take(10, second));
  budget.leave(second);
}

void more_than_the_whole_budget_waits_for_nothing(void**) {
  CreditBudget budget(100);
  CreditBudget::Ticket ticket = 0;
  assert_false(budget.take(101, ticket));
  assert_int_equal(ticket, 0);
  assert_int_equal(budget.waiting(), 0);
}

void what_is_spare_leaves_half_and_nobody_waiting(void**) {
  CreditBudget budget(100);
  assert_false(budget.take_spare(51));
  assert_true(budget.take_spare(50));
  assert_false(budget.take_spare(1));
  CreditBudget::Ticket holder = 0, waiting = 0;
  assert_true(budget.take(40, holder));
  assert_false(budget.take_spare(1));
  budget.give_back(50);
  assert_false(budget.take(70, waiting));
  assert_false(budget.take_spare(1));
  budget.leave(waiting);
  assert_true(budget.take_spare(1));
}

void what_has_arrived_waits_for_nobody_and_may_take_as_much_again(void**) {
  CreditBudget budget(100);
  CreditBudget::Ticket holder = 0, waiting = 0;
  assert_true(budget.take(80, holder));
  assert_false(budget.take(50, waiting));
  assert_true(budget.take_for_arrived(100));
  assert_int_equal(budget.free_bytes(), 0);
  assert_int_equal(budget.taken_bytes(), 180);
  assert_false(budget.take_for_arrived(21));
  assert_true(budget.take_for_arrived(20));
  budget.give_back(120);
  assert_false(budget.take(50, waiting));
  budget.give_back(30);
  assert_true(budget.take(50, waiting));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_is_spare_leaves_half_and_nobody_waiting),
      cmocka_unit_test(what_is_taken_comes_back),
      cmocka_unit_test(who_waits_longest_is_served_first),
      cmocka_unit_test(who_leaves_the_queue_blocks_nobody),
      cmocka_unit_test(more_than_the_whole_budget_waits_for_nothing),
      cmocka_unit_test(what_has_arrived_waits_for_nobody_and_may_take_as_much_again),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
