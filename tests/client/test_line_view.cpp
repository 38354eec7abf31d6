// What a row shows of a long line; that the caret is always in sight is shown by test_prompt_screen.
#include "client/line_view.hpp"

#include <string>

#include "support/heap.hpp"

#include "support/cmocka.hpp"

namespace {

using client::LineView;
using client::VisibleLine;

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLineBytes = 63'000;

std::string long_line() {
  std::string line;
  while (line.size() < kLineBytes) line += "中";
  return line;
}

void marks_tell_that_the_line_goes_on(void**) {
  LineView view;
  const std::string line(100, 'x');
  assert_true(view.show("> ", line, 0, 20) == (VisibleLine{"> ", std::string(16, 'x') + '>'}));
  assert_true(view.show("> ", line, 50, 20) == (VisibleLine{"> <" + std::string(10, 'x'), "xxxxx>"}));
  assert_true(view.show("> ", line, 100, 20).behind.empty());
  assert_true(view.show("> ", "short", 5, 20) == (VisibleLine{"> short", ""}));
}

// A paste is up to 64 KiB, and each key draws the line once.
void a_long_line_costs_no_more_than_what_is_in_sight(void**) {
  LineView view;
  const std::string line = long_line();
  for (const std::size_t caret : {line.size(), line.size() / 6 * 3, std::size_t{0}}) {
    const std::uint64_t before = test::heap.allocations;
    const VisibleLine shown = view.show("alice> ", line, caret, kColumns);
    assert_true(test::heap.allocations - before < 10 * kColumns);
    assert_true(shown.before.size() + shown.behind.size() > kColumns / 2);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(marks_tell_that_the_line_goes_on),
      cmocka_unit_test(a_long_line_costs_no_more_than_what_is_in_sight),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
