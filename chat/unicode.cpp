#include "chat/unicode.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/uspoof.h>
#include <unicode/utf8.h>

namespace chat::unicode {
namespace {

struct SpoofClose {
  void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};
using Spoof = std::unique_ptr<USpoofChecker, SpoofClose>;

Spoof make_checker() {
  UErrorCode status = U_ZERO_ERROR;
  Spoof checker(uspoof_open(&status));
  uspoof_setChecks(checker.get(),
                   USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE | USPOOF_MIXED_NUMBERS | USPOOF_HIDDEN_OVERLAY,
                   &status);
  uspoof_setRestrictionLevel(checker.get(), USPOOF_SINGLE_SCRIPT_RESTRICTIVE);
  return U_SUCCESS(status) ? std::move(checker) : nullptr;
}

// Opening one reads the confusables table; it is immutable and safe to share afterwards.
const USpoofChecker* checker() {
  static const Spoof shared = make_checker();
  return shared.get();
}

icu::StringPiece piece(std::string_view text) {
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

std::optional<std::string> normalize(const icu::Normalizer2* form, std::string_view text, UErrorCode status) {
  if (U_FAILURE(status) || !is_valid_utf8(text)) return std::nullopt;
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  form->normalizeUTF8(0, piece(text), sink, nullptr, status);
  if (U_FAILURE(status)) return std::nullopt;
  return result;
}

template <class Visit>
bool for_each_code_point(std::string_view text, Visit visit) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 code_point = 0;
    U8_NEXT(bytes, at, length, code_point);
    if (code_point < 0) return false;
    visit(static_cast<char32_t>(code_point));
  }
  return true;
}

bool is_mark(char32_t code_point) {
  return (U_GET_GC_MASK(static_cast<UChar32>(code_point)) & U_GC_M_MASK) != 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return for_each_code_point(text, [](char32_t) {});
}

std::optional<std::u32string> decode(std::string_view text) {
  std::u32string code_points;
  code_points.reserve(text.size());
  if (!for_each_code_point(text, [&](char32_t c) { code_points.push_back(c); })) return std::nullopt;
  return code_points;
}

CharacterClass classify(char32_t code_point) {
  const std::uint32_t mask = U_GET_GC_MASK(static_cast<UChar32>(code_point));
  if ((mask & U_GC_L_MASK) != 0) return CharacterClass::letter;
  if ((mask & U_GC_ND_MASK) != 0) return CharacterClass::digit;
  if ((mask & U_GC_M_MASK) != 0) return CharacterClass::mark;
  if ((mask & U_GC_CC_MASK) != 0) return CharacterClass::control;
  if ((mask & U_GC_CN_MASK) != 0) return CharacterClass::unassigned;
  return CharacterClass::other;
}

bool is_noncharacter(char32_t code_point) { return U_IS_UNICODE_NONCHAR(static_cast<UChar32>(code_point)); }

std::optional<std::string> nfkc(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCInstance(status);
  return normalize(form, text, status);
}

std::optional<std::string> nfkc_casefold(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCCasefoldInstance(status);
  return normalize(form, text, status);
}

std::optional<std::string> skeleton(std::string_view text) {
  if (!is_valid_utf8(text) || checker() == nullptr) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  std::string result(text.size() * 8 + 64, '\0');  // one code point becomes at most 18 others, hardly ever 2
  const std::int32_t length =
      uspoof_getSkeletonUTF8(checker(), 0, text.data(), static_cast<std::int32_t>(text.size()), result.data(),
                             static_cast<std::int32_t>(result.size()), &status);
  if (status == U_BUFFER_OVERFLOW_ERROR || U_FAILURE(status)) return std::nullopt;
  result.resize(static_cast<std::size_t>(length));
  return nfkc_casefold(result);
}

bool is_single_script(std::string_view text) {
  if (!is_valid_utf8(text) || checker() == nullptr) return false;
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t failed =
      uspoof_check2UTF8(checker(), text.data(), static_cast<std::int32_t>(text.size()), nullptr, &status);
  return U_SUCCESS(status) && failed == 0;
}

std::size_t longest_mark_run(std::u32string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char32_t code_point : text) {
    run = is_mark(code_point) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace chat::unicode
