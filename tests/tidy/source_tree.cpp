#include "tidy/source_tree.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tidy {
namespace {

constexpr std::string_view kCppEndings[] = {".cpp", ".hpp", ".h", ".c"};
constexpr std::string_view kTextEndings[] = {".cpp",  ".hpp", ".h",    ".c",  ".cmake", ".txt",   ".md",
                                             ".json", ".sh",  ".toml", ".in", ".py",    ".proto", ".po"};
constexpr std::string_view kFolders[] = {"rudp",  "chat",     "server", "client",  "fuzz",  "tests",
                                         "bench", "examples", "docs",   "scripts", "cmake", ".ci"};

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Blanks comments and the insides of literals, keeping lines and columns.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), out_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  bool next_is(std::string_view word) const { return text_.substr(at_, word.size()) == word; }

  void step() {
    if (next_is("//")) return blank_until("\n", 0);
    if (next_is("/*")) return blank_until("*/", 2);
    if (next_is("R\"")) return raw_string();
    if (text_[at_] == '"' && !in_include_line()) return literal('"');
    if (text_[at_] == '\'' && !inside_number()) return literal('\'');
    ++at_;
  }

  // Names of included files stay readable.
  bool in_include_line() const {
    const std::size_t newline = text_.rfind('\n', at_);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    return starts_with(text_.substr(begin), "#include");
  }

  // 1'000 or 0xff'ff: a separator, because the word it stands in began with a digit.
  bool inside_number() const {
    std::size_t begin = at_;
    while (begin > 0 && (is_word(text_[begin - 1]) || text_[begin - 1] == '\'')) --begin;
    return begin < at_ && std::isdigit(static_cast<unsigned char>(text_[begin])) != 0;
  }

  void blank(std::size_t end) {
    for (; at_ < std::min(end, text_.size()); ++at_) {
      if (text_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void blank_until(std::string_view mark, std::size_t included) {
    const std::size_t found = text_.find(mark, at_ + 2);
    blank(found == std::string_view::npos ? text_.size() : found + included);
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank(text_.size());
    const std::string mark = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t found = text_.find(mark, open);
    blank(found == std::string_view::npos ? text_.size() : found + mark.size());
  }

  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? std::size_t{2} : std::size_t{1};
    }
    ++at_;
    blank(end);
    ++at_;
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
};

bool is_text(std::string_view path) {
  return std::any_of(std::begin(kTextEndings), std::end(kTextEndings),
                     [&](std::string_view ending) { return ends_with(path, ending); });
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void add_file(Tree& tree, const std::filesystem::path& root, const std::filesystem::path& path) {
  const std::string relative = path.lexically_relative(root).generic_string();
  tree.emplace(relative, make_file(relative, read_file(path)));
}

}  // namespace

bool SourceFile::is_cpp() const {
  return std::any_of(std::begin(kCppEndings), std::end(kCppEndings),
                     [&](std::string_view ending) { return ends_with(path, ending); });
}

SourceFile make_file(std::string path, std::string_view text) {
  SourceFile file{std::move(path), split_lines(text), {}};
  if (file.is_cpp()) file.code = split_lines(Blanker(text).run());
  return file;
}

Tree make_tree(std::initializer_list<std::pair<std::string_view, std::string_view>> files) {
  Tree tree;
  for (const auto& [path, text] : files) tree.emplace(path, make_file(std::string(path), text));
  return tree;
}

Tree read_tree(const std::string& root) {
  namespace fs = std::filesystem;
  Tree tree;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && (is_text(name) || name == "run.sh")) add_file(tree, root, entry.path());
  }
  for (const std::string_view folder : kFolders) {
    const fs::path path = fs::path(root) / folder;
    if (!fs::is_directory(path)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (!entry.is_regular_file()) continue;
      if (is_text(entry.path().string()) || folder == ".ci") add_file(tree, root, entry.path());
    }
  }
  return tree;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool lies_in(std::string_view path, const std::vector<std::string_view>& places) {
  return std::any_of(places.begin(), places.end(),
                     [&](std::string_view place) { return starts_with(path, place); });
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const std::string& line = file.code[i];
    if (!starts_with(line, "#include")) continue;
    const std::size_t open = line.find_first_of("<\"");
    const std::size_t close = open == std::string::npos ? open : line.find_first_of(">\"", open + 1);
    if (close == std::string::npos) continue;
    includes.push_back({i + 1, line[open] == '<', line.substr(open + 1, close - open - 1)});
  }
  return includes;
}

}  // namespace tidy
