// What the documents show is what the compiler sees: every block of C++ or CMake
// under a line "<!-- FILE -->" equals that file, and the echo is as short as promised.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tidy/source_tree.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace tidy;

// A promise of the README: an encrypted echo in at most so many statements a side.
constexpr std::ptrdiff_t kEchoStatementsMax = 12;

struct Snippet {
  std::size_t line = 0;
  std::string file;  ///< named by the comment above; empty: none
  std::vector<std::string> lines;
};

std::vector<Snippet> snippets_of(const SourceFile& document) {
  std::vector<Snippet> snippets;
  std::string named;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    const std::string& line = document.lines[i];
    if (starts_with(line, "<!-- ") && ends_with(line, " -->")) {
      named = line.substr(5, line.size() - 9);
    } else if (line == "```cpp" || line == "```cmake") {
      snippets.push_back({i + 1, named, {}});
      while (++i < document.lines.size() && document.lines[i] != "```")
        snippets.back().lines.push_back(document.lines[i]);
      named.clear();
    } else if (!line.empty()) {
      named.clear();
    }
  }
  return snippets;
}

Findings check_snippets(const Tree& tree) {
  Findings findings;
  for (const auto& [path, document] : tree) {
    if (!starts_with(path, "README")) continue;
    for (const Snippet& snippet : snippets_of(document)) {
      const auto file = tree.find(snippet.file);
      const bool equal = file != tree.end() && file->second.lines == snippet.lines;
      if (!equal) findings.push_back({path, snippet.line, "differs from its file \"" + snippet.file + "\""});
    }
  }
  return findings;
}

std::ptrdiff_t statements_of(const SourceFile& file) {
  std::ptrdiff_t statements = 0;
  for (const std::string& line : file.code) statements += std::count(line.begin(), line.end(), ';');
  return statements;
}

void the_readmes_show_the_files_that_are_compiled(void**) {
  const Tree tree = read_tree(".");
  const Findings findings = check_snippets(tree);
  for (const Finding& f : findings)
    std::fprintf(stderr, "%s:%zu: %s\n", f.path.c_str(), f.line, f.what.c_str());
  assert_int_equal(findings.size(), 0);
  for (const char* readme : {"README.md", "README.zh-CN.md"}) {
    assert_int_equal(snippets_of(tree.at(readme)).size(), 3);  // server, client, CMake
  }
}

void an_encrypted_echo_takes_few_statements(void**) {
  const Tree tree = read_tree(".");
  for (const char* side : {"examples/echo_server.cpp", "examples/echo_client.cpp"}) {
    const std::ptrdiff_t statements = statements_of(tree.at(side));
    std::printf("%s: %td statements\n", side, statements);
    assert_in_range(statements, 1, kEchoStatementsMax);
  }
}

void a_snippet_that_differs_is_refused(void**) {
  const char* good = "text\n<!-- a.cpp -->\n```cpp\nint a;\n```\n";
  assert_int_equal(check_snippets(make_tree({{"README.md", good}, {"a.cpp", "int a;\n"}})).size(), 0);
  assert_int_equal(check_snippets(make_tree({{"README.md", good}, {"a.cpp", "int b;\n"}})).size(), 1);
  assert_int_equal(check_snippets(make_tree({{"README.md", good}})).size(), 1);
  assert_int_equal(
      check_snippets(make_tree({{"README.md", "```cpp\nint a;\n```\n"}, {"a.cpp", "int a;\n"}})).size(), 1);
}

void every_semicolon_of_the_code_counts(void**) {
  const char* text = "// a; b;\nint a = 1; for (;;) { f(\";\", ';'); }\n";
  assert_int_equal(statements_of(make_file("a.cpp", text)), 4);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_readmes_show_the_files_that_are_compiled),
      cmocka_unit_test(an_encrypted_echo_takes_few_statements),
      cmocka_unit_test(a_snippet_that_differs_is_refused),
      cmocka_unit_test(every_semicolon_of_the_code_counts),
  };
  return cmocka_run_group_tests_name("snippets", tests, nullptr, nullptr);
}
