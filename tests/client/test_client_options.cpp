#include "client/options.hpp"

#include <map>
#include <vector>

#include "support/cmocka.hpp"

namespace {

using client::ExitCode;
using client::Language;
using client::Options;

struct Setting {
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};
  client::Variable reader() const {
    return [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
  }
};

std::variant<Options, client::Leave> parse(std::vector<const char*> words, const Setting& setting = {}) {
  words.insert(words.begin(), "rchat");
  return client::parse_options(static_cast<int>(words.size()), words.data(), setting.reader());
}

Options accepted(const std::vector<const char*>& words, const Setting& setting = {}) {
  const auto parsed = parse(words, setting);
  assert_true(std::holds_alternative<Options>(parsed));
  return std::get<Options>(parsed);
}

client::Leave refused(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  assert_true(std::holds_alternative<client::Leave>(parsed));
  return std::get<client::Leave>(parsed);
}

void without_words_it_is_the_server_of_this_machine(void**) {
  const Options options = accepted({});
  assert_string_equal(options.server.host.c_str(), "127.0.0.1");
  assert_int_equal(options.server.port, 8000);
  assert_string_equal(options.known_hosts.c_str(), "/home/me/.config/rchat/known_hosts");
  assert_string_equal(options.data.c_str(), "/home/me/.local/share/rchat");
  assert_int_equal(options.timeout.count(), 30);
}

void host_and_port_are_taken(void**) {
  const Options options = accepted({"chat.example.org", "9000", "--timeout", "5"});
  assert_string_equal(options.server.host.c_str(), "chat.example.org");
  assert_int_equal(options.server.port, 9000);
  assert_int_equal(options.timeout.count(), 5);
  assert_string_equal(accepted({"::1"}).server.host.c_str(), "::1");
}

void an_address_brings_its_key(void**) {
  const std::string key = rudp::PublicKey{}.to_string(), address = "rudp://[::1]:7000/#" + key;
  const Options options = accepted({address.c_str()});
  assert_string_equal(options.server.host.c_str(), "::1");
  assert_int_equal(options.server.port, 7000);
  assert_true(options.server.key.has_value());
}

void xdg_folders_are_used_where_they_are_absolute(void**) {
  Setting setting;
  setting.variables["XDG_CONFIG_HOME"] = "/cfg";
  setting.variables["XDG_DATA_HOME"] = "relative";
  const Options options = accepted({}, setting);
  assert_string_equal(options.known_hosts.c_str(), "/cfg/rchat/known_hosts");
  assert_string_equal(options.data.c_str(), "/home/me/.local/share/rchat");
}

void nonsense_is_refused_with_the_code_of_usage(void**) {
  const std::vector<std::vector<const char*>> wrong = {
      {"--colour"},          {"h", "0"},       {"h", "65536"},     {"h", "x"},        {"a b"}, {"rudp://h"},
      {"rudp://h:1/#short"}, {"--lang", "fr"}, {"--timeout", "0"}, {"a", "1", "more"}};
  for (const auto& words : wrong) {
    const client::Leave leave = refused(words);
    assert_true(leave.code == ExitCode::usage);
    assert_false(leave.text.empty());
    assert_int_equal(leave.text.back(), '\n');
  }
}

void help_and_version_end_well(void**) {
  assert_true(refused({"--version"}).code == ExitCode::done);
  const client::Leave help = refused({"--help"});
  assert_true(help.code == ExitCode::done);
  for (const char* word : {"--known-hosts", "--data", "--forget", "--timeout", "--lang"}) {
    assert_true(help.text.find(word) != std::string::npos);
  }
}

void the_language_comes_from_the_option_or_the_environment(void**) {
  Setting setting;
  setting.variables["LANG"] = "zh_CN.UTF-8";
  assert_true(accepted({}, setting).language == Language::zh_cn);
  assert_true(accepted({"--lang", "en"}, setting).language == Language::en);
  assert_true(accepted({"--lang=zh_CN"}).language == Language::zh_cn);
  setting.variables["LC_ALL"] = "en_US.UTF-8";
  assert_true(accepted({}, setting).language == Language::en);
  setting.variables["LANGUAGE"] = "de:zh:en";
  assert_true(accepted({}, setting).language == Language::zh_cn);
}

void c_and_posix_ask_for_no_translation(void**) {
  for (const char* locale : {"C", "POSIX"}) {
    Setting setting;
    setting.variables["LANGUAGE"] = "zh_CN";
    setting.variables["LANG"] = "zh_CN.UTF-8";
    setting.variables["LC_ALL"] = locale;
    assert_true(accepted({}, setting).language == Language::en);
  }
  // The character set of C.UTF-8 says nothing about the language.
  Setting setting;
  setting.variables["LANGUAGE"] = "zh_CN";
  setting.variables["LC_ALL"] = "C.UTF-8";
  assert_true(accepted({}, setting).language == Language::zh_cn);
}

void what_is_wrong_is_said_in_one_language(void**) {
  assert_true(client::use_language(Language::zh_cn, LOCALE_FOLDER));
  const std::vector<std::pair<std::vector<const char*>, std::string>> wrong = {
      {{"--colour"}, "无法识别：--colour\n"},
      {{"a", "1", "more", "words"}, "无法识别：more words\n"},
      {{"--lang"}, "--lang 需要且只需要一个值。\n"},
      {{"--data", "a", "--data", "b"}, "--data 需要且只需要一个值。\n"},
      {{"--lang", "fr"}, "--lang: fr 既不是 zh_CN 也不是 en\n"},
      {{"h", "x"}, "PORT: x 不是 1 到 65535 之间的整数\n"},
      {{"h", "010"}, "PORT: 010 不是 1 到 65535 之间的整数\n"},
      {{"--timeout", "99999999999"}, "--timeout: 99999999999 不是 1 到 86400 之间的整数\n"},
      {{"a b"}, "a b 不是服务器地址（主机名）。"},
      {{"rudp://h"}, "rudp://h 不是服务器地址（端口）。"},
      {{"rudp://h:1/#short"}, "rudp://h:1/#short 不是服务器地址（密钥）。"}};
  for (const auto& [words, sentence] : wrong) {
    assert_string_equal(refused(words).text.substr(0, sentence.size()).c_str(), sentence.c_str());
  }
  client::use_language(Language::en, LOCALE_FOLDER);
}

void what_forgets_a_key_can_be_typed_as_it_stands(void**) {
  assert_string_equal(client::forget_command(accepted({}), "h:1").c_str(), "rchat --forget h:1");
  Options options = accepted({"--known-hosts", "my keys"});
  options.program = "build/it's/rchat";
  assert_string_equal(client::forget_command(options, "[::1]:8000").c_str(),
                      "'build/it'\\''s/rchat' --forget '[::1]:8000' --known-hosts 'my keys'");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_words_it_is_the_server_of_this_machine),
      cmocka_unit_test(host_and_port_are_taken),
      cmocka_unit_test(an_address_brings_its_key),
      cmocka_unit_test(xdg_folders_are_used_where_they_are_absolute),
      cmocka_unit_test(nonsense_is_refused_with_the_code_of_usage),
      cmocka_unit_test(help_and_version_end_well),
      cmocka_unit_test(the_language_comes_from_the_option_or_the_environment),
      cmocka_unit_test(c_and_posix_ask_for_no_translation),
      cmocka_unit_test(what_is_wrong_is_said_in_one_language),
      cmocka_unit_test(what_forgets_a_key_can_be_typed_as_it_stands),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
