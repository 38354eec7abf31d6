#include "server/json.hpp"

#include <cstdio>

#include "chat/unicode.hpp"

namespace server {
namespace {

void append_escape(std::string& out, unsigned unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", unit);
  out += text;
}

// JSON escapes are UTF-16: what lies above the first plane takes two.
void append_escaped(std::string& out, char32_t c) {
  if (c < 0x10000) return append_escape(out, static_cast<unsigned>(c));
  const unsigned offset = static_cast<unsigned>(c) - 0x10000;
  append_escape(out, 0xd800 + (offset >> 10));
  append_escape(out, 0xdc00 + (offset & 0x3ff));
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xc0 | (c >> 6)), byte(0x80 | (c & 0x3f));
  if (c < 0x10000) return byte(0xe0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3f)), byte(0x80 | (c & 0x3f));
  byte(0xf0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3f)), byte(0x80 | ((c >> 6) & 0x3f));
  byte(0x80 | (c & 0x3f));
}

// Format characters (Unicode category Cf) and line ends beside the controls: what changes how a
// line reads without being seen.
bool is_invisible(char32_t c) {
  constexpr struct {
    char32_t first, last;
  } kRanges[] = {{0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},  {0x2028, 0x202e},
                 {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
  for (const auto& range : kRanges)
    if (c >= range.first && c <= range.last) return true;
  return false;
}

bool is_printed_as_it_is(char32_t c) {
  using chat::unicode::CharacterClass;
  if (is_invisible(c)) return false;
  const CharacterClass kind = chat::unicode::classify(c);
  return kind != CharacterClass::control && kind != CharacterClass::unassigned;
}

void append_character(std::string& out, char32_t c) {
  if (c == U'"' || c == U'\\') out += '\\';
  if (is_printed_as_it_is(c)) return append_utf8(out, c);
  append_escaped(out, c);
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  if (const auto characters = chat::unicode::decode(text)) {
    for (const char32_t c : *characters) append_character(out, c);
  } else {
    constexpr char32_t kReplacement = 0xfffd;
    for (const char c : text)
      append_character(out, static_cast<unsigned char>(c) < 0x80 ? static_cast<char32_t>(c) : kReplacement);
  }
  return out + '"';
}

JsonObject& JsonObject::add_raw(std::string_view name, const std::string& json) {
  if (!fields_.empty()) fields_ += ',';
  fields_ += '"';
  fields_ += name;
  fields_ += "\":" + json;
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::string_view text) {
  return add_raw(name, json_string(text));
}

JsonObject& JsonObject::add(std::string_view name, std::uint64_t number) {
  return add_raw(name, std::to_string(number));
}

JsonObject& JsonObject::add(std::string_view name, const JsonObject& object) {
  return add_raw(name, object.text());
}

JsonObject& JsonObject::add(std::string_view name, const std::vector<JsonObject>& objects) {
  std::string list;
  for (const JsonObject& object : objects) list += (list.empty() ? "" : ",") + object.text();
  return add_raw(name, "[" + list + "]");
}

}  // namespace server
