// A little terminal reads what the screen writes: one row at a time is enough to
// see whether the half-typed line survives, and where the cursor stands.
#include "client/prompt_screen.hpp"

#include <string>
#include <vector>

#include "client/clusters.hpp"
#include "words.hpp"

#include "support/cmocka.hpp"

namespace {

using client::Colours;
using client::KeyCode;
using client::LineEditor;
using client::LineKind;
using client::PromptScreen;

/// Rows that were left are history; the last row is being written. Knows CR, LF, BEL,
/// ESC[J, ESC[K and colours; anything else fails the test.
class Terminal {
 public:
  void write(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) at += take(std::string_view(bytes).substr(at));
  }

  std::vector<std::string> rows;
  std::string row() const {
    std::string text;
    for (const std::string& cluster : cells_) text += cluster;
    return text;
  }
  std::size_t column() const {
    std::size_t width = 0;
    for (std::size_t i = 0; i < at_; ++i) width += client::width_of(cells_[i]);
    return width;
  }

 private:
  std::size_t take(std::string_view bytes) {
    switch (bytes.front()) {
      case '\r':
        at_ = 0;
        return 1;
      case '\n':
        rows.push_back(row());
        cells_.clear();
        return 1;
      case '\a':
        return 1;
      case '\x1b':
        return take_sequence(bytes);
      default:
        return put(bytes);
    }
  }

  std::size_t take_sequence(std::string_view bytes) {
    if (bytes.substr(0, 3) == "\x1b[J" || bytes.substr(0, 3) == "\x1b[K") return cells_.resize(at_), 3;
    const std::size_t end = bytes.find('m');
    assert_true(bytes.size() > 1 && bytes[1] == '[' && end != bytes.npos && end < 6);
    return end + 1;
  }

  std::size_t put(std::string_view bytes) {
    const std::size_t size =
        client::split_clusters(bytes.substr(0, bytes.find_first_of("\r\n\a\x1b"))).front().size;
    if (at_ == cells_.size()) cells_.emplace_back();
    cells_[at_++] = bytes.substr(0, size);
    return size;
  }

  std::vector<std::string> cells_;
  std::size_t at_ = 0;
};

struct Desk {
  explicit Desk(Colours colours = Colours::none) : screen(editor, colours) {
    screen.resize(80);
    screen.ask({"alice> ", false, true});
    draw();
  }
  void draw() { terminal.write(screen.poll_bytes()); }
  void type(const std::string& text) {
    editor.handle({KeyCode::text, text});
    draw();
  }
  void expect_row(const std::string& row, std::size_t column) const {
    assert_string_equal(terminal.row().c_str(), row.c_str());
    assert_int_equal(terminal.column(), column);
  }

  LineEditor editor;
  PromptScreen screen;
  Terminal terminal;
};

void a_message_leaves_the_half_typed_line_alone(void**) {
  Desk desk;
  desk.type("你好，wor");
  desk.screen.show(LineKind::chat, "12:00 bob: hi");
  desk.draw();
  assert_int_equal(desk.terminal.rows.size(), 1);
  assert_string_equal(desk.terminal.rows[0].c_str(), "12:00 bob: hi");
  desk.expect_row("alice> 你好，wor", 7 + 6 + 3);
}

void the_cursor_stands_at_the_caret_after_every_frame(void**) {
  Desk desk;
  desk.type("ab中文👍🏽c");
  desk.editor.handle({KeyCode::left, {}});
  desk.draw();
  desk.expect_row("alice> ab中文👍🏽c", 7 + 2 + 4 + 2);
  desk.screen.show(LineKind::notice, "x");
  desk.draw();
  desk.expect_row("alice> ab中文👍🏽c", 7 + 2 + 4 + 2);
}

void many_messages_come_in_one_frame(void**) {
  Desk desk;
  desk.type("half");
  for (int i = 0; i < 50; ++i) desk.screen.show(LineKind::chat, "line " + std::to_string(i));
  desk.draw();
  assert_int_equal(desk.terminal.rows.size(), 50);
  assert_string_equal(desk.terminal.rows[49].c_str(), "line 49");
  desk.expect_row("alice> half", 11);
}

void nothing_is_written_where_nothing_changed(void**) {
  Desk desk;
  desk.type("x");
  assert_true(desk.screen.poll_bytes().empty());
}

void a_password_is_never_written(void**) {
  Desk desk;
  desk.screen.ask({"Password: ", true, false});
  desk.type("hunter2");
  desk.expect_row("Password: ", 10);
  desk.screen.commit();
  desk.editor.forget();
  desk.draw();
  assert_string_equal(desk.terminal.rows.back().c_str(), "Password: ");
}

