// Reads the vector files of tests/vectors/wire: "bytes = meaning   # comment" a line.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/types.hpp>

namespace vectors {

using Buffer = std::vector<std::uint8_t>;

struct Vector {
  Buffer bytes;
  std::string meaning;
};

inline std::string to_hex(rudp::Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 0xf];
  }
  return text;
}

inline bool is_hex(char c) { return std::string_view("0123456789abcdef").find(c) != std::string_view::npos; }

/// Hex digits; spaces do not count.
inline Buffer from_hex(std::string_view text) {
  Buffer bytes;
  std::string digits;
  for (const char c : text) {
    if (is_hex(c)) digits += c;
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::strtoul(digits.c_str(), nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

/// Replaces "xx*n" by n times xx.
inline std::string unfold(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '*') {
      out += text[at++];
      continue;
    }
    std::size_t begin = out.size();
    while (begin > 0 && is_hex(out[begin - 1])) --begin;
    const std::string unit = out.substr(begin);
    std::size_t count = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      count = count * 10 + static_cast<std::size_t>(text[at] - '0');
    }
    for (std::size_t repeat = 1; repeat < count; ++repeat) out += unit;
  }
  return out;
}

inline std::string trim(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// Every line of tests/vectors/wire/`name`, read from the project's root. Empty where the file is missing.
inline std::vector<Vector> load(const std::string& name) {
  std::ifstream file("tests/vectors/wire/" + name);
  std::vector<Vector> out;
  for (std::string line; std::getline(file, line);) {
    line = line.substr(0, line.find('#'));
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    out.push_back({from_hex(unfold(line.substr(0, equals))), trim(unfold(line.substr(equals + 1)))});
  }
  return out;
}

}  // namespace vectors
