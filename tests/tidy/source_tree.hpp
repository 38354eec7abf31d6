// The files of this project as values, so that a rule can be shown a tree that breaks it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

/// One text file. Paths are relative to the root of the project, with slashes.
struct SourceFile {
  std::string path;
  std::vector<std::string> lines;  ///< as they are
  std::vector<std::string> code;   ///< the same lines without comments and the insides of literals; C++ only

  bool is_cpp() const;
};

using Tree = std::map<std::string, SourceFile>;

/// What a rule refused. `line` counts from 1; 0 means the file as a whole.
struct Finding {
  std::string path;
  std::size_t line = 0;
  std::string what;
};
using Findings = std::vector<Finding>;

SourceFile make_file(std::string path, std::string_view text);
/// Builds a tree from (path, text) pairs.
Tree make_tree(std::initializer_list<std::pair<std::string_view, std::string_view>> files);
/// Reads every text file of the project; `root` holds CMakeLists.txt. What git
/// ignores (build folders) is left out.
Tree read_tree(const std::string& root);

bool starts_with(std::string_view text, std::string_view prefix);
bool ends_with(std::string_view text, std::string_view suffix);
/// Whether the path lies in one of these places: a folder ends in a slash, all else
/// is the beginning of a path.
bool lies_in(std::string_view path, const std::vector<std::string_view>& places);

struct Include {
  std::size_t line = 0;
  bool angle = false;
  std::string name;
};
std::vector<Include> includes_of(const SourceFile& file);

}  // namespace tidy
