// chat/text: nothing that could steer a terminal is stored (threats U15, T1).
#include "chat/text.hpp"

#include <string>

#include "chat/unicode.hpp"

#include "support/cmocka.hpp"

namespace {

using chat::check_text;
using chat::kTextBytesMaxDefault;
using chat::RefusalCode;

bool is_taken(const std::string& text) { return !check_text(text, kTextBytesMaxDefault); }
bool has_bad_characters(const std::string& text) {
  return check_text(text, kTextBytesMaxDefault) == RefusalCode::text_characters;
}

void what_people_write_is_taken(void**) {
  for (const std::string text :
       {"hello", "你好，世界！", "two\nlines\tand a tab", "👩‍👩‍👧‍👦 👋🏽", "שלום",
        "/quit", "'; DROP TABLE messages;--", "%s%n", "e\u0301", "𠀀"}) {
    assert_true(is_taken(text));
  }
}

void every_control_character_but_line_feed_and_tab_is_refused(void**) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string text{'a', static_cast<char>(c), 'b'};
    assert_int_equal(is_taken(text), c == '\n' || c == '\t');
  }
  assert_true(has_bad_characters("a\x7f"));
  for (int c = 0x80; c < 0xa0; ++c) assert_true(has_bad_characters({'\xc2', static_cast<char>(c)}));
}

void escape_sequences_are_refused(void**) {
  for (const std::string text :
       {"\x1b[31mred", "\x1b]0;title\x07", "\x1b]52;c;aGk=\x07", "\u009b2J", "\rforged"}) {
    assert_true(has_bad_characters(text));
  }
}

void invalid_utf8_and_noncharacters_are_refused(void**) {
  for (const std::string text : {"\xff", "\xc0\x80", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                 "ok\xe4", "\xef\xbf\xbe", "\xef\xb7\x90", "\xf0\x9f\xbf\xbf"}) {
    assert_true(has_bad_characters(text));
  }
}

void length_is_counted_in_bytes(void**) {
  assert_true(check_text("", 10) == RefusalCode::text_empty);
  assert_false(check_text("0123456789", 10).has_value());
  assert_true(check_text("0123456789a", 10) == RefusalCode::text_too_long);
}

void combining_marks_are_capped_at_eight_in_a_row(void**) {
  std::string text = "a";
  for (std::size_t i = 0; i < chat::kTextMarkRunMax; ++i) text += "\u0301";
  assert_true(is_taken(text));
  assert_true(is_taken(text + "b" + text));
  assert_true(has_bad_characters(text + "\u0301"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_people_write_is_taken),
      cmocka_unit_test(every_control_character_but_line_feed_and_tab_is_refused),
      cmocka_unit_test(escape_sequences_are_refused),
      cmocka_unit_test(invalid_utf8_and_noncharacters_are_refused),
      cmocka_unit_test(length_is_counted_in_bytes),
      cmocka_unit_test(combining_marks_are_capped_at_eight_in_a_row),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
