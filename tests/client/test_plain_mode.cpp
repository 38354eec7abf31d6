#include "client/plain_mode.hpp"

#include <string>
#include <vector>

#include "support/cmocka.hpp"

namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& chunks) {
  std::vector<std::string> lines;
  client::LineSplitter splitter;
  for (const std::string& chunk : chunks) {
    splitter.take(chunk, [&lines](std::string line) { lines.push_back(std::move(line)); });
  }
  if (splitter.has_rest()) lines.push_back(splitter.finish());
  return lines;
}

void lines_come_whole_in_whatever_pieces_they_arrive(void**) {
  const std::vector<std::string> expected = {"one", "", "two", "三"};
  assert_true(lines_of({"one\n\ntwo\r\n三"}) == expected);
  assert_true(lines_of({"o", "ne", "\n", "\n", "two\r", "\n\xe4\xb8", "\x89\n"}) == expected);
}

void a_line_without_end_is_bounded(void**) {
  const auto lines = lines_of({std::string(1 << 20, 'x'), "\nnext\n"});
  assert_int_equal(lines.size(), 2);
  assert_int_equal(lines[0].size(), client::LineSplitter::kLineBytesMax);
  assert_string_equal(lines[1].c_str(), "next");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(lines_come_whole_in_whatever_pieces_they_arrive),
      cmocka_unit_test(a_line_without_end_is_bounded),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
