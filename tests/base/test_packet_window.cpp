#include "base/packet_window.hpp"

#include <cstdint>
#include <map>
#include <vector>

#include "support/cmocka.hpp"

using rudp::kPacketNumberMax;
using rudp::base::kPacketWindowSlotsMax;
using Window = rudp::base::PacketWindow<int>;

namespace {

void a_number_finds_what_was_pushed_under_it(void**) {
  Window window;
  window.push_back(100, 1);
  window.push_back(101, 2);
  window.push_back(105, 3);
  assert_int_equal(*window.find(100), 1);
  assert_int_equal(*window.find(105), 3);
  assert_null(window.find(103));
  assert_null(window.find(99));
  assert_null(window.find(106));
  assert_null(window.find(100 + 16));
  assert_int_equal(window.size(), 3);
}

void both_ends_stay_on_live_numbers(void**) {
  Window window;
  for (const std::uint64_t number : {7u, 8u, 12u, 20u}) window.push_back(number, 0);
  assert_true(window.erase(7));
  assert_int_equal(window.front_number(), 8);
  window.pop_front();
  assert_int_equal(window.front_number(), 12);
  assert_true(window.erase(20));
  assert_int_equal(window.back_number(), 12);
  assert_false(window.erase(20));
}

void erasing_in_the_middle_leaves_the_rest(void**) {
  Window window;
  for (std::uint64_t number = 0; number < 10; ++number) window.push_back(number, static_cast<int>(number));
  assert_int_equal(*window.take(4), 4);
  assert_false(window.take(4).has_value());
  assert_int_equal(window.front_number(), 0);
  assert_int_equal(window.size(), 9);
  assert_int_equal(*window.find(5), 5);
}

void walks_step_over_gaps(void**) {
  Window window;
  for (const std::uint64_t number : {3u, 9u, 10u}) window.push_back(number, 0);
  assert_int_equal(*window.at_or_after(0), 3);
  assert_int_equal(*window.at_or_after(4), 9);
  assert_false(window.at_or_after(11).has_value());
  assert_int_equal(*window.at_or_before(99), 10);
  assert_int_equal(*window.at_or_before(8), 3);
  assert_false(window.at_or_before(2).has_value());
}

void a_walk_may_erase_as_it_goes(void**) {
  Window window;
  for (std::uint64_t number = 0; number < 20; ++number) window.push_back(number, static_cast<int>(number));
  window.for_each([&window](std::uint64_t number, int&) {
    if (number % 3 != 0) window.erase(number);
  });
  std::vector<int> left;
  window.for_each([&left](std::uint64_t, int& value) { left.push_back(value); });
  assert_true((left == std::vector<int>{0, 3, 6, 9, 12, 15, 18}));
}

void an_emptied_window_starts_anywhere(void**) {
  Window window;
  window.push_back(1000, 1);
  window.clear();
  assert_true(window.empty());
  assert_false(window.at_or_after(0).has_value());
  window.push_back(5, 2);
  assert_int_equal(window.front_number(), 5);
  assert_int_equal(*window.find(5), 2);
  assert_null(window.find(1000));
}

void numbers_ascend_and_the_span_is_bounded(void**) {
  Window window;
  assert_true(window.can_push(0));
  assert_false(window.can_push(kPacketNumberMax + 1));
  window.push_back(10, 0);
  assert_false(window.can_push(10));
  assert_false(window.can_push(9));
  assert_true(window.can_push(10 + kPacketWindowSlotsMax - 1));
  assert_false(window.can_push(10 + kPacketWindowSlotsMax));
}

// An end that went back to the newest live number would have all of the gap to walk, for each number again.
void the_end_does_not_go_back(void**) {
  Window window;
  window.push_back(0, 1);
  for (std::uint64_t number = kPacketWindowSlotsMax / 2; number < kPacketWindowSlotsMax; ++number) {
    window.push_back(number, 2);
    assert_true(window.erase(number));
    assert_false(window.can_push(number));
  }
  assert_int_equal(window.back_number(), 0);
  assert_int_equal(window.size(), 1);
}

void growing_keeps_every_value(void**) {
  Window window;
  std::map<std::uint64_t, int> model;
  std::uint32_t state = 7;
  std::uint64_t number = 0;
  for (int step = 0; step < 5000; ++step) {
    state = state * 1664525u + 1013904223u;
    number += 1 + (state >> 24) % 3;
    window.push_back(number, step);
    model[number] = step;
    if ((state >> 16) % 2 == 0) {
      const std::uint64_t oldest = model.begin()->first;
      assert_int_equal(window.front_number(), oldest);
      window.pop_front();
      model.erase(oldest);
    }
  }
  assert_int_equal(window.size(), model.size());
  for (const auto& entry : model) assert_int_equal(*window.find(entry.first), entry.second);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_number_finds_what_was_pushed_under_it),
      cmocka_unit_test(both_ends_stay_on_live_numbers),
      cmocka_unit_test(erasing_in_the_middle_leaves_the_rest),
      cmocka_unit_test(walks_step_over_gaps),
      cmocka_unit_test(a_walk_may_erase_as_it_goes),
      cmocka_unit_test(an_emptied_window_starts_anywhere),
      cmocka_unit_test(numbers_ascend_and_the_span_is_bounded),
      cmocka_unit_test(the_end_does_not_go_back),
      cmocka_unit_test(growing_keeps_every_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
