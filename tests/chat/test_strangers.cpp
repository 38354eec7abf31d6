// chat/strangers: who gives way, by address and age.
#include "chat/strangers.hpp"

#include "support/cmocka.hpp"

namespace {

using chat::Strangers;

void of_many_from_one_address_the_oldest_goes_first(void**) {
  Strangers strangers;
  strangers.add(1, "menu");
  for (chat::SessionId id = 10; id < 13; ++id) strangers.add(id, "flood");
  for (const chat::SessionId expected : {10, 11}) {
    assert_int_equal(strangers.first_to_go(), expected);
    strangers.remove(expected);
  }
  // Each address has one now, and the first of all has been here longest.
  assert_int_equal(strangers.first_to_go(), 1);
  strangers.remove(1);
  assert_int_equal(strangers.first_to_go(), 12);
  strangers.remove(12);
  assert_int_equal(strangers.size(), 0);
}

void the_one_who_came_last_is_never_the_first_to_go(void**) {
  Strangers strangers;
  for (chat::SessionId id = 1; id <= 100; ++id) {
    strangers.add(id, std::to_string(id % 7));
    if (id > 1) assert_true(strangers.first_to_go() != id);
    if (strangers.size() > 10) strangers.remove(strangers.first_to_go());
  }
}

void one_that_is_added_again_keeps_its_age(void**) {
  Strangers strangers;
  strangers.add(1, "here");
  strangers.add(2, "here");
  strangers.add(1, "here");
  assert_int_equal(strangers.size(), 2);
  assert_int_equal(strangers.first_to_go(), 1);
}

void one_that_is_not_there_can_be_removed(void**) {
  Strangers strangers;
  strangers.add(1, "here");
  strangers.remove(2);
  assert_int_equal(strangers.size(), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(of_many_from_one_address_the_oldest_goes_first),
      cmocka_unit_test(the_one_who_came_last_is_never_the_first_to_go),
      cmocka_unit_test(one_that_is_added_again_keeps_its_age),
      cmocka_unit_test(one_that_is_not_there_can_be_removed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
