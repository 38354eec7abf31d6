// The demonstration of run.sh on a database server: the same conversation as on SQLite.
#include <cstdio>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "live/process.hpp"
#include "support/mariadb_server.hpp"

#include "support/cmocka.hpp"

namespace {

/// What was said, without the port and the times of day, which differ.
std::string conversation(const std::string& out) {
  static const std::regex clock("[0-9]{2}:[0-9]{2}");
  const std::size_t first_line = out.find('\n');
  return std::regex_replace(first_line == std::string::npos ? out : out.substr(first_line), clock, "hh:mm");
}

live::Ended demo(const std::vector<std::string>& more) {
  std::vector<std::string> command{"/bin/bash", "run.sh", "--demo", "--bin", PROGRAM_FOLDER};
  command.insert(command.end(), more.begin(), more.end());
  return live::run(command, std::chrono::seconds(250));
}

void the_demonstration_shows_the_same_conversation(void**) {
  database().new_database("demo");
  const std::string url = "mariadb://root@localhost/demo?socket=" + database().socket();
  const live::Ended there = demo({"--database", url});
  if (there.code != 0) print_message("%s%s\n", there.out.c_str(), there.err.c_str());
  assert_int_equal(there.code, 0);
  const live::Ended here = demo({});
  assert_int_equal(here.code, 0);
  assert_true(conversation(there.out).find("demo passed") != std::string::npos);
  assert_string_equal(conversation(there.out).c_str(), conversation(here.out).c_str());
  assert_string_equal(database().sql("SELECT COUNT(*) FROM accounts", "demo").c_str(), "2");
  assert_string_equal(database().sql("SELECT COUNT(*) FROM messages", "demo").c_str(), "4");
}

}  // namespace

int main() {
  if (const int code = start_server(); code != 0) return code;
  const CMUnitTest tests[] = {cmocka_unit_test(the_demonstration_shows_the_same_conversation)};
  return end_server_after(cmocka_run_group_tests_name("demo_mariadb", tests, nullptr, nullptr));
}
