#include "client/key_decoder.hpp"

#include <string>
#include <vector>

#include "support/dice.hpp"

#include "support/cmocka.hpp"

namespace {

using client::Key;
using client::KeyCode;
using client::KeyDecoder;

std::vector<Key> keys_of(const std::vector<std::string>& chunks) {
  std::vector<Key> keys;
  KeyDecoder decoder([&keys](const Key& key) {
    // Runs of text may come in any number of pieces.
    const bool joins = key.code == KeyCode::text && !keys.empty() && keys.back().code == KeyCode::text;
    if (joins) {
      keys.back().text += key.text;
    } else {
      keys.push_back(key);
    }
  });
  for (const std::string& chunk : chunks) decoder.take(chunk);
  return keys;
}

void expect(const std::string& bytes, const std::vector<Key>& keys) { assert_true(keys_of({bytes}) == keys); }

void characters_are_text(void**) {
  expect("abc 世界😀", {{KeyCode::text, "abc 世界😀"}});
  expect("a\rb", {{KeyCode::text, "a"}, {KeyCode::enter}, {KeyCode::text, "b"}});
}

void arrows_of_all_terminals_are_known(void**) {
  expect("\x1b[A\x1b[B\x1b[C\x1b[D", {{KeyCode::up}, {KeyCode::down}, {KeyCode::right}, {KeyCode::left}});
  expect("\x1bOA\x1bOB\x1bOC\x1bOD", {{KeyCode::up}, {KeyCode::down}, {KeyCode::right}, {KeyCode::left}});
  expect("\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[3~",
         {{KeyCode::home}, {KeyCode::end}, {KeyCode::home}, {KeyCode::end}, {KeyCode::erase}});
}

void control_keys_edit(void**) {
  expect("\x01\x05\x0b\x15\x17\x19", {{KeyCode::home},
                                      {KeyCode::end},
                                      {KeyCode::kill_to_end},
                                      {KeyCode::kill_to_start},
                                      {KeyCode::kill_word},
                                      {KeyCode::yank}});
  expect("\x03\x04\x0c\x1a\x7f\x08", {{KeyCode::interrupt},
                                      {KeyCode::end_of_input},
                                      {KeyCode::redraw},
                                      {KeyCode::suspend},
                                      {KeyCode::backspace},
                                      {KeyCode::backspace}});
}

void alt_enter_is_a_line_feed_in_the_text(void**) { expect("\x1b\r", {{KeyCode::line_feed}}); }

void a_paste_never_presses_enter(void**) {
  expect("\x1b[200~one\rtwo\r\nthree\n\x1b[201~", {{KeyCode::paste, "one\ntwo\nthree\n"}});
}

void a_paste_brings_no_control_characters(void**) {
  expect("\x1b[200~a\x1b[31mb\x07\tc\xc2\x9b\xff\x1b[201~x",
         {{KeyCode::paste, "a[31mb c"}, {KeyCode::text, "x"}});
}

void a_huge_paste_is_cut(void**) {
  const auto keys = keys_of({"\x1b[200~", std::string(1 << 20, 'x'), "\x1b[201~y"});
  assert_int_equal(keys.size(), 2);
  assert_int_equal(keys[0].text.size(), KeyDecoder::kPasteBytesMax);
  assert_string_equal(keys[1].text.c_str(), "y");
}

void unknown_sequences_leave_nothing_behind(void**) {
  expect("\x1b[99;5~\x1b[?1;2c\x1bOx\x1bqz", {{KeyCode::text, "z"}});
  expect("\x1b" + std::string("[") + std::string(100, '1') + "A",
         {{KeyCode::text, std::string(70, '1') + "A"}});
}

void a_lone_escape_can_be_dropped(void**) {
  std::vector<Key> keys;
  KeyDecoder decoder([&keys](const Key& key) { keys.push_back(key); });
  decoder.take("\x1b");
  assert_true(decoder.has_escape());
  decoder.drop_escape();
  decoder.take("h");
  assert_int_equal(keys.size(), 1);
  assert_string_equal(keys[0].text.c_str(), "h");
}

// Latin-1, or what is left of a character that was cut.
void a_stray_lead_byte_swallows_no_key(void**) {
  assert_true(keys_of({"\xe9", "\r"}) == std::vector<Key>{{KeyCode::enter}});
  assert_true(keys_of({"\xf0\x9f", "\x03"}) == std::vector<Key>{{KeyCode::interrupt}});
  assert_true(keys_of({"\xe4\xb8", "a"}) == (std::vector<Key>{{KeyCode::text, "a"}}));
  assert_true(keys_of({"\xe4", "\xb8", "\x96"}) == (std::vector<Key>{{KeyCode::text, "世"}}));
}

void function_keys_of_the_linux_console_type_nothing(void**) {
  expect("\x1b[[A\x1b[[Ez", {{KeyCode::text, "z"}});
  assert_true(keys_of({"\x1b[", "[", "A", "z"}) == (std::vector<Key>{{KeyCode::text, "z"}}));
  expect("\x1b[[\r", {{KeyCode::enter}});
}

void bytes_may_arrive_in_any_pieces(void**) {
  const std::string bytes = "hé世\x1b[A\x1b[1;5C\x1b[200~p\r\n世\x1b[201~\x03😀\x1bOD\r\x7f";
  const auto whole = keys_of({bytes});
  test::Dice dice(11);
  for (int i = 0; i < 2'000; ++i) {
    std::vector<std::string> chunks;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = 1 + static_cast<std::size_t>(dice.below(4));
      chunks.push_back(bytes.substr(at, size));
      at += size;
    }
    assert_true(keys_of(chunks) == whole);
  }
}

void no_bytes_make_it_press_a_control_as_text(void**) {
  test::Dice dice(13);
  KeyDecoder decoder([](const Key& key) {
    for (const char c : key.text) assert_true(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  });
  for (int i = 0; i < 200'000; ++i) {
    const char byte = static_cast<char>(dice.percent(20) ? 0x1b : dice.below(256));
    decoder.take(std::string(1, byte));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(characters_are_text),
      cmocka_unit_test(arrows_of_all_terminals_are_known),
      cmocka_unit_test(control_keys_edit),
      cmocka_unit_test(alt_enter_is_a_line_feed_in_the_text),
      cmocka_unit_test(a_paste_never_presses_enter),
      cmocka_unit_test(a_paste_brings_no_control_characters),
      cmocka_unit_test(a_huge_paste_is_cut),
      cmocka_unit_test(unknown_sequences_leave_nothing_behind),
      cmocka_unit_test(a_lone_escape_can_be_dropped),
      cmocka_unit_test(a_stray_lead_byte_swallows_no_key),
      cmocka_unit_test(function_keys_of_the_linux_console_type_nothing),
      cmocka_unit_test(bytes_may_arrive_in_any_pieces),
      cmocka_unit_test(no_bytes_make_it_press_a_control_as_text),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
