#include "client/clusters.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace client {
namespace {

constexpr char32_t kEmojiPresentation = 0xFE0F;  // variation selector 16
constexpr std::size_t kPictureColumns = 2;

bool is_skin_tone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }
bool is_regional_indicator(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }
// Pictures that are younger than the table; terminals know the range by its place.
bool is_picture_range(char32_t c) { return c >= 0x1F300 && c <= 0x1FAFF; }

std::size_t columns(char32_t c) {
  if (is_picture_range(c) && utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_CN) {
    return kPictureColumns;
  }
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(c))));
}

/// Adds code points to one cluster. A joined picture is as wide as one picture.
void widen(std::size_t& width, char32_t c) {
  if (c == kEmojiPresentation || is_regional_indicator(c)) {
    width = std::max(width, kPictureColumns);
  } else if (width == 0) {
    width = columns(c);
  } else if (!is_skin_tone(c) && !is_pictographic(c)) {
    width += columns(c);
  }
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  utf8proc_int32_t value = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (size <= 0) return {static_cast<unsigned char>(text.front()), 1, false};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(size), true};
}

void append_utf8(std::string& text, char32_t code_point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

bool is_pictographic(char32_t code_point) {
  const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point));
  return property->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

std::vector<Cluster> split_clusters(std::string_view text) {
  std::vector<Cluster> clusters;
  clusters.reserve(text.size());
  utf8proc_int32_t state = 0;
  char32_t before = 0;
  bool joins = false;  // whether the code point before may be joined to
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_code_point(text.substr(at));
    const bool is_new = !joins || !c.valid ||
                        utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(before),
                                                         static_cast<utf8proc_int32_t>(c.value), &state);
    if (is_new) clusters.push_back({at, 0, 0});
    if (!joins || !c.valid) state = 0;
    clusters.back().size += c.size;
    if (c.valid) widen(clusters.back().width, c.value);
    if (!c.valid) clusters.back().width = 1;
    joins = c.valid;
    before = c.value;
    at += c.size;
  }
  return clusters;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Cluster& cluster : split_clusters(text)) width += cluster.width;
  return width;
}

}  // namespace client
