#include <rudp/trace.hpp>

#include <fstream>
#include <string>
#include <vector>

#include "support/cmocka.hpp"

using rudp::TraceKind;

namespace {

/// The enumerators of TraceKind as the public header writes them, read from the project's root.
std::vector<std::string> read_enumerators() {
  std::ifstream header("rudp/include/rudp/trace.hpp");
  std::vector<std::string> all;
  bool inside = false;
  for (std::string line; std::getline(header, line);) {
    if (line.rfind("};", 0) == 0) inside = false;
    const std::size_t comma = line.find(',');
    if (inside && comma != std::string::npos) all.push_back(line.substr(2, comma - 2));
    if (line.rfind("enum class TraceKind", 0) == 0) inside = true;
  }
  return all;
}

void every_kind_is_called_by_its_enumerator(void**) {
  const std::vector<std::string> names = read_enumerators();
  assert_true(names.size() >= 13);
  for (std::size_t at = 0; at < names.size(); ++at) {
    const std::string name(to_name(static_cast<TraceKind>(at)));
    assert_string_equal(name.c_str(), names[at].c_str());
  }
}

void a_kind_from_the_future_has_a_name_too(void**) {
  assert_string_equal(std::string(to_name(static_cast<TraceKind>(255))).c_str(), "unknown");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_called_by_its_enumerator),
      cmocka_unit_test(a_kind_from_the_future_has_a_name_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
