#include "client/command.hpp"

#include <cctype>

namespace client {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

struct Split {
  std::string_view first, rest;
};

Split split_word(std::string_view text) {
  text = trimmed(text);
  const std::size_t end = text.find_first_of(kBlanks);
  if (end == text.npos) return {text, {}};
  return {text.substr(0, end), trimmed(text.substr(end))};
}

Command tell(std::string_view arguments) {
  const Split split = split_word(arguments);
  if (split.rest.empty()) return command::Incomplete{"/msg"};
  return command::Tell{std::string(split.first), std::string(split.rest)};
}

Command slash_command(std::string_view line) {
  const Split split = split_word(line);
  const std::string word = word_of(split.first);
  if (word == "/help") return command::Help{};
  if (word == "/who") return command::Who{};
  if (word == "/quit") return command::Quit{};
  if (word == "/msg") return tell(split.rest);
  if (word != "/say") return command::Unknown{std::string(split.first)};
  if (split.rest.empty()) return command::Incomplete{"/say"};
  return command::Say{std::string(split.rest)};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string word_of(std::string_view text) {
  std::string word(trimmed(text));
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

Command parse_command(std::string_view line) {
  const std::string word = word_of(line);
  if (word.empty()) return command::Nothing{};
  if (word == "pc") return command::StartPrivate{};
  if (word == "quit") return command::Quit{};
  if (line.substr(0, 2) == "//") return command::Say{std::string(line.substr(1))};
  if (line.front() == '/') return slash_command(line);
  return command::Say{std::string(line)};
}

}  // namespace client
