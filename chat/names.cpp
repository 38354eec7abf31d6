#include "chat/names.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "chat/codec.hpp"
#include "chat/unicode.hpp"

namespace chat {
namespace {

using unicode::CharacterClass;

bool may_begin(char32_t code_point) {
  const CharacterClass kind = unicode::classify(code_point);
  return kind == CharacterClass::letter || kind == CharacterClass::digit;
}

// U+00B7 stands between the parts of foreign names written in Chinese.
bool is_separator(char32_t c) { return c == U'_' || c == U'-' || c == U'.' || c == U'\u00B7'; }

// The fillers and the combining grapheme joiner count as letters and marks, and show nothing.
bool is_invisible(char32_t c) {
  return c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0 || c == 0x034F || c == 0x17B4 ||
         c == 0x17B5 || (c >= 0x180B && c <= 0x180F) || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0xE0100 && c <= 0xE01EF);
}

bool may_follow(char32_t c) {
  if (is_invisible(c)) return false;
  return may_begin(c) || is_separator(c) || unicode::classify(c) == CharacterClass::mark;
}

bool has_good_characters(const std::u32string& name) {
  return may_begin(name.front()) && std::all_of(name.begin(), name.end(), may_follow) &&
         unicode::longest_mark_run(name) <= kNameMarkRunMax;
}

// A character that NFKC takes away or replaces (zero width, compatibility forms
// that are spaces) must not slip through by becoming nothing.
bool hides_something(const std::u32string& typed) {
  return std::any_of(typed.begin(), typed.end(), [](char32_t c) {
    return is_invisible(c) || unicode::classify(c) == CharacterClass::control ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || c == 0x061C || c == 0x00AD;
  });
}

std::optional<RefusalCode> broken_rule(std::string_view typed, const std::string& display) {
  const auto typed_points = unicode::decode(typed);
  const auto points = unicode::decode(display);
  if (!typed_points || !points || hides_something(*typed_points)) return RefusalCode::name_characters;
  if (points->empty()) return RefusalCode::name_empty;
  if (points->size() > kNameCodePointsMax) return RefusalCode::name_too_long;
  if (!has_good_characters(*points)) return RefusalCode::name_characters;
  if (!unicode::is_single_script(display)) return RefusalCode::name_mixed_scripts;
  return std::nullopt;
}

}  // namespace

rudp::Result<Name, RefusalCode> check_name(std::string_view typed) {
  if (typed.empty()) return RefusalCode::name_empty;
  if (typed.size() > kNameFieldBytesMax) return RefusalCode::name_too_long;
  const auto display = unicode::nfkc(typed);
  if (!display) return RefusalCode::name_characters;
  if (const auto broken = broken_rule(typed, *display)) return *broken;
  auto key = unicode::nfkc_casefold(*display);
  auto skeleton = unicode::skeleton(*display);
  if (!key || !skeleton) return RefusalCode::name_characters;
  return Name{*display, std::move(*key), std::move(*skeleton)};
}

}  // namespace chat
