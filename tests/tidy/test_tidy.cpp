// The rules of the house, held against the tree; and each rule held against a
// small tree that breaks it, so that a rule which sees nothing is noticed.
#include <cstdio>
#include <string>

#include "tidy/floors.hpp"
#include "tidy/shape.hpp"
#include "tidy/source_tree.hpp"
#include "tidy/tested_elsewhere.hpp"
#include "tidy/words.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace tidy;

const Tree& project() {
  static const Tree tree = read_tree(".");
  return tree;
}

const FloorTable& floors() {
  static const FloorTable table = read_floor_table(project().at("docs/ARCHITECTURE.md"));
  return table;
}

void assert_clean(const Findings& findings) {
  for (const Finding& finding : findings) {
    std::fprintf(stderr, "%s:%zu: %s\n", finding.path.c_str(), finding.line, finding.what.c_str());
  }
  assert_int_equal(findings.size(), 0);
}

/// Exactly one finding, there.
void assert_refused(const Findings& findings, const char* path, std::size_t line) {
  assert_int_equal(findings.size(), 1);
  assert_string_equal(findings[0].path.c_str(), path);
  assert_int_equal(findings[0].line, line);
}

// The tree.

void the_tree_was_found(void**) {
  assert_true(project().size() > 50);
  assert_true(project().count("rudp/include/rudp/types.hpp") == 1);
  assert_true(project().count("CMakeLists.txt") == 1);
}

void the_floor_table_can_be_read_and_points_down(void**) {
  assert_clean(floors().findings);
  assert_clean(check_table_points_down(floors()));
  assert_clean(check_table_is_complete(floors(), project()));
  assert_true(floors().rooms.size() >= 18);
}

void every_arrow_is_in_the_table(void**) { assert_clean(check_arrows(floors(), project())); }
void foreign_headers_stay_in_their_places(void**) { assert_clean(check_foreign_headers(project())); }
// Threat K5.
void words_stay_in_their_places(void**) { assert_clean(check_words(project())); }
void nothing_unfinished_is_left(void**) { assert_clean(check_leftovers(project())); }
void files_are_short(void**) { assert_clean(check_file_lengths(project())); }
void functions_are_short(void**) { assert_clean(check_function_lengths(project())); }
void headers_are_included_once(void**) { assert_clean(check_pragma_once(project())); }
void no_tabs_and_no_trailing_blanks(void**) { assert_clean(check_whitespace(project())); }
void every_module_has_its_test(void**) { assert_clean(check_tests_mirror(project(), kTestedElsewhere)); }

// The rules.

FloorTable small_table(const char* rows) {
  return read_floor_table(make_file("docs/ARCHITECTURE.md",
                                    std::string("| floor | folder | may include |\n|---|---|---|\n") + rows));
}

FloorTable house() {
  return small_table(
      "| 0 | `rudp/include/rudp/` | |\n"
      "| 1 | `rudp/base/` | 0 |\n"
      "| 3 | `rudp/ack/` · `rudp/transfer/` | 0-1 |\n"
      "| 3½ | `rudp/message/` | 0-1, `rudp/transfer/` |\n"
      "| 4 | `rudp/connection/` | 0-3 |\n"
      "| 6 | `rudp/uv/` | 0-1 |\n"
      "| 7 | `chat/` | 0 |\n"
      "| 8 | `server/` · `client/` | 0, 7, `rudp/uv/` |\n");
}

Findings arrows_of(const char* path, const char* text) {
  Tree tree = make_tree({{"rudp/include/rudp/types.hpp", ""},
                         {"rudp/include/rudp/uv_endpoint.hpp", ""},
                         {"rudp/base/assert.hpp", ""},
                         {"rudp/ack/ranges.hpp", ""},
                         {"rudp/transfer/buffer.hpp", ""},
                         {"rudp/message/channel.hpp", ""},
                         {"rudp/connection/connection.hpp", ""},
                         {"rudp/uv/socket.hpp", ""},
                         {"chat/names.hpp", ""},
                         {"client/options.hpp", ""},
                         {"tests/support/cmocka.hpp", ""}});
  tree[path] = make_file(path, text);
  return check_arrows(house(), tree);
}

void assert_arrow_refused(const char* path, const char* include_line) {
  assert_refused(arrows_of(path, include_line), path, 1);
}

