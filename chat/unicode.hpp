// The little that the chat's rules ask of Unicode; the only file that speaks ICU.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chat::unicode {

enum class CharacterClass { letter, digit, mark, control, unassigned, other };

/// No overlong form, surrogate or code point above U+10FFFF.
bool is_valid_utf8(std::string_view text);

/// The code points of valid UTF-8; nothing where it is not valid.
std::optional<std::u32string> decode(std::string_view text);

CharacterClass classify(char32_t code_point);
/// U+FDD0..FDEF and the last two of every plane.
bool is_noncharacter(char32_t code_point);

/// NFKC of valid UTF-8 (UAX #15). Nothing where the input is not valid.
std::optional<std::string> nfkc(std::string_view text);
/// NFKC_Casefold (UAX #31): equal for spellings that people take for the same.
std::optional<std::string> nfkc_casefold(std::string_view text);

/// What the text looks like (UTS #39 skeleton), case-folded: equal for look-alikes.
std::optional<std::string> skeleton(std::string_view text);
/// One script, or a set used together in Chinese, Japanese or Korean, with the
/// digits of one numbering system and no invisible characters (UTS #39).
bool is_single_script(std::string_view text);

/// The longest run of combining marks (Mn, Mc, Me).
std::size_t longest_mark_run(std::u32string_view text);

}  // namespace chat::unicode
