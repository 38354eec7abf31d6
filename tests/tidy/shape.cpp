#include "tidy/shape.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tidy {
namespace {

bool is_source(const SourceFile& file) { return file.is_cpp(); }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool holds_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_word(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

/// Reads a file statement by statement. Only the outermost function is measured:
/// what is inside it is part of it.
class FunctionMeter {
 public:
  explicit FunctionMeter(const SourceFile& file) : file_(file) {}

  Findings run() {
    for (line_ = 0; line_ < file_.code.size(); ++line_) {
      const std::string& code = file_.code[line_];
      const bool directive = continued_ || starts_with(code, "#");
      continued_ = directive && ends_with(code, "\\");
      if (directive) continue;
      for (const char c : code) take(c);
      statement_ += '\n';
    }
    return std::move(findings_);
  }

 private:
  void take(char c) {
    if (trimmed(statement_).empty() && std::isspace(static_cast<unsigned char>(c)) == 0) begins_at_ = line_;
    if (c == '{') return open();
    if (c == '}') return close();
    if (c == '(') ++parentheses_;
    if (c == ')') --parentheses_;
    statement_ += c;
    if (c == ';' && parentheses_ <= 0 && depth_in_function_ == 0) statement_.clear();
  }

  void open() {
    if (depth_in_function_ > 0) {
      ++depth_in_function_;
    } else if (opens_function()) {
      parentheses_ = 0;
      depth_in_function_ = 1;
      function_begins_at_ = begins_at_;
    }
    statement_.clear();
  }

  void close() {
    statement_.clear();
    if (depth_in_function_ == 0 || --depth_in_function_ > 0) return;
    const std::size_t lines = line_ - function_begins_at_ + 1;
    if (lines <= kFunctionLinesMax) return;
    findings_.push_back(
        {file_.path, function_begins_at_ + 1, "a function of " + std::to_string(lines) + " lines"});
  }

  bool opens_function() const {
    const std::string_view head = trimmed(statement_);
    const std::size_t parenthesis = head.find('(');
    if (parenthesis == std::string_view::npos) return false;
    // A table may be as long as it is; a lambda in an initialiser is a function.
    if (ends_with(head, "=") || ends_with(head, ",") || ends_with(head, "(")) return false;
    static constexpr std::array<std::string_view, 5> kTypes = {"namespace", "class", "struct", "enum",
                                                               "union"};
    const std::string_view before = head.substr(0, parenthesis);
    return std::none_of(kTypes.begin(), kTypes.end(), [&](auto word) {
      return holds_word(before, word) && !holds_word(before, "operator") && !returns_elaborated(before, word);
    });
  }

  // "struct tm now(" returns a struct; "struct __attribute__((packed)) Header" is one.
  static bool returns_elaborated(std::string_view before, std::string_view word) {
    const std::string_view after = trimmed(before.substr(before.find(word) + word.size()));
    return std::count(after.begin(), after.end(), ' ') == 1 && !starts_with(after, "RUDP_API");
  }

  const SourceFile& file_;
  Findings findings_;
  std::string statement_;
  std::size_t line_ = 0, begins_at_ = 0, function_begins_at_ = 0;
  int parentheses_ = 0, depth_in_function_ = 0;
  bool continued_ = false;
};

// rudp/wire/frame.cpp -> tests/wire/test_frame.cpp, chat/storage/sqlite.cpp -> tests/chat/test_sqlite.cpp
std::string mirrored_test(const std::string& path) {
  const std::size_t slash = path.rfind('/'), top = path.find('/');
  const std::string room = starts_with(path, "chat/") ? "chat" : path.substr(top + 1, slash - top - 1);
  return "tests/" + room + "/test_" + path.substr(slash + 1);
}

}  // namespace

Findings check_file_lengths(const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    if (!is_source(file) || file.lines.size() <= kFileLinesMax) continue;
    findings.push_back({path, 0, "a file of " + std::to_string(file.lines.size()) + " lines"});
  }
  return findings;
}

Findings check_function_lengths(const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    if (!is_source(file)) continue;
    const Findings found = FunctionMeter(file).run();
    findings.insert(findings.end(), found.begin(), found.end());
  }
  return findings;
}

Findings check_pragma_once(const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    if (!ends_with(path, ".hpp") && !ends_with(path, ".h")) continue;
    const bool found = std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end();
    if (!found) findings.push_back({path, 0, "a header without #pragma once"});
  }
  return findings;
}

Findings check_whitespace(const Tree& tree) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    if (starts_with(path, "tests/vectors/") || starts_with(path, "fuzz/corpus/"))
      continue;  // data, as it was written
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (line.find('\t') != std::string::npos) findings.push_back({path, i + 1, "a tab"});
      if (!line.empty() && (line.back() == ' ' || line.back() == '\r'))
        findings.push_back({path, i + 1, "a blank at the end"});
    }
  }
  return findings;
}

Findings check_tests_mirror(const Tree& tree, const Elsewhere& elsewhere) {
  Findings findings;
  for (const auto& [path, file] : tree) {
    const bool module = ends_with(path, ".cpp") && (starts_with(path, "rudp/") || starts_with(path, "chat/"));
    if (!module) continue;
    const std::string test = mirrored_test(path);
    const bool tested = tree.count(test) != 0, excused = elsewhere.count(path) != 0;
    if (!tested && !excused) findings.push_back({path, 0, "has no " + test});
    if (tested && excused) findings.push_back({path, 0, "is excused from having a test, but has one"});
  }
  for (const auto& [path, test] : elsewhere) {
    if (tree.count(path) == 0)
      findings.push_back({path, 0, "is excused from having a test, but does not exist"});
    if (tree.count(test) == 0)
      findings.push_back({path, 0, "is tested elsewhere, in a file that does not exist: " + test});
  }
  return findings;
}

}  // namespace tidy
