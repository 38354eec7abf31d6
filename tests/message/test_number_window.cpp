#include "message/number_window.hpp"

#include <set>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::message::kNumberSpan;
using rudp::message::NumberWindow;
using Place = NumberWindow::Place;

namespace {

void numbers_in_order_need_no_memory(void**) {
  NumberWindow window;
  for (std::uint64_t number = 0; number < 200'000; ++number) {
    const auto located = window.locate(static_cast<std::uint16_t>(number));
    assert_true(located.place == Place::open);
    assert_int_equal(located.number, number);
    assert_true(window.finish(number));
  }
  assert_int_equal(window.lowest_unfinished(), 200'000);
  assert_int_equal(window.memory_bytes(), 0);
}

void a_finished_number_is_a_duplicate(void**) {
  NumberWindow window;
  assert_false(window.finish(2));
  assert_true(window.locate(2).place == Place::finished);
  assert_true(window.finish(0));
  assert_int_equal(window.lowest_unfinished(), 1);
  assert_true(window.locate(0).place == Place::finished);
  assert_true(window.finish(1));
  assert_int_equal(window.lowest_unfinished(), 3);
}

void numbers_outside_the_window_are_beyond(void**) {
  NumberWindow window;
  assert_true(window.locate(kNumberSpan - 1).place == Place::open);
  assert_true(window.locate(kNumberSpan).place == Place::beyond);
  assert_true(window.locate(65'535).place == Place::beyond);  // nothing lies below number 0
  assert_true(window.admits(kNumberSpan - 1));
  assert_false(window.admits(kNumberSpan));
  window.finish(0);
  assert_true(window.locate(kNumberSpan).place == Place::open);
  assert_true(window.locate(0).place == Place::finished);
  assert_true(window.locate(65'535).place == Place::beyond);
}

void the_window_passes_the_16_bit_border(void**) {
  NumberWindow window;
  for (std::uint64_t number = 0; number < 65'530; ++number) window.finish(number);
  const auto located = window.locate(4);
  assert_true(located.place == Place::open);
  assert_int_equal(located.number, 65'540);
  assert_true(window.locate(65'529).place == Place::finished);
}

void each_number_is_finished_once_in_any_order(void**) {
  test::Dice dice(11);
  NumberWindow window;
  std::set<std::uint64_t> finished;
  while (window.lowest_unfinished() < 150'000) {
    const std::uint64_t number = window.lowest_unfinished() + dice.below(dice.percent(2) ? kNumberSpan : 90);
    const auto located = window.locate(static_cast<std::uint16_t>(number));
    assert_true(located.place == (finished.count(number) ? Place::finished : Place::open));
    if (located.place != Place::open) continue;
    assert_int_equal(located.number, number);
    finished.insert(number);
    window.finish(number);
    while (!finished.empty() && *finished.begin() < window.lowest_unfinished())
      finished.erase(finished.begin());
    assert_false(finished.count(window.lowest_unfinished()));
  }
  assert_int_equal(window.memory_bytes(), kNumberSpan / 8);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(numbers_in_order_need_no_memory),
      cmocka_unit_test(a_finished_number_is_a_duplicate),
      cmocka_unit_test(numbers_outside_the_window_are_beyond),
      cmocka_unit_test(the_window_passes_the_16_bit_border),
      cmocka_unit_test(each_number_is_finished_once_in_any_order),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