void an_answer_stays_and_a_message_goes(void**) {
  Desk desk;
  desk.type("to everyone");
  desk.screen.commit();
  desk.editor.take(true);
  desk.draw();
  assert_true(desk.terminal.rows.empty());
  desk.expect_row("alice> ", 7);

  desk.screen.ask({"Name: ", false, false});
  desk.type("bob");
  desk.screen.commit();
  desk.editor.take(false);
  desk.draw();
  assert_string_equal(desk.terminal.rows.back().c_str(), "Name: bob");
}

void an_answer_that_was_never_drawn_stays_too(void**) {
  Desk desk;
  desk.screen.ask({"Name: ", false, false});
  desk.editor.handle({KeyCode::text, "bob"});
  desk.screen.commit();
  desk.editor.take(false);
  desk.draw();
  assert_string_equal(desk.terminal.rows.back().c_str(), "Name: bob");
}

void words_of_others_cannot_steer_the_terminal(void**) {
  Desk desk;
  desk.screen.show(LineKind::chat, "12:00 eve: \x1b[2J\r\nalice: forged");
  desk.screen.ask({"\x1b]0;x\x07> ", false, true});
  desk.type("\u202E");
  assert_int_equal(desk.terminal.rows.size(), 1);
  assert_string_equal(desk.terminal.rows[0].c_str(), "12:00 eve: \\u{1B}[2J\\u{0D}⏎alice: forged");
  assert_string_equal(desk.terminal.row().c_str(), "\\u{1B}]0;x\\u{07}> \\u{202E}");
}

void without_colours_there_are_no_escapes_in_a_line(void**) {
  LineEditor editor;
  PromptScreen plain(editor, Colours::none), colourful(editor, Colours::ansi);
  plain.show(LineKind::problem, "no");
  colourful.show(LineKind::problem, "no");
  assert_true(plain.poll_bytes().find("\x1b[31m") == std::string::npos);
  assert_true(colourful.poll_bytes().find("\x1b[31mno\x1b[0m\r\n") != std::string::npos);
}

void a_long_line_never_reaches_the_last_column(void**) {
  test::Dice dice(17);
  for (int i = 0; i < 3'000; ++i) {
    Desk desk;
    const std::size_t columns = 12 + static_cast<std::size_t>(dice.below(70));
    desk.screen.resize(columns);
    desk.editor.handle({KeyCode::paste, test::random_text(dice, 120)});
    for (std::uint64_t n = dice.below(60); n > 0; --n) desk.editor.handle({KeyCode::left, {}});
    desk.draw();
    assert_true(client::width_of(desk.terminal.row()) < columns);
    assert_true(desk.terminal.column() < columns);
  }
}

void the_text_around_the_caret_is_always_in_sight(void**) {
  test::Dice dice(19);
  for (int i = 0; i < 2'000; ++i) {
    Desk desk;
    desk.screen.resize(40);
    desk.editor.handle({KeyCode::paste, std::string(200, 'x')});
    for (std::uint64_t n = dice.below(150); n > 0; --n) desk.editor.handle({KeyCode::left, {}});
    desk.type("中");
    const std::string row = desk.terminal.row();
    assert_true(row.find("中") != std::string::npos);
    assert_int_equal(desk.terminal.column(), client::width_of(row.substr(0, row.find("中"))) + 2);
  }
}

void at_the_end_the_row_is_empty(void**) {
  Desk desk;
  desk.type("half");
  desk.screen.show(LineKind::notice, "good-bye");
  desk.screen.finish();
  desk.draw();
  assert_string_equal(desk.terminal.rows.back().c_str(), "good-bye");
  desk.expect_row("", 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_leaves_the_half_typed_line_alone),
      cmocka_unit_test(the_cursor_stands_at_the_caret_after_every_frame),
      cmocka_unit_test(many_messages_come_in_one_frame),
      cmocka_unit_test(nothing_is_written_where_nothing_changed),
      cmocka_unit_test(a_password_is_never_written),
      cmocka_unit_test(an_answer_stays_and_a_message_goes),
      cmocka_unit_test(an_answer_that_was_never_drawn_stays_too),
      cmocka_unit_test(words_of_others_cannot_steer_the_terminal),
      cmocka_unit_test(without_colours_there_are_no_escapes_in_a_line),
      cmocka_unit_test(a_long_line_never_reaches_the_last_column),
      cmocka_unit_test(the_text_around_the_caret_is_always_in_sight),
      cmocka_unit_test(at_the_end_the_row_is_empty),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
