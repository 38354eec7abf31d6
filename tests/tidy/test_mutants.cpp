// The bugs of tests/mutants/ can be planted: the line that each changes is there, once. Whether a test notices
// them takes longer: ./test.sh mutants.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/folder.hpp"

#include "support/cmocka.hpp"

namespace {

struct Mutant {
  std::string name, file, from, to, test;
};

Mutant read_mutant(const std::filesystem::path& path) {
  Mutant mutant{.name = path.stem().string(), .file = {}, .from = {}, .to = {}, .test = {}};
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string field = line.substr(0, colon), value = line.substr(colon + 2);
    if (field == "file") mutant.file = value;
    if (field == "from") mutant.from = value;
    if (field == "to") mutant.to = value;
    if (field == "test") mutant.test = value;
  }
  return mutant;
}

/// Lines that hold it.
int places_of(const std::string& piece, const std::string& path) {
  std::ifstream lines(path);
  int places = 0;
  for (std::string line; std::getline(lines, line);) places += line.find(piece) != std::string::npos ? 1 : 0;
  return places;
}

bool can_be_planted(const Mutant& mutant) {
  const bool is_whole = !mutant.from.empty() && mutant.from != mutant.to && !mutant.test.empty();
  const int places = is_whole ? places_of(mutant.from, mutant.file) : 0;
  if (places != 1)
    std::fprintf(stderr, "tests/mutants/%s.mutant: \"%s\" is in %d lines of %s\n", mutant.name.c_str(),
                 mutant.from.c_str(), places, mutant.file.c_str());
  return places == 1;
}

void every_bug_has_its_one_place(void**) {
  int mutants = 0, wrong = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/mutants")) {
    ++mutants;
    wrong += can_be_planted(read_mutant(entry.path())) ? 0 : 1;
  }
  assert_true(mutants >= 50);
  assert_int_equal(wrong, 0);
}

void a_place_that_is_gone_or_there_twice_is_noticed(void**) {
  const test::Folder folder;
  const std::string file = folder.write("a.cpp", "int a = 1;\nint b = 2;\nint c = 2;\n");
  const auto planted = [&](const std::string& from) {
    return can_be_planted({.name = "example", .file = file, .from = from, .to = "= 3", .test = "test_a"});
  };
  assert_true(planted("= 1"));
  assert_false(planted("= 2"));
  assert_false(planted("= 3"));
  assert_false(planted("= 4"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_bug_has_its_one_place),
      cmocka_unit_test(a_place_that_is_gone_or_there_twice_is_noticed),
  };
  return cmocka_run_group_tests_name("mutants", tests, nullptr, nullptr);
}
