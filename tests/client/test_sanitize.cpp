#include "client/sanitize.hpp"

#include <string>

#include "client/clusters.hpp"
#include "words.hpp"

#include "support/cmocka.hpp"

namespace {

using client::sanitize;

void expect(const std::string& text, const std::string& shown) {
  assert_string_equal(sanitize(text).c_str(), shown.c_str());
}

/// Written from the threats, not from the implementation.
bool may_reach_a_terminal(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
                    c == 0x200F || c == 0x061C;
  const bool invisible = c == 0x200B || c == 0x200C || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF ||
                         c == 0x00AD || c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x3164 ||
                         c == 0x180E || (c >= 0xE0000 && c <= 0xE007F) || c == 0x2028 || c == 0x2029;
  return !control && !bidi && !invisible;
}

bool is_harmless(const std::string& shown) {
  for (std::size_t at = 0; at < shown.size();) {
    const client::CodePoint c = client::first_code_point(std::string_view(shown).substr(at));
    if (!c.valid || !may_reach_a_terminal(c.value)) return false;
    at += c.size;
  }
  return true;
}

void ordinary_text_stays_as_it_is(void**) {
  for (const char* text :
       {"hello, world", "你好，世界。", "naïve café", "Ελληνικά", "\\u{1B}", "שלום", "𠀀𪛖"}) {
    expect(text, text);
  }
}

void emoji_keep_what_joins_them(void**) {
  for (const char* text :
       {"👩‍👩‍👧", "👍🏽", "❤️", "🇨🇳", "1️⃣", "👨🏽‍🚀!", "🏳️‍🌈"})
    expect(text, text);
}

void escape_sequences_become_visible(void**) {
  expect("\x1b[2J", "\\u{1B}[2J");
  expect("\x1b]52;c;aGk=\x07", "\\u{1B}]52;c;aGk=\\u{07}");
  expect("a\x7f", "a\\u{7F}");
  expect(
      "\xc2\x9b"
      "31m",
      "\\u{9B}31m");
  expect(std::string("a\0b", 3), "a\\u{00}b");
}

void direction_marks_become_visible(void**) {
  expect("\u202Eabc\u202C", "\\u{202E}abc\\u{202C}");
  expect("\u2066x\u2069\u061C\u200F", "\\u{2066}x\\u{2069}\\u{61C}\\u{200F}");
}

void what_has_no_shape_becomes_visible(void**) {
  expect("a\u200Bb", "a\\u{200B}b");
  expect("a\u200Db", "a\\u{200D}b");
  expect("\uFEFFx", "\\u{FEFF}x");
  expect("\u3164", "\\u{3164}");
  expect("👩\u200D", "👩\\u{200D}");
  expect("\uFE0F", "\\u{FE0F}");
}

void line_ends_cannot_forge_a_second_line(void**) {
  expect("hi\n12:00 bob: I agree", "hi⏎12:00 bob: I agree");
  expect("hi\rbob", "hi\\u{0D}bob");
  expect("a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c");
  expect("a\tb", "a b");
}

void bytes_that_are_no_text_become_visible(void**) {
  expect("\xff", "\\x{FF}");
  expect("\xe4\xb8", "\\x{E4}\\x{B8}");
  expect("\xc0\x80", "\\x{C0}\\x{80}");
  expect("\xed\xa0\x80", "\\x{ED}\\x{A0}\\x{80}");
  // A byte that only has the number of a picture joins nothing.
  expect("\xf0\x9f\x91\xa9\xe2\x80\x8d\xa9", "\xf0\x9f\x91\xa9\\u{200D}\\x{A9}");
}

void marks_do_not_pile_up(void**) {
  std::string text = "a";
  for (int i = 0; i < 12; ++i) text += "\u0301";
  std::string shown = "a";
  for (int i = 0; i < client::kMarksMax; ++i) shown += "\u0301";
  expect(text, shown + "\\u{301}\\u{301}\\u{301}\\u{301}");
  expect("\u0301x", "\\u{301}x");
}

void no_string_of_a_large_corpus_steers_the_terminal(void**) {
  static constexpr std::array<char32_t, 26> kNasty = {
      0x00,   0x07,   0x08,   0x0A,   0x0D,   0x1B,    0x7F,    0x80,    0x9B,
      0x9D,   0xAD,   0x61C,  0x34F,  0x200B, 0x200D,  0x200E,  0x2028,  0x202E,
      0x2066, 0x2069, 0xFE0F, 0xFEFF, 0x3164, 0xE0001, 0xE0041, 0x10FFFF};
  test::Dice dice(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint64_t n = dice.below(24); n > 0; --n) {
      const std::uint64_t kind = dice.below(4);
      if (kind == 0) client::append_utf8(text, kNasty[static_cast<std::size_t>(dice.below(kNasty.size()))]);
      if (kind == 1) text += static_cast<char>(dice.below(256));
      if (kind == 2) client::append_utf8(text, static_cast<char32_t>(dice.below(0x110000)));
      if (kind == 3) text += test::random_text(dice, 2);
    }
    const std::string shown = sanitize(text);
    assert_true(is_harmless(shown));
    assert_string_equal(sanitize(shown).c_str(), shown.c_str());
  }
}

void every_code_point_alone_is_harmless(void**) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    std::string text = "a";
    client::append_utf8(text, c);
    if (!is_harmless(sanitize(text))) fail_msg("U+%04X reaches the terminal", static_cast<unsigned>(c));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ordinary_text_stays_as_it_is),
      cmocka_unit_test(emoji_keep_what_joins_them),
      cmocka_unit_test(escape_sequences_become_visible),
      cmocka_unit_test(direction_marks_become_visible),
      cmocka_unit_test(what_has_no_shape_becomes_visible),
      cmocka_unit_test(line_ends_cannot_forge_a_second_line),
      cmocka_unit_test(bytes_that_are_no_text_become_visible),
      cmocka_unit_test(marks_do_not_pile_up),
      cmocka_unit_test(no_string_of_a_large_corpus_steers_the_terminal),
      cmocka_unit_test(every_code_point_alone_is_harmless),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
