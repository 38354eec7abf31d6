// The configuration file: what it takes, and how it says what is wrong with it.
#include <cstdio>
#include <set>
#include <string>

#include <rudp/address.hpp>

#include "server/config_file.hpp"
#include "server/settings.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace server;

Config parsed(const std::string& text) {
  const auto config = parse_config(text, "rchatd.toml");
  if (!config) std::fprintf(stderr, "%s\n", config.error().c_str());
  assert_true(config.has_value());
  return *config;
}

void assert_refused(const std::string& text, const std::string& sentence) {
  const auto config = parse_config(text, "rchatd.toml");
  assert_false(config.has_value());
  assert_string_equal(config.error().c_str(), sentence.c_str());
}

void assert_same(const Config& a, const Config& b) {
  assert_string_equal(print_config(a).c_str(), print_config(b).c_str());
}

void an_empty_file_changes_nothing(void**) { assert_same(parsed(""), Config{}); }

void the_printed_file_reads_back_as_what_it_printed(void**) {
  assert_same(parsed(print_config(Config{})), Config{});
  Config other;
  other.listen = {"127.0.0.1:1"};
  other.data = "/srv/\"chat\"\\";
  other.log.file = "line\nfeed\x1b\x7f";
  other.passwords.cost.memory_bytes = 128u << 20;
  other.log.level = rudp::LogLevel::debug;
  other.service.messages_per_account = {std::chrono::milliseconds(7), 9};
  other.transport.max_idle = std::chrono::seconds(99);
  assert_same(parsed(print_config(other)), other);
}

void the_printed_file_explains_every_table(void**) {
  const std::string text = print_config(Config{});
  assert_true(text.find("\n[passwords]\n# ") != std::string::npos);
  assert_true(text.find("\nmax_idle_ms = 15000\n") != std::string::npos);
  assert_true(text.find("\nlisten = [\"0.0.0.0:8000\", \"[::]:8000\"]\n") != std::string::npos);
}

void each_value_arrives_where_it_belongs(void**) {
  const Config config = parsed(
      "listen = [\"127.0.0.1:0\", \"[::1]:0\"]\n"
      "data = \"/srv/chat\"\n"
      "database = \"sqlite:/srv/chat/other.db\"\n"
      "[passwords]\nmemory_mib = 19\npasses = 3\nworkers = 4\nwait_max_ms = 500\n"
      "[limits]\ntext_bytes = 1000\n"
      "register_per_address.burst = 5\nregister_per_address.interval_ms = 60000\n"
      "[transport]\nmax_idle_ms = 20000\nkeep_alive_ms = 3000\nconnections_max = 10\nhalf_open_max = 5\n"
      "socket_buffer_kib = 64\nbacklog_kib = 4096\nbacklog_total_mib = 3\nsend_queue_kib = 32\n"
      "[log]\nfile = \"/var/log/chat.log\"\nlevel = \"warning\"\nfile_mib = 2\nfiles_kept = 9\n");
  assert_int_equal(config.listen.size(), 2);
  assert_string_equal(config.data.c_str(), "/srv/chat");
  assert_string_equal(config.database.c_str(), "sqlite:/srv/chat/other.db");
  assert_true((config.passwords == PasswordOptions{{19u << 20, 3}, 4, std::chrono::milliseconds(500)}));
  assert_int_equal(config.service.text_bytes_max, 1000);
  assert_int_equal(config.service.register_per_address.burst, 5);
  assert_true(config.service.register_per_address.interval == std::chrono::minutes(1));
  assert_true((config.transport == TransportOptions{std::chrono::seconds(20), std::chrono::seconds(3), 10, 5,
                                                    64u << 10, 32u << 10, 4096u << 10, 3u << 20}));
  assert_true((config.log == LogOptions{"/var/log/chat.log", rudp::LogLevel::warning, 2u << 20, 9}));
}

void an_unknown_key_is_named_with_its_place_and_the_likely_one(void**) {
  assert_refused("lissten = []\n", "rchatd.toml:1:1: unknown key lissten; did you mean listen?");
  assert_refused("[passwords]\n\n  memory_mb = 64\n",
                 "rchatd.toml:3:3: unknown key passwords.memory_mb; did you mean passwords.memory_mib?");
  assert_refused("[limits.login_per_account]\nburts = 1\n",
                 "rchatd.toml:2:1: unknown key limits.login_per_account.burts; did you mean "
                 "limits.login_per_account.burst?");
  assert_refused("zzzzzzzzzz = 1\n", "rchatd.toml:1:1: unknown key zzzzzzzzzz");
  assert_refused("[kitchen]\nsink = 1\n", "rchatd.toml:1:2: unknown key kitchen");
}

void a_value_of_the_wrong_type_is_named_with_its_place(void**) {
  assert_refused("[passwords]\npasses = \"two\"\n",
                 "rchatd.toml:2:10: passwords.passes must be a whole number");
  assert_refused("[passwords]\npasses = 2.5\n", "rchatd.toml:2:10: passwords.passes must be a whole number");
  assert_refused("[passwords]\npasses = [2]\n", "rchatd.toml:2:10: passwords.passes must be a whole number");
  assert_refused("data = 3\n", "rchatd.toml:1:8: data must be a text");
  assert_refused("listen = [1]\n", "rchatd.toml:1:10: listen must be a list of texts");
  assert_refused("passwords = 1\n", "rchatd.toml:1:13: passwords must be a table");
}

