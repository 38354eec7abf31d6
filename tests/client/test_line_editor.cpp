#include "client/line_editor.hpp"

#include <string>
#include <vector>

#include "client/clusters.hpp"
#include "words.hpp"

#include "support/cmocka.hpp"

namespace {

using client::KeyCode;
using client::LineEditor;

void type(LineEditor& editor, const std::string& text) { editor.handle({KeyCode::text, text}); }
void press(LineEditor& editor, KeyCode code, int times = 1) {
  for (; times > 0; --times) editor.handle({code, {}});
}
void expect(const LineEditor& editor, const std::string& before, const std::string& behind) {
  assert_string_equal(editor.text().c_str(), (before + behind).c_str());
  assert_int_equal(editor.caret(), before.size());
}

void typing_goes_where_the_caret_is(void**) {
  LineEditor editor;
  type(editor, "你好世界");
  press(editor, KeyCode::left, 2);
  type(editor, "，");
  expect(editor, "你好，", "世界");
}

void backspace_takes_a_whole_cluster(void**) {
  for (const std::string_view cluster : test::kClusters) {
    LineEditor editor;
    type(editor, "x" + std::string(cluster));
    press(editor, KeyCode::backspace);
    expect(editor, "x", "");
  }
}

void delete_takes_a_whole_cluster(void**) {
  LineEditor editor;
  type(editor, "👩‍👩‍👧e\u0301!");
  press(editor, KeyCode::home);
  press(editor, KeyCode::erase);
  expect(editor, "", "e\u0301!");
  press(editor, KeyCode::end_of_input);
  expect(editor, "", "!");
}

void a_mark_typed_after_its_letter_joins_it(void**) {
  LineEditor editor;
  type(editor, "ab");
  press(editor, KeyCode::left);
  type(editor, "\u0301");
  expect(editor, "a\u0301", "b");
}

void erasing_never_leaves_the_caret_inside_a_cluster(void**) {
  LineEditor editor;
  type(editor, "ax");
  type(editor, "\u0301");
  press(editor, KeyCode::home);
  press(editor, KeyCode::right);
  type(editor, "\n");
  type(editor, "\u0302");
  press(editor, KeyCode::backspace);
  const auto clusters = client::split_clusters(editor.text());
  bool at_boundary = editor.caret() == editor.text().size();
  for (const auto& cluster : clusters) at_boundary = at_boundary || cluster.begin == editor.caret();
  assert_true(at_boundary);
}

void words_and_line_ends_can_be_killed_and_brought_back(void**) {
  LineEditor editor;
  type(editor, "one two three");
  press(editor, KeyCode::kill_word);
  expect(editor, "one two ", "");
  press(editor, KeyCode::home);
  press(editor, KeyCode::yank);
  expect(editor, "three", "one two ");
  press(editor, KeyCode::kill_to_end);
  expect(editor, "three", "");
  press(editor, KeyCode::kill_to_start);
  expect(editor, "", "");
}

void words_can_be_jumped_over(void**) {
  LineEditor editor;
  type(editor, "你好 世界 ok");
  press(editor, KeyCode::word_left, 2);
  expect(editor, "你好 ", "世界 ok");
  press(editor, KeyCode::word_right);
  expect(editor, "你好 世界", " ok");
}

// Chinese has no spaces: all that was pasted is one word.
void a_word_may_be_as_long_as_a_line(void**) {
  std::string word;
  while (word.size() + 3 <= LineEditor::kBytesMax) word += "字";
  LineEditor editor;
  type(editor, word);
  press(editor, KeyCode::word_left);
  expect(editor, "", word);
  press(editor, KeyCode::word_right);
  expect(editor, word, "");
  press(editor, KeyCode::kill_word);
  expect(editor, "", "");
}

void history_keeps_the_draft(void**) {
  LineEditor editor;
  type(editor, "first");
  editor.take(true);
  type(editor, "second");
  editor.take(true);
  type(editor, "draft");
  press(editor, KeyCode::up, 2);
  expect(editor, "first", "");
  press(editor, KeyCode::down);
  expect(editor, "second", "");
  press(editor, KeyCode::down);
  expect(editor, "draft", "");
  assert_false(editor.handle({KeyCode::down, {}}));
}

void history_holds_no_passwords_and_no_repetitions(void**) {
  LineEditor editor;
  type(editor, "secret");
  editor.take(false);
  for (int i = 0; i < 3; ++i) {
    type(editor, "same");
    editor.take(true);
  }
  press(editor, KeyCode::up, 5);
  expect(editor, "same", "");
  assert_false(editor.handle({KeyCode::up, {}}));
}

void a_forgotten_line_cannot_be_brought_back(void**) {
  LineEditor editor;
  type(editor, "secret");
  press(editor, KeyCode::kill_word);
  editor.forget();
  press(editor, KeyCode::yank);
  assert_true(editor.empty());
}

void a_line_has_a_largest_size(void**) {
  LineEditor editor;
  for (int i = 0; i < 3; ++i) editor.handle({KeyCode::paste, "中" + std::string(30'000, 'x')});
  assert_true(editor.text().size() <= LineEditor::kBytesMax);
  assert_true(editor.text().size() > LineEditor::kBytesMax - 4);
  LineEditor wide;
  std::string text;
  while (text.size() <= LineEditor::kBytesMax) text += "中";
  wide.handle({KeyCode::paste, text});
  assert_int_equal(wide.text().size(), LineEditor::kBytesMax / 3 * 3);
}

/// The same edits on a list of clusters: nothing lost, no cluster split.
void random_edits_agree_with_a_list_of_clusters(void**) {
  // Clusters that never join their neighbours, so that the list is the truth.
  static const std::vector<std::string> kApart = {
      "a", " ", "中", "，", "𠀀", "é", "😀", "👍🏽", "👩‍👩‍👧", "e\u0301"};
  test::Dice dice(5);
  for (int script = 0; script < 1'000; ++script) {
    LineEditor editor;
    std::vector<std::string> model;
    std::size_t at = 0;
    for (int step = 0; step < 40; ++step) {
      switch (dice.below(7)) {
        case 0:
          press(editor, KeyCode::left);
          at -= at > 0 ? 1 : 0;
          break;
        case 1:
          press(editor, KeyCode::right);
          at += at < model.size() ? 1 : 0;
          break;
        case 2:
          press(editor, KeyCode::backspace);
          if (at > 0) model.erase(model.begin() + static_cast<std::ptrdiff_t>(--at));
          break;
        case 3:
          press(editor, KeyCode::erase);
          if (at < model.size()) model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default: {
          const std::string& cluster = kApart[static_cast<std::size_t>(dice.below(kApart.size()))];
          type(editor, cluster);
          model.insert(model.begin() + static_cast<std::ptrdiff_t>(at++), cluster);
        }
      }
      std::string before, behind;
      for (std::size_t i = 0; i < model.size(); ++i) (i < at ? before : behind) += model[i];
      expect(editor, before, behind);
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(typing_goes_where_the_caret_is),
      cmocka_unit_test(backspace_takes_a_whole_cluster),
      cmocka_unit_test(delete_takes_a_whole_cluster),
      cmocka_unit_test(a_mark_typed_after_its_letter_joins_it),
      cmocka_unit_test(erasing_never_leaves_the_caret_inside_a_cluster),
      cmocka_unit_test(words_and_line_ends_can_be_killed_and_brought_back),
      cmocka_unit_test(words_can_be_jumped_over),
      cmocka_unit_test(a_word_may_be_as_long_as_a_line),
      cmocka_unit_test(history_keeps_the_draft),
      cmocka_unit_test(history_holds_no_passwords_and_no_repetitions),
      cmocka_unit_test(a_forgotten_line_cannot_be_brought_back),
      cmocka_unit_test(a_line_has_a_largest_size),
      cmocka_unit_test(random_edits_agree_with_a_list_of_clusters),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
