// The command lines of rchatd and rchatctl.
#include <cstdlib>
#include <string>
#include <vector>

#include "server/ctl_options.hpp"
#include "server/options.hpp"
#include "server/paths.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace server;

template <class Parsed>
auto parse(Parsed (*parser)(int, const char* const*), std::vector<const char*> words) {
  words.insert(words.begin(), "program");
  return parser(static_cast<int>(words.size()), words.data());
}

Config resolved(std::vector<const char*> words) {
  const auto parsed = parse(parse_options, std::move(words));
  assert_true(std::holds_alternative<Options>(parsed));
  const auto config = resolve(std::get<Options>(parsed));
  assert_true(config.has_value());
  return *config;
}

std::string refusal_of(std::vector<const char*> words) {
  const auto parsed = parse(parse_options, std::move(words));
  if (const auto* const exit = std::get_if<Exit>(&parsed)) {
    assert_int_equal(exit->code, kExitUsage);
    return exit->err;
  }
  const auto config = resolve(std::get<Options>(parsed));
  assert_false(config.has_value());
  return config.error();
}

CtlOptions asked(std::vector<const char*> words) {
  const auto parsed = parse(parse_ctl_options, std::move(words));
  assert_true(std::holds_alternative<CtlOptions>(parsed));
  return std::get<CtlOptions>(parsed);
}

void without_options_everything_is_the_default(void**) {
  setenv("XDG_DATA_HOME", "/srv/share", 1);
  const Config config = resolved({});
  assert_true(config.listen == Config{}.listen);
  assert_string_equal(config.data.c_str(), "/srv/share/rudp-chat");
}

void the_default_folder_follows_the_environment(void**) {
  setenv("HOME", "/home/alice", 1);
  setenv("XDG_DATA_HOME", "relative", 1);
  assert_string_equal(default_data_folder().c_str(), "/home/alice/.local/share/rudp-chat");
  unsetenv("XDG_DATA_HOME");
  assert_string_equal(default_data_folder().c_str(), "/home/alice/.local/share/rudp-chat");
  unsetenv("HOME");
  assert_string_equal(default_data_folder().c_str(), "./.local/share/rudp-chat");
}

void options_say_where_and_how(void**) {
  const Config config = resolved({"--listen", "127.0.0.1:1", "--listen", "[::1]:2", "--data", "/d",
                                  "--database", "sqlite:x.db", "--log-level", "debug"});
  assert_true((config.listen == std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  assert_string_equal(config.data.c_str(), "/d");
  assert_string_equal(DataFolder(config.data).database_file(config.database).c_str(), "/d/x.db");
  assert_true(config.log.level == rudp::LogLevel::debug);
}

void paths_are_taken_from_the_folder_unless_they_are_absolute(void**) {
  const DataFolder folder("/d");
  assert_string_equal(folder.database_file("sqlite:/other/chat.db").c_str(), "/other/chat.db");
  assert_string_equal(folder.resolve("rchatd.log").c_str(), "/d/rchatd.log");
  assert_string_equal(folder.resolve("/var/log/x").c_str(), "/var/log/x");
}

void what_cannot_be_followed_is_one_sentence(void**) {
  assert_true(refusal_of({"--listen", "nowhere"}).find("--listen holds \"nowhere\"") == 0);
  assert_true(refusal_of({"--database", "x"}).find("--database is \"x\"") == 0);
  assert_true(refusal_of({"--log-level", "loud"}).find("--log-level is \"loud\"") == 0);
  assert_true(refusal_of({"--config", "/nonexistent.toml"}).find("/nonexistent.toml: cannot be read") == 0);
  for (const auto& words : {std::vector<const char*>{"--bogus"}, {"word"}, {"--data"}}) {
    const std::string sentence = refusal_of(words);
    assert_true(sentence.find("rchatd: ") == 0);
    assert_int_equal(sentence.find('\n'), sentence.size() - 1);
  }
}

void rchatctl_asks_what_it_was_told_to(void**) {
  assert_true((asked({"status"}).request == AdminRequest(StatusRequest{StatusFormat::table})));
  assert_true((asked({"status", "--json"}).request == AdminRequest(StatusRequest{StatusFormat::json})));
  assert_true((asked({"stop"}).request == AdminRequest(StopRequest{})));
  assert_true((asked({"stop", "--reason", "a b"}).request == AdminRequest(StopRequest{"a b"})));
  assert_string_equal(asked({"--data", "/d", "status"}).socket.c_str(), "/d/admin.sock");
  assert_string_equal(asked({"--socket", "/s", "status"}).socket.c_str(), "/s");
}

void rchatctl_refuses_what_it_does_not_know(void**) {
  const std::string long_reason(2'000, 'x');
  for (const auto& words : {std::vector<const char*>{},
                            {"dance"},
                            {"--data", "/d", "--socket", "/s", "status"},
                            {"stop", "--reason", "a\nb"},
                            {"stop", "--reason", long_reason.c_str()}}) {
    const auto parsed = parse(parse_ctl_options, words);
    assert_true(std::holds_alternative<Exit>(parsed));
    assert_int_equal(std::get<Exit>(parsed).code, kExitUsage);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_options_everything_is_the_default),
      cmocka_unit_test(the_default_folder_follows_the_environment),
      cmocka_unit_test(options_say_where_and_how),
      cmocka_unit_test(paths_are_taken_from_the_folder_unless_they_are_absolute),
      cmocka_unit_test(what_cannot_be_followed_is_one_sentence),
      cmocka_unit_test(rchatctl_asks_what_it_was_told_to),
      cmocka_unit_test(rchatctl_refuses_what_it_does_not_know),
  };
  return cmocka_run_group_tests_name("options", tests, nullptr, nullptr);
}