void a_value_outside_its_range_is_named_with_the_range(void**) {
  assert_refused("[passwords]\nmemory_mib = 18\n",
                 "rchatd.toml:2:14: passwords.memory_mib is 18, must be 19 to 1024");
  assert_refused("[passwords]\npasses = 1\n", "rchatd.toml:2:10: passwords.passes is 1, must be 2 to 16");
  assert_refused("listen = []\n", "rchatd.toml:1:10: listen must name an address");
  assert_refused(
      "listen = \"localhost\"\n",
      "rchatd.toml:1:10: listen holds \"localhost\", must be ADDR:PORT, for instance 0.0.0.0:8000 or "
      "[::]:8000");
  assert_refused(
      "database = \"oracle:x\"\n",
      "rchatd.toml:1:12: database is \"oracle:x\", must be sqlite:PATH or mariadb://USER@HOST[:PORT]/NAME");
  assert_refused("[log]\nlevel = \"loud\"\n",
                 "rchatd.toml:2:9: log.level is \"loud\", must be debug, info, warning or error");
}

void values_that_do_not_go_together_are_refused(void**) {
  assert_refused("[transport]\nkeep_alive_ms = 15000\n",
                 "rchatd.toml: transport.keep_alive_ms must be less than transport.max_idle_ms");
  assert_refused("[transport]\nconnections_max = 10\n",
                 "rchatd.toml: transport.half_open_max must not be more than transport.connections_max");
}

void what_is_no_toml_is_refused_with_its_place(void**) {
  const auto config = parse_config("data = \"x\"\nlisten = [\n", "rchatd.toml");
  assert_false(config.has_value());
  assert_int_equal(config.error().compare(0, 14, "rchatd.toml:2:"), 0);
  assert_true(config.error().find('\n') == std::string::npos);
}

void every_number_is_taken_up_to_its_ends_and_refused_beyond(void**) {
  for (const Setting& setting : settings()) {
    const auto* const kind = std::get_if<IntegerSetting>(&setting.kind);
    if (kind == nullptr) continue;
    Config config;
    assert_string_equal(set_integer(config, setting, kind->least).c_str(), "");
    assert_int_equal(kind->get(config), kind->least);
    assert_string_equal(set_integer(config, setting, kind->most).c_str(), "");
    assert_int_equal(kind->get(config), kind->most);
    assert_string_not_equal(set_integer(config, setting, kind->most + 1).c_str(), "");
    assert_string_not_equal(set_integer(config, setting, kind->least - 1).c_str(), "");
    assert_int_equal(kind->get(config), kind->most);
  }
}

void no_two_settings_have_one_name_and_all_are_explained(void**) {
  std::set<std::string_view> names;
  for (const Setting& setting : settings()) {
    assert_true(names.insert(setting.name).second);
    const bool is_second_of_a_rate = setting.name.find(".interval_ms") != std::string_view::npos;
    assert_true(is_second_of_a_rate || !setting.comment.empty());
    assert_ptr_equal(find_setting(setting.name), &setting);
  }
  assert_null(find_setting("passwords"));
  assert_null(nearest_setting(std::string(10'000, 'x')));
}

void the_defaults_can_be_served(void**) {
  const Config config;
  assert_string_equal(problem_of(config).c_str(), "");
  assert_true(chat::is_allowed(config.passwords.cost));
  for (const std::string& address : config.listen) assert_true(rudp::Address::parse(address).has_value());
}

void a_file_that_cannot_be_read_is_named(void**) {
  for (const char* path : {"/nonexistent/rchatd.toml", "/tmp"}) {
    const auto config = load_config(path);
    assert_false(config.has_value());
    assert_true(config.error().find(std::string(path) + ": cannot be read: ") == 0);
  }
  const auto endless = load_config("/dev/zero");
  assert_false(endless.has_value());
  assert_string_equal(endless.error().c_str(), "/dev/zero: is longer than a configuration can be");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_file_changes_nothing),
      cmocka_unit_test(the_printed_file_reads_back_as_what_it_printed),
      cmocka_unit_test(the_printed_file_explains_every_table),
      cmocka_unit_test(each_value_arrives_where_it_belongs),
      cmocka_unit_test(an_unknown_key_is_named_with_its_place_and_the_likely_one),
      cmocka_unit_test(a_value_of_the_wrong_type_is_named_with_its_place),
      cmocka_unit_test(a_value_outside_its_range_is_named_with_the_range),
      cmocka_unit_test(values_that_do_not_go_together_are_refused),
      cmocka_unit_test(what_is_no_toml_is_refused_with_its_place),
      cmocka_unit_test(every_number_is_taken_up_to_its_ends_and_refused_beyond),
      cmocka_unit_test(no_two_settings_have_one_name_and_all_are_explained),
      cmocka_unit_test(the_defaults_can_be_served),
      cmocka_unit_test(a_file_that_cannot_be_read_is_named),
  };
  return cmocka_run_group_tests_name("config", tests, nullptr, nullptr);
}
