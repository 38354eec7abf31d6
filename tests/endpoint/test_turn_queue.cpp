#include "endpoint/turn_queue.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>

#include "support/cmocka.hpp"

using rudp::endpoint::TurnQueue;

namespace {

void who_came_first_goes_first_and_nobody_waits_twice(void**) {
  TurnQueue queue;
  queue.reserve(3);
  for (const std::uint32_t slot : {2U, 0U, 2U, 1U, 0U}) queue.push_back(slot);
  for (const std::uint32_t slot : {2U, 0U, 1U}) {
    assert_int_equal(queue.front(), slot);
    assert_int_equal(queue.pop_front(), slot);
    assert_false(queue.contains(slot));
  }
  assert_true(queue.empty());
}

void who_had_a_turn_goes_to_the_end_of_the_line(void**) {
  TurnQueue queue;
  queue.reserve(2);
  queue.push_back(0);
  queue.push_back(1);
  queue.push_back(queue.pop_front());
  assert_int_equal(queue.pop_front(), 1);
  assert_int_equal(queue.pop_front(), 0);
}

void a_slot_that_does_not_wait_or_is_not_there_may_be_removed(void**) {
  TurnQueue queue;
  queue.remove(7);
  assert_false(queue.contains(7));
  queue.reserve(8);
  queue.push_back(3);
  queue.remove(7);
  assert_int_equal(queue.pop_front(), 3);
}

void random_turns_agree_with_a_deque(void**) {
  TurnQueue queue;
  std::deque<std::uint32_t> model;
  std::uint64_t draw = 1;
  for (std::size_t step = 0; step < 20'000; ++step) {
    draw = draw * 6364136223846793005U + 1442695040888963407U;
    const auto slot = static_cast<std::uint32_t>(draw >> 40) % 60;
    queue.reserve(slot + std::size_t{1});
    const auto place = std::find(model.begin(), model.end(), slot);
    assert_int_equal(queue.contains(slot), place != model.end());
    switch ((draw >> 33) % 4) {
      case 0:
      case 1:
        queue.push_back(slot);
        if (place == model.end()) model.push_back(slot);
        break;
      case 2:
        queue.remove(slot);
        if (place != model.end()) model.erase(place);
        break;
      default:
        if (model.empty()) break;
        assert_int_equal(queue.pop_front(), model.front());
        model.pop_front();
    }
    assert_int_equal(queue.empty(), model.empty());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(who_came_first_goes_first_and_nobody_waits_twice),
      cmocka_unit_test(who_had_a_turn_goes_to_the_end_of_the_line),
      cmocka_unit_test(a_slot_that_does_not_wait_or_is_not_there_may_be_removed),
      cmocka_unit_test(random_turns_agree_with_a_deque),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
