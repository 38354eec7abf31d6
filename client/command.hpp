// What a typed line means in the room. Only the keyboard gives commands: text from
// the network never comes here (threat U17).
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace client {

namespace command {

struct Nothing {};
struct Say {
  std::string text;  ///< to the public room
};
struct Tell {
  std::string name, text;  ///< privately
};
/// PC: asks for the friend and the text.
struct StartPrivate {};
struct Who {};
struct Help {};
struct Quit {};
/// A command without what it needs.
struct Incomplete {
  std::string word;
};
struct Unknown {
  std::string word;
};

}  // namespace command

using Command =
    std::variant<command::Nothing, command::Say, command::Tell, command::StartPrivate, command::Who,
                 command::Help, command::Quit, command::Incomplete, command::Unknown>;

/// Commands are the same in capital and small letters. "//x" says "/x"; "/say quit" says "quit".
Command parse_command(std::string_view line);

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);
/// ASCII letters made small, blanks at both ends left out.
std::string word_of(std::string_view text);

}  // namespace client
