// The walk of docs/ARCHITECTURE.md: every file and function that it names is there.
#include <cstdio>
#include <regex>
#include <string>
#include <vector>

#include "tidy/source_tree.hpp"

#include "support/cmocka.hpp"

namespace {

using tidy::read_tree;
using tidy::Tree;

struct Step {
  std::string number;
  std::string path;
  std::string function;
};

std::vector<Step> read_walk(const std::string& document) {
  static const std::regex row(R"(\| (\d+) \| `([^`]+)` \| `([^`]+)` \|)");
  std::vector<Step> steps;
  for (std::sregex_iterator it(document.begin(), document.end(), row), end; it != end; ++it)
    steps.push_back({(*it)[1], (*it)[2], (*it)[3]});
  return steps;
}

bool defines(const std::string& text, const std::string& function) {
  return std::regex_search(text, std::regex("(^|[ :*&])" + function + R"(\([^;]*?\)[^;{}]*\{)"));
}

const Tree& project() {
  static const Tree tree = read_tree(".");
  return tree;
}

std::string text_of(const std::string& path) {
  const auto found = project().find(path);
  std::string text;
  if (found == project().end()) return text;
  for (const std::string& line : found->second.lines) text += line + '\n';
  return text;
}

void every_step_names_a_function_that_is_there(void**) {
  const auto steps = read_walk(text_of("docs/ARCHITECTURE.md"));
  assert_true(steps.size() >= 30);
  int missing = 0;
  for (const Step& step : steps) {
    if (defines(text_of(step.path), step.function)) continue;
    std::fprintf(stderr, "step %s: %s has no %s\n", step.number.c_str(), step.path.c_str(),
                 step.function.c_str());
    ++missing;
  }
  assert_int_equal(missing, 0);
}

void the_steps_are_numbered_without_a_gap(void**) {
  const auto steps = read_walk(text_of("docs/ARCHITECTURE.md"));
  for (std::size_t at = 0; at < steps.size(); ++at)
    assert_string_equal(steps[at].number.c_str(), std::to_string(at + 1).c_str());
}

void a_step_that_is_gone_is_noticed(void**) {
  assert_true(defines("void App::handle_line(std::string line) {\n}", "handle_line"));
  assert_false(defines("void App::handle_line(std::string line);", "handle_line"));
  assert_false(defines("int x = other_handle_line(1); {", "handle_line"));
  assert_true(read_walk("| 1 | `a/b.cpp` | `f` | what |\n").size() == 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_step_names_a_function_that_is_there),
      cmocka_unit_test(the_steps_are_numbered_without_a_gap),
      cmocka_unit_test(a_step_that_is_gone_is_noticed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
