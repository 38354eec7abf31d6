// The shape of files: how long, with what at the beginning, and with which test.
#pragma once

#include <map>
#include <string>

#include "tidy/source_tree.hpp"

namespace tidy {

constexpr std::size_t kFileLinesMax = 500;     // a file is one noun
constexpr std::size_t kFunctionLinesMax = 70;  // a function is one thought

Findings check_file_lengths(const Tree& tree);
/// From the line of the opening brace's statement to the closing brace; a
/// heuristic on braces that knows namespaces, types and initialisers.
Findings check_function_lengths(const Tree& tree);
Findings check_pragma_once(const Tree& tree);
/// Tabs, carriage returns and blanks at the end of a line.
Findings check_whitespace(const Tree& tree);

/// A module and the test that shows it under another name.
using Elsewhere = std::map<std::string, std::string>;

/// Every rudp/<room>/<module>.cpp and chat/<module>.cpp has
/// tests/<room>/test_<module>.cpp, or the test that `elsewhere` names. An entry
/// there that is not needed, or names no file, is a finding too.
Findings check_tests_mirror(const Tree& tree, const Elsewhere& elsewhere);

}  // namespace tidy
