#include "client/command.hpp"

#include "support/cmocka.hpp"

namespace {

using client::parse_command;
namespace command = client::command;

template <class T>
T as(const char* line) {
  const client::Command parsed = parse_command(line);
  assert_true(std::holds_alternative<T>(parsed));
  return std::get<T>(parsed);
}

void plain_text_goes_to_everyone_as_it_is(void**) {
  assert_string_equal(as<command::Say>("  hello, world ").text.c_str(), "  hello, world ");
  assert_string_equal(as<command::Say>("PC is what we use").text.c_str(), "PC is what we use");
  assert_string_equal(as<command::Say>("quit smoking").text.c_str(), "quit smoking");
}

void commands_are_the_same_in_any_case(void**) {
  as<command::StartPrivate>("PC");
  as<command::StartPrivate>(" pc ");
  as<command::Quit>("Quit");
  as<command::Quit>("/QUIT");
  as<command::Who>("/Who");
  as<command::Help>("/HELP");
}

void msg_takes_a_name_and_a_text(void**) {
  const auto tell = as<command::Tell>("/msg  小明   你好 吗");
  assert_string_equal(tell.name.c_str(), "小明");
  assert_string_equal(tell.text.c_str(), "你好 吗");
  as<command::Incomplete>("/msg bob");
  as<command::Incomplete>("/msg");
}

void say_and_two_slashes_send_what_would_be_a_command(void**) {
  assert_string_equal(as<command::Say>("/say PC").text.c_str(), "PC");
  assert_string_equal(as<command::Say>("/SAY quit").text.c_str(), "quit");
  assert_string_equal(as<command::Say>("//quit").text.c_str(), "/quit");
  assert_string_equal(as<command::Say>("///x").text.c_str(), "//x");
  as<command::Incomplete>("/say ");
}

void an_unknown_command_is_not_sent(void**) {
  assert_string_equal(as<command::Unknown>("/qiut now").word.c_str(), "/qiut");
  as<command::Unknown>("/");
}

void blanks_are_nothing(void**) {
  as<command::Nothing>("");
  as<command::Nothing>(" \t ");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(plain_text_goes_to_everyone_as_it_is),
      cmocka_unit_test(commands_are_the_same_in_any_case),
      cmocka_unit_test(msg_takes_a_name_and_a_text),
      cmocka_unit_test(say_and_two_slashes_send_what_would_be_a_command),
      cmocka_unit_test(an_unknown_command_is_not_sent),
      cmocka_unit_test(blanks_are_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
