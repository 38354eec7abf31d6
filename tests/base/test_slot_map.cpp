#include "base/slot_map.hpp"

#include <memory>
#include <vector>

#include "support/cmocka.hpp"

using rudp::ConnectionHandle;
using Map = rudp::base::SlotMap<std::unique_ptr<int>>;

namespace {

ConnectionHandle insert(Map& map, int value) { return map.insert(std::make_unique<int>(value)); }

void a_handle_finds_its_value(void**) {
  Map map;
  const ConnectionHandle one = insert(map, 1);
  const ConnectionHandle two = insert(map, 2);
  assert_int_equal(**map.find(one), 1);
  assert_int_equal(**map.find(two), 2);
  assert_int_equal(map.size(), 2);
}

void the_default_handle_finds_nothing(void**) {
  Map map;
  assert_null(map.find(ConnectionHandle{}));
  insert(map, 1);
  assert_null(map.find(ConnectionHandle{}));
  assert_null(map.find(ConnectionHandle{0, 0}));
}

void an_old_handle_does_not_find_the_next_value_in_its_slot(void**) {
  Map map;
  const ConnectionHandle old_handle = insert(map, 1);
  assert_true(map.erase(old_handle));
  const ConnectionHandle new_handle = insert(map, 2);
  assert_int_equal(new_handle.index, old_handle.index);
  assert_null(map.find(old_handle));
  assert_int_equal(**map.find(new_handle), 2);
}

void erasing_twice_does_nothing_the_second_time(void**) {
  Map map;
  const ConnectionHandle handle = insert(map, 1);
  assert_true(map.erase(handle));
  assert_false(map.erase(handle));
  assert_true(map.empty());
  const ConnectionHandle first = insert(map, 2);
  const ConnectionHandle second = insert(map, 3);
  assert_true(first.index != second.index);
}

void a_slot_is_reused_so_that_memory_does_not_grow(void**) {
  Map map;
  for (int round = 0; round < 1000; ++round) {
    const ConnectionHandle handle = insert(map, round);
    assert_int_equal(handle.index, 0);
    assert_true(map.erase(handle));
  }
}

void a_value_stays_where_it_is_while_others_come(void**) {
  Map map;
  const ConnectionHandle first = insert(map, 1);
  const std::unique_ptr<int>* const place = map.find(first);
  for (int value = 0; value < 10'000; ++value) insert(map, value);
  assert_ptr_equal(map.find(first), place);
}

void a_visit_may_erase_what_it_visits(void**) {
  Map map;
  for (int value = 0; value < 10; ++value) insert(map, value);
  map.for_each([&map](ConnectionHandle handle, std::unique_ptr<int>& value) {
    if (*value % 2 == 0) map.erase(handle);
  });
  std::vector<int> left;
  map.for_each([&left](ConnectionHandle, std::unique_ptr<int>& value) { left.push_back(*value); });
  assert_true((left == std::vector<int>{1, 3, 5, 7, 9}));
  assert_int_equal(map.size(), 5);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_handle_finds_its_value),
      cmocka_unit_test(the_default_handle_finds_nothing),
      cmocka_unit_test(an_old_handle_does_not_find_the_next_value_in_its_slot),
      cmocka_unit_test(erasing_twice_does_nothing_the_second_time),
      cmocka_unit_test(a_slot_is_reused_so_that_memory_does_not_grow),
      cmocka_unit_test(a_value_stays_where_it_is_while_others_come),
      cmocka_unit_test(a_visit_may_erase_what_it_visits),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
