#include "chat/text.hpp"

#include <algorithm>
#include <string>

#include "chat/unicode.hpp"

namespace chat {
namespace {

// Lines and tabs are part of what people paste; everything else of C0, DEL and C1 steers terminals.
bool is_refused(char32_t c) {
  if (c == U'\n' || c == U'\t') return false;
  return unicode::classify(c) == unicode::CharacterClass::control || unicode::is_noncharacter(c);
}

}  // namespace

std::optional<RefusalCode> check_text(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return RefusalCode::text_empty;
  if (text.size() > bytes_max) return RefusalCode::text_too_long;
  const auto points = unicode::decode(text);
  if (!points) return RefusalCode::text_characters;
  if (std::any_of(points->begin(), points->end(), is_refused)) return RefusalCode::text_characters;
  if (unicode::longest_mark_run(*points) > kTextMarkRunMax) return RefusalCode::text_characters;
  return std::nullopt;
}

}  // namespace chat
