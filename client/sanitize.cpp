#include "client/sanitize.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdio>

#include "client/clusters.hpp"

namespace client {
namespace {

constexpr char32_t kZeroWidthJoiner = 0x200D;
constexpr char32_t kGraphemeJoiner = 0x034F;
constexpr std::string_view kLineFeedShown = "⏎";

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

bool is_variation_selector(char32_t c) {
  return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}
bool is_skin_tone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }
bool is_mark(char32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_ME || kind == UTF8PROC_CATEGORY_MC;
}
// Letters without ink, and marks that only look like nothing.
bool is_blank_letter(char32_t c) {
  return c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0 || c == 0x17B4 || c == 0x17B5 ||
         (c >= 0x180B && c <= 0x180F) || c == kGraphemeJoiner;
}
bool is_young_picture(char32_t c) { return c >= 0x1F300 && c <= 0x1FAFF; }

bool is_hidden_category(char32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    case UTF8PROC_CATEGORY_CN:
      return !is_young_picture(c);
    default:
      return false;
  }
}

std::string escaped(char kind, char32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\%c{%02X}", kind, static_cast<unsigned int>(value));
  return text.data();
}

/// What came before decides about what has no shape of its own.
class Sanitizer {
 public:
  void take(const CodePoint& c, std::string_view bytes, std::string_view rest) {
    if (!c.valid) return show(escaped('x', c.value));
    if (c.value == '\n') return show(std::string(kLineFeedShown));
    if (c.value == '\t') return show(" ");
    if (!passes(c.value, rest)) return show(escaped('u', c.value));
    out_ += bytes;
    remember(c.value);
  }

  std::string finish() { return std::move(out_); }

 private:
  void show(const std::string& text) {
    out_ += text;
    base_ = 0;
    marks_ = 0;
    selected_ = false;
  }

  bool passes(char32_t c, std::string_view rest) const {
    if (c == kZeroWidthJoiner) return is_pictographic(base_) && begins_with_picture(rest);
    if (is_variation_selector(c)) return base_ != 0 && base_ != ' ' && !selected_ && marks_ == 0;
    if (is_blank_letter(c) || is_hidden_category(c)) return false;
    return !is_mark(c) || (base_ != 0 && marks_ < kMarksMax);
  }

  static bool begins_with_picture(std::string_view rest) {
    if (rest.empty()) return false;
    const CodePoint next = first_code_point(rest);
    return next.valid && is_pictographic(next.value);  // a stray byte A9 is no U+00A9
  }

  void remember(char32_t c) {
    if (is_variation_selector(c)) {
      selected_ = true;
    } else if (is_mark(c)) {
      ++marks_;
    } else if (!is_skin_tone(c) || !is_pictographic(base_)) {
      base_ = c == kZeroWidthJoiner ? U' ' : c;
      marks_ = 0;
      selected_ = false;
    }
  }

  std::string out_;
  char32_t base_ = 0;
  int marks_ = 0;
  bool selected_ = false;
};

}  // namespace

std::string sanitize(std::string_view text) {
  Sanitizer sanitizer;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_code_point(text.substr(at));
    sanitizer.take(c, text.substr(at, c.size), text.substr(at + c.size));
    at += c.size;
  }
  return sanitizer.finish();
}

}  // namespace client
