// chat/names: who may be called what (threat U14).
#include "chat/names.hpp"

#include <string>
#include <vector>

#include "support/cmocka.hpp"

namespace {

using chat::check_name;
using chat::RefusalCode;

bool refused(const std::string& name, RefusalCode code) {
  const auto checked = check_name(name);
  if (checked || checked.error() != code) print_message("unexpected verdict for \"%s\"\n", name.c_str());
  return !checked && checked.error() == code;
}

void ordinary_names_of_many_scripts_are_taken(void**) {
  for (const std::string name :
       {"bob", "Alice2", "小明", "王小二99", "阿里·巴巴", "田中さくら", "타로", "Иван",     "Ελένη", "محمد",
        "דוד", "राम",    "José", "O.Neill",  "jean-luc",  "a",          "7",    "20231105", "𠀀𠮷",  "x_y"}) {
    const auto checked = check_name(name);
    if (!checked) print_message("refused: %s\n", name.c_str());
    assert_true(checked.has_value());
  }
}

void length_is_counted_in_characters(void**) {
  const std::string character = "明";
  std::string name;
  for (std::size_t i = 0; i < chat::kNameCodePointsMax; ++i) name += character;
  assert_true(check_name(name).has_value());
  assert_true(refused(name + character, RefusalCode::name_too_long));
  assert_true(refused("", RefusalCode::name_empty));
  assert_true(refused(std::string(10'000, 'a'), RefusalCode::name_too_long));
}

void controls_spaces_and_signs_are_refused(void**) {
  for (const std::string name :
       {"a b", " a", "a\tb", "a\nb", "a\x1b[2J", "\x7f", "\u0085x", "a@b", "a/b", "/quit",   "-x",      ".x",
        "_x",  "·x", "a:b",  "<b>",  "a\"b",     "a'b",  "🐼",       "a👋",  "€",   "\u3000x", "a\u00a0b"}) {
    assert_true(refused(name, RefusalCode::name_characters));
  }
  assert_true(refused(std::string("a\0b", 3), RefusalCode::name_characters));
}

void invisible_and_bidi_characters_are_refused(void**) {
  for (const std::string mark : {"\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e",
                                 "\u2060", "\u2066", "\u2069", "\ufeff", "\u061c", "\u00ad", "\u034f",
                                 "\u115f", "\u1160", "\u3164", "\uffa0", "\ufe0f", "\u180e", "\u2063"}) {
    assert_true(refused("admin" + mark, RefusalCode::name_characters));
    assert_true(refused("ad" + mark + "min", RefusalCode::name_characters));
    assert_true(refused(mark + "admin", RefusalCode::name_characters));
  }
}

void invalid_utf8_is_refused(void**) {
  for (const std::string name : {"\xff", "a\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "\xe4\xbd"}) {
    assert_true(refused(name, RefusalCode::name_characters));
  }
}

void scripts_do_not_mix(void**) {
  for (const std::string name : {"аdmin", "pаypal", "αdmin", "аlice", "bοb", "小明bob", "Иванivan", "a1١"}) {
    assert_true(refused(name, RefusalCode::name_mixed_scripts));
  }
}

void spellings_of_one_name_share_a_key(void**) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"Admin", "admin"},    {"ＡＤＭＩＮ", "admin"}, {"ｂｏｂ", "BOB"},      {"Jose\u0301", "josé"},
      {"Straße", "STRASSE"}, {"ﬁsh", "FISH"},         {"ΣΙΣΥΦΟΣ", "σισυφος"}, {"①②", "12"},
  };
  for (const auto& pair : pairs) {
    const auto a = check_name(pair.first);
    const auto b = check_name(pair.second);
    assert_true(a && b);
    assert_string_equal(a->key.c_str(), b->key.c_str());
  }
}

void look_alikes_share_a_skeleton_and_not_a_key(void**) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"Iinda", "linda"}, {"1inda", "linda"}, {"b0b", "bOb"},
      {"раура", "paypa"}, {"сосо", "coco"},   {"modern", "modem"},
  };
  for (const auto& pair : pairs) {
    const auto a = check_name(pair.first);
    const auto b = check_name(pair.second);
    assert_true(a && b);
    assert_string_not_equal(a->key.c_str(), b->key.c_str());
    assert_string_equal(a->skeleton.c_str(), b->skeleton.c_str());
  }
}

void different_names_stay_different(void**) {
  const std::vector<std::string> names{"bob", "rob",  "小明",   "小红", "王",
                                       "玉",  "Иван", "иванка", "bob1", "bob2"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      assert_string_not_equal(check_name(names[i])->key.c_str(), check_name(names[j])->key.c_str());
      assert_string_not_equal(check_name(names[i])->skeleton.c_str(), check_name(names[j])->skeleton.c_str());
    }
  }
}

void everybody_sees_the_normal_form(void**) {
  assert_string_equal(check_name("Ｂｏｂ")->display.c_str(), "Bob");
  assert_string_equal(check_name("Jose\u0301")->display.c_str(), "José");
}

void marks_do_not_pile_up(void**) {
  assert_true(refused("\u0301a", RefusalCode::name_characters));
  assert_true(refused("x\u0323\u0324\u0325\u0326\u0327\u0328", RefusalCode::name_characters));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ordinary_names_of_many_scripts_are_taken),
      cmocka_unit_test(length_is_counted_in_characters),
      cmocka_unit_test(controls_spaces_and_signs_are_refused),
      cmocka_unit_test(invisible_and_bidi_characters_are_refused),
      cmocka_unit_test(invalid_utf8_is_refused),
      cmocka_unit_test(scripts_do_not_mix),
      cmocka_unit_test(spellings_of_one_name_share_a_key),
      cmocka_unit_test(look_alikes_share_a_skeleton_and_not_a_key),
      cmocka_unit_test(different_names_stay_different),
      cmocka_unit_test(everybody_sees_the_normal_form),
      cmocka_unit_test(marks_do_not_pile_up),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