void arrows_that_the_table_allows_pass(void**) {
  assert_clean(house().findings);
  assert_clean(check_table_points_down(house()));
  assert_clean(arrows_of("rudp/base/a.cpp", "#include <rudp/types.hpp>\n#include <vector>\n"));
  assert_clean(
      arrows_of("rudp/connection/a.cpp", "#include \"message/channel.hpp\"\n#include \"ack/ranges.hpp\"\n"));
  assert_clean(arrows_of("rudp/message/a.cpp", "#include \"transfer/buffer.hpp\"\n"));
  assert_clean(arrows_of("server/a.cpp", "#include <rudp/uv_endpoint.hpp>\n#include \"chat/names.hpp\"\n"));
  assert_clean(
      arrows_of("tests/ack/test_a.cpp", "#include \"ack/ranges.hpp\"\n#include \"support/cmocka.hpp\"\n"));
}

void arrows_up_and_sideways_are_refused(void**) {
  assert_arrow_refused("rudp/base/a.cpp", "#include \"ack/ranges.hpp\"");
  assert_arrow_refused("rudp/ack/a.cpp", "#include \"transfer/buffer.hpp\"");
  assert_arrow_refused("rudp/message/a.cpp", "#include \"ack/ranges.hpp\"");
  assert_arrow_refused("rudp/transfer/a.cpp", "#include \"message/channel.hpp\"");
  assert_arrow_refused("rudp/uv/a.cpp", "#include \"connection/connection.hpp\"");
  assert_arrow_refused("rudp/include/rudp/a.hpp", "#include \"base/assert.hpp\"");
  assert_arrow_refused("server/a.cpp", "#include \"client/options.hpp\"");
}

void arrows_through_a_wall_are_refused(void**) {
  assert_arrow_refused("chat/a.cpp", "#include <rudp/uv_endpoint.hpp>");
  assert_arrow_refused("rudp/connection/a.cpp", "#include <rudp/uv_endpoint.hpp>");
  assert_arrow_refused("server/a.cpp", "#include \"uv/socket.hpp\"");
  assert_arrow_refused("chat/a.cpp", "#include \"base/assert.hpp\"");
  assert_arrow_refused("examples/a.cpp", "#include \"chat/names.hpp\"");
  assert_arrow_refused("rudp/ack/a.cpp", "#include \"support/cmocka.hpp\"");
  assert_arrow_refused("rudp/ack/a.cpp", "#include \"ack/gone.hpp\"");
  assert_arrow_refused("rudp/ack/a.cpp", "#include \"rudp/include/rudp/types.hpp\"");
}

void tables_that_loosen_the_house_are_refused(void**) {
  assert_true(!small_table("| 3 | `a/` · `b/` | `c/` |\n").findings.empty());
  assert_true(!small_table("| | `a/` | |\n").findings.empty());
  assert_true(!read_floor_table(make_file("docs/ARCHITECTURE.md", "no table")).findings.empty());
  assert_int_equal(check_table_points_down(small_table("| 3 | `a/` | |\n| 3 | `b/` | `a/` |\n")).size(), 1);
  assert_int_equal(check_table_points_down(small_table("| 3 | `a/` | `b/` |\n| 4 | `b/` | |\n")).size(), 1);
  assert_refused(check_table_is_complete(house(), make_tree({{"rudp/cellar/a.cpp", ""}})),
                 "rudp/cellar/a.cpp", 0);
}

void foreign_headers_in_wrong_places_are_refused(void**) {
  const auto refused = [](const char* path, const char* text) {
    assert_refused(check_foreign_headers(make_tree({{path, text}})), path, 1);
  };
  refused("rudp/wire/a.cpp", "#include <sodium.h>");
  refused("server/a.cpp", "#include <sodium.h>");
  refused("rudp/endpoint/a.cpp", "#include <uv.h>");
  refused("chat/a.cpp", "#include <uv.h>");
  refused("rudp/include/rudp/endpoint.hpp", "#include <uv.h>");
  refused("chat/service.cpp", "#include <sqlite3.h>");
  refused("server/main.cpp", "#include <mysql.h>");
  refused("rudp/ack/a.cpp", "#include <sys/socket.h>");
  refused("chat/a.cpp", "#include <unistd.h>");
  refused("rudp/ack/a.cpp", "#include <fmt/core.h>");
  assert_clean(
      check_foreign_headers(make_tree({{"rudp/crypto/a.cpp", "#include <sodium.h>"},
                                       {"chat/passwords.cpp", "#include <sodium.h>"},
                                       {"chat/storage/sqlite.cpp", "#include <sqlite3.h>"},
                                       {"rudp/include/rudp/uv_endpoint.hpp", "#include <uv.h>"},
                                       {"rudp/uv/socket.cpp", "#include <sys/socket.h>"},
                                       {"rudp/ack/a.cpp", "#include <vector>\n#include <rudp/types.hpp>"}})));
}

