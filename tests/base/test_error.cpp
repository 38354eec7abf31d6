#include <rudp/error.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "support/cmocka.hpp"

using rudp::Error;
using rudp::Failure;
using rudp::Result;

namespace {

struct Enumerator {
  std::string name;
  Error error;
};

/// The enumerators as the public header writes them, read from the project's root: "  name = number,".
std::vector<Enumerator> read_enumerators() {
  std::ifstream header("rudp/include/rudp/error.hpp");
  std::vector<Enumerator> all;
  for (std::string line; std::getline(header, line);) {
    const std::size_t equals = line.find(" = ");
    const bool is_enumerator = line.rfind("  ", 0) == 0 && !line.empty() && line.back() == ',';
    if (!is_enumerator || equals == std::string::npos) continue;
    const unsigned long number = std::strtoul(line.c_str() + equals + 3, nullptr, 10);
    all.push_back({line.substr(2, equals - 2), static_cast<Error>(number)});
  }
  return all;
}

constexpr Error kNone = static_cast<Error>(999);

void every_error_has_a_name_and_a_sentence_of_its_own(void**) {
  std::set<std::string> words;
  const auto all = read_enumerators();
  assert_true(all.size() >= 39);
  for (const auto& [name, error] : all) {
    assert_string_equal(std::string(rudp::to_name(error)).c_str(), name.c_str());
    assert_true(words.insert(std::string(rudp::to_sentence(error))).second);
    assert_true(rudp::to_sentence(error) != rudp::to_sentence(kNone));
  }
}

void a_sentence_has_no_full_stop(void**) {
  for (const Enumerator& one : read_enumerators()) {
    assert_true(rudp::to_sentence(one.error).size() > 10);
    assert_true(rudp::to_sentence(one.error).back() != '.');
  }
}

void a_number_from_the_future_has_words_too(void**) {
  assert_false(rudp::to_sentence(kNone).empty());
  assert_string_equal(std::string(rudp::to_name(kNone)).c_str(), "unknown_error");
}

void a_failure_says_what_it_was_about(void**) {
  const Failure failure(Error::bad_address, "bind");
  assert_string_equal(failure.sentence().c_str(), "bind: this is not a valid address");
  assert_string_equal(Failure(Error::bad_address).sentence().c_str(), "this is not a valid address");
}

void a_result_is_a_value_or_an_error(void**) {
  const Result<int> good = 7;
  const Result<int> bad = Error::closed;
  const Result<void> nothing;
  assert_true(good.has_value());
  assert_int_equal(*good, 7);
  assert_false(static_cast<bool>(bad));
  assert_true(bad.error() == Error::closed);
  assert_true(nothing.has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_error_has_a_name_and_a_sentence_of_its_own),
      cmocka_unit_test(a_sentence_has_no_full_stop),
      cmocka_unit_test(a_number_from_the_future_has_words_too),
      cmocka_unit_test(a_failure_says_what_it_was_about),
      cmocka_unit_test(a_result_is_a_value_or_an_error),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
