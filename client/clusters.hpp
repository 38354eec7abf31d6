// Text as a terminal shows it: grapheme clusters and their widths in columns.
// The system's own tables are old; utf8proc's are not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace client {

/// What a person takes for one character (UAX #29).
struct Cluster {
  std::size_t begin = 0;  ///< in bytes
  std::size_t size = 0;   ///< in bytes
  std::size_t width = 0;  ///< in columns
};

/// Splits UTF-8; a byte that is none is a cluster of one column.
std::vector<Cluster> split_clusters(std::string_view text);

/// Columns of a text without control characters.
std::size_t width_of(std::string_view text);

/// One code point of `text`, which must not be empty.
struct CodePoint {
  char32_t value = 0;
  std::size_t size = 1;  ///< in bytes
  bool valid = false;    ///< false: a byte that is no UTF-8
};
CodePoint first_code_point(std::string_view text);

/// Appends the code point as UTF-8.
void append_utf8(std::string& text, char32_t code_point);

/// Emoji and other pictures (Extended_Pictographic).
bool is_pictographic(char32_t code_point);

}  // namespace client