// Threat K5.
void secrets_are_not_compared_byte_by_byte(void**) {
  for (const char* path : {"rudp/crypto/a.cpp", "rudp/path/a.cpp", "rudp/connection/a.cpp", "rudp/endpoint/a.cpp"}) {
    for (const char* text : {"if (memcmp(a, b, 32) == 0) return;", "return std::memcmp(a, b, 16) == 0;"})
      assert_refused(check_words(make_tree({{path, text}})), path, 1);
  }
}

void words_in_wrong_places_are_refused(void**) {
  const auto refused = [](const char* path, const char* text) {
    assert_refused(check_words(make_tree({{path, text}})), path, 1);
  };
  refused("rudp/ack/a.cpp", "auto now = std::chrono::steady_clock::now();");
  refused("rudp/sim/a.cpp", "auto now = std::chrono::system_clock::now();");
  refused("rudp/endpoint/a.cpp", "auto now = time(nullptr);");
  refused("rudp/endpoint/a.cpp", "gettimeofday(&tv, nullptr);");
  refused("rudp/congestion/a.cpp", "clock_gettime(CLOCK_MONOTONIC, &ts);");
  refused("rudp/sim/a.cpp", "std::mt19937 generator;");
  refused("rudp/path/a.cpp", "std::random_device device;");
  refused("rudp/path/a.cpp", "int x = rand();");
  refused("rudp/endpoint/a.cpp", "fill(system_random());");
  refused("rudp/wire/a.cpp", "throw 1;");
  refused("rudp/wire/a.cpp", "assert(x);");
  refused("rudp/congestion/a.cpp", "double rate = 0;");
  refused("rudp/connection/a.cpp", "std::mutex lock;");
}

void a_failed_allocation_may_unwind(void**) {
  assert_clean(check_words(make_tree({{"rudp/ack/a.cpp", "throw std::bad_alloc();"}})));
}

void words_in_comments_and_strings_do_not_count(void**) {
  assert_clean(check_words(make_tree(
      {{"rudp/ack/a.cpp",
        "// throw away, rand() and steady_clock\n/* double\n throw */\nauto s = \"throw \\\" rand\";\nauto c "
        "= '\"'; auto d = "
        "R\"x(throw)x\";\nauto n = 1'000'000; auto hex = 0xff'ff; auto t = packet.time(now);\n"}})));
  assert_refused(check_words(make_tree({{"rudp/ack/a.cpp", "auto s = \"a\"; throw 1; auto c = 'x';"}})),
                 "rudp/ack/a.cpp", 1);
  assert_refused(check_words(make_tree({{"rudp/ack/a.cpp", "/* a */ auto n = 1'000;\nthrow n;"}})),
                 "rudp/ack/a.cpp", 2);
}

void left_over_marks_are_refused(void**) {
  for (const char* mark : {"TO"
                           "DO",
                           "FIX"
                           "ME",
                           "XX"
                           "X",
                           "HA"
                           "CK"}) {
    assert_refused(check_leftovers(make_tree({{"docs/a.md", std::string("fine\n") + mark + ": later"}})),
                   "docs/a.md", 2);
  }
  assert_clean(check_leftovers(make_tree({{"a.sh", "mktemp rudp.XXXXXX"}})));
}

void long_files_are_refused(void**) {
  assert_clean(check_file_lengths(make_tree({{"rudp/ack/a.cpp", std::string(500, '\n')}})));
  assert_refused(check_file_lengths(make_tree({{"rudp/ack/a.cpp", std::string(501, '\n')}})),
                 "rudp/ack/a.cpp", 0);
}

std::string function_of(std::size_t lines) {
  std::string text = "namespace a {\nclass B {\n  int c(int d) const {\n";
  for (std::size_t i = 0; i + 2 < lines; ++i) text += i % 2 == 0 ? "    if (d) { d = 0; }\n" : "    ++d;\n";
  return text + "  }\n};\n}\n";
}

