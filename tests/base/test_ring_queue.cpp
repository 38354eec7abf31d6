#include "base/ring_queue.hpp"

#include <deque>
#include <memory>

#include "support/cmocka.hpp"

using rudp::base::RingQueue;

namespace {

void what_goes_in_first_comes_out_first(void**) {
  RingQueue<int> queue;
  for (int value = 0; value < 100; ++value) queue.push_back(value);
  assert_int_equal(queue.size(), 100);
  assert_int_equal(queue.back(), 99);
  for (int value = 0; value < 100; ++value) assert_int_equal(queue.pop_front(), value);
  assert_true(queue.empty());
}

void what_is_pushed_in_front_comes_out_next(void**) {
  RingQueue<int> queue;
  queue.push_back(2);
  queue.push_front(1);
  assert_int_equal(queue.front(), 1);
  assert_int_equal(queue[1], 2);
}

void a_popped_element_gives_up_what_it_owns(void**) {
  RingQueue<std::shared_ptr<int>> queue;
  const auto shared = std::make_shared<int>(1);
  queue.push_back(shared);
  queue.pop_front();
  assert_int_equal(shared.use_count(), 1);
  queue.push_back(shared);
  queue.clear();
  assert_int_equal(shared.use_count(), 1);
}

void released_memory_is_taken_again_when_needed(void**) {
  RingQueue<int> queue;
  queue.push_back(1);
  queue.clear();
  queue.release();
  queue.push_back(2);
  assert_int_equal(queue.pop_front(), 2);
}

void random_use_agrees_with_a_deque(void**) {
  RingQueue<int> queue;
  std::deque<int> model;
  std::uint32_t state = 99;
  for (int step = 0; step < 20000; ++step) {
    state = state * 1664525u + 1013904223u;
    const std::uint32_t choice = (state >> 16) % 10;
    if (choice < 5) {
      queue.push_back(step);
      model.push_back(step);
    } else if (choice == 5) {
      queue.push_front(step);
      model.push_front(step);
    } else if (!model.empty()) {
      assert_int_equal(queue.pop_front(), model.front());
      model.pop_front();
    }
    assert_int_equal(queue.size(), model.size());
  }
  for (std::size_t at = 0; at < model.size(); ++at) assert_int_equal(queue[at], model[at]);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_goes_in_first_comes_out_first),
      cmocka_unit_test(what_is_pushed_in_front_comes_out_next),
      cmocka_unit_test(a_popped_element_gives_up_what_it_owns),
      cmocka_unit_test(released_memory_is_taken_again_when_needed),
      cmocka_unit_test(random_use_agrees_with_a_deque),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