void long_functions_are_refused(void**) {
  assert_clean(check_function_lengths(make_tree({{"rudp/ack/a.cpp", function_of(70)}})));
  assert_refused(check_function_lengths(make_tree({{"rudp/ack/a.cpp", function_of(71)}})), "rudp/ack/a.cpp",
                 3);

  std::string table = "const int kTable[] = {\n";
  for (int i = 0; i < 200; ++i) table += "  f(1),\n";
  assert_clean(
      check_function_lengths(make_tree({{"rudp/ack/a.cpp", table + "};\nint f(int a) { return a; }\n"}})));
}

void headers_without_a_guard_are_refused(void**) {
  assert_refused(check_pragma_once(make_tree({{"rudp/ack/a.hpp", "int a;\n"}})), "rudp/ack/a.hpp", 0);
  assert_clean(
      check_pragma_once(make_tree({{"rudp/ack/a.hpp", "// A.\n#pragma once\n"}, {"rudp/ack/a.cpp", ""}})));
}

void tabs_and_trailing_blanks_are_refused(void**) {
  assert_refused(check_whitespace(make_tree({{"docs/a.md", "a\n\tb\n"}})), "docs/a.md", 2);
  assert_refused(check_whitespace(make_tree({{"docs/a.md", "a \nb\n"}})), "docs/a.md", 1);
  assert_refused(check_whitespace(make_tree({{"docs/a.md", "a\r\n"}})), "docs/a.md", 1);
}

void modules_without_a_test_are_refused(void**) {
  const Tree alone = make_tree({{"rudp/ack/a.cpp", ""}});
  const Tree tested = make_tree({{"rudp/ack/a.cpp", ""}, {"tests/ack/test_a.cpp", ""}});
  assert_refused(check_tests_mirror(alone, {}), "rudp/ack/a.cpp", 0);
  assert_refused(check_tests_mirror(make_tree({{"chat/storage/a.cpp", ""}}), {}), "chat/storage/a.cpp", 0);
  assert_clean(check_tests_mirror(tested, {}));
  assert_refused(check_tests_mirror(tested, {{"rudp/ack/a.cpp", "tests/ack/test_a.cpp"}}), "rudp/ack/a.cpp",
                 0);
  assert_refused(check_tests_mirror(tested, {{"rudp/ack/gone.cpp", "tests/ack/test_a.cpp"}}),
                 "rudp/ack/gone.cpp", 0);

  const Tree renamed = make_tree({{"rudp/ack/a.cpp", ""}, {"tests/ack/test_b.cpp", ""}});
  assert_clean(check_tests_mirror(renamed, {{"rudp/ack/a.cpp", "tests/ack/test_b.cpp"}}));
  assert_refused(check_tests_mirror(renamed, {{"rudp/ack/a.cpp", "tests/ack/gone.cpp"}}), "rudp/ack/a.cpp",
                 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_tree_was_found),
      cmocka_unit_test(the_floor_table_can_be_read_and_points_down),
      cmocka_unit_test(every_arrow_is_in_the_table),
      cmocka_unit_test(foreign_headers_stay_in_their_places),
      cmocka_unit_test(words_stay_in_their_places),
      cmocka_unit_test(nothing_unfinished_is_left),
      cmocka_unit_test(files_are_short),
      cmocka_unit_test(functions_are_short),
      cmocka_unit_test(headers_are_included_once),
      cmocka_unit_test(no_tabs_and_no_trailing_blanks),
      cmocka_unit_test(every_module_has_its_test),
      cmocka_unit_test(arrows_that_the_table_allows_pass),
      cmocka_unit_test(arrows_up_and_sideways_are_refused),
      cmocka_unit_test(arrows_through_a_wall_are_refused),
      cmocka_unit_test(tables_that_loosen_the_house_are_refused),
      cmocka_unit_test(foreign_headers_in_wrong_places_are_refused),
      cmocka_unit_test(secrets_are_not_compared_byte_by_byte),
      cmocka_unit_test(words_in_wrong_places_are_refused),
      cmocka_unit_test(a_failed_allocation_may_unwind),
      cmocka_unit_test(words_in_comments_and_strings_do_not_count),
      cmocka_unit_test(left_over_marks_are_refused),
      cmocka_unit_test(long_files_are_refused),
      cmocka_unit_test(long_functions_are_refused),
      cmocka_unit_test(headers_without_a_guard_are_refused),
      cmocka_unit_test(tabs_and_trailing_blanks_are_refused),
      cmocka_unit_test(modules_without_a_test_are_refused),
  };
  return cmocka_run_group_tests_name("tidy", tests, nullptr, nullptr);
}
