// server/database_url: what an operator may write, and what is said about the rest.
#include "server/database_url.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace server;
using chat::MariadbTls;

MariadbDatabase mariadb(const std::string& url) {
  const auto parsed = parse_database_url(url);
  if (!parsed) print_message("%s: %s\n", url.c_str(), parsed.error().c_str());
  assert_true(parsed.has_value());
  return std::get<MariadbDatabase>(*parsed);
}

void refused(const std::string& url, const std::string& part) {
  const auto parsed = parse_database_url(url);
  if (parsed) print_message("%s was taken\n", url.c_str());
  assert_false(parsed.has_value());
  if (parsed.error().find(part) == std::string::npos) print_message("it says: %s\n", parsed.error().c_str());
  assert_true(parsed.error().find(part) != std::string::npos);
  assert_true(parsed.error().find("secret") == std::string::npos);
}

void a_path_is_taken_as_it_is(void**) {
  const auto parsed = parse_database_url("sqlite:/a b/chat.db");
  assert_true(parsed && std::get<SqliteDatabase>(*parsed).path == "/a b/chat.db");
  assert_false(is_mariadb("sqlite:chat.db"));
}

void user_host_port_and_name_are_told_apart(void**) {
  const auto options = mariadb("mariadb://chat@db.example:3307/rooms").options;
  assert_string_equal(options.user.c_str(), "chat");
  assert_string_equal(options.host.c_str(), "db.example");
  assert_int_equal(options.port, 3307);
  assert_string_equal(options.database.c_str(), "rooms");
  assert_string_equal(chat::describe(options).c_str(), "mariadb://chat@db.example:3307/rooms");
  assert_int_equal(mariadb("mariadb://chat@localhost/rooms").options.port, 3306);
  assert_string_equal(mariadb("mariadb://c@[fe80::1]:9/r").options.host.c_str(), "fe80::1");
  assert_string_equal(mariadb("mariadb://a%40b@h/n%2Fm").options.user.c_str(), "a@b");
  assert_string_equal(mariadb("mariadb://a%40b@h/n%2Fm").options.database.c_str(), "n/m");
}

// The way to another machine is encrypted unless somebody says otherwise.
void tls_is_the_default_where_a_network_is_between(void**) {
  assert_true(mariadb("mariadb://c@db.example/r").options.tls == MariadbTls::verified);
  assert_true(mariadb("mariadb://c@db.example/r?tls=off").options.tls == MariadbTls::off);
  assert_true(mariadb("mariadb://c@db.example/r?tls=required").options.tls == MariadbTls::required);
  for (const char* local : {"localhost", "127.0.0.1", "[::1]"}) {
    assert_true(mariadb(std::string("mariadb://c@") + local + "/r").options.tls == MariadbTls::off);
  }
}

void the_options_behind_the_question_mark_are_read(void**) {
  const auto database = mariadb(
      "mariadb://c@localhost/r?socket=/run/my%20sql/s.sock&password_file=/etc/p&tls_ca=/ca&tls_cert=/"
      "c&tls_key=/k");
  assert_string_equal(database.options.socket.c_str(), "/run/my sql/s.sock");
  assert_true(database.options.host.empty());
  assert_string_equal(database.password_file.c_str(), "/etc/p");
  assert_string_equal(database.options.tls_ca.c_str(), "/ca");
  assert_string_equal(database.options.tls_certificate.c_str(), "/c");
  assert_string_equal(database.options.tls_key.c_str(), "/k");
}

void a_password_in_the_url_is_refused_and_not_repeated(void**) {
  refused("mysql://chat:secret@localhost/r", "must be sqlite:PATH or mariadb://");
  refused("mariadb://chat:secret@localhost/r", "holds a password");
  refused("mariadb://chat@localhost/r?password=secret", "holds a password");
  refused("mariadb://chat:se@secret@localhost/r", "holds a password");
}

void everything_else_is_refused_with_its_reason(void**) {
  for (const char* url : {"", "chat.db", "sqlite:", "mysql://a@b/c", "mariadb://", "mariadb://host/name",
                          "mariadb://@host/name", "mariadb://user@/name", "mariadb://user@host",
                          "mariadb://user@host/", "mariadb://u%4@h/n", "mariadb://u@[::1]x/n"}) {
    refused(url, "must be sqlite:PATH or mariadb://");
  }
  for (const char* port : {"0", "65536", "x", "", "33 06"}) {
    refused(std::string("mariadb://u@h:") + port + "/n", "names a port that is none");
  }
  refused("mariadb://u@[::1/n", "holds a \"[\"");
  refused("mariadb://u@h/n?colour=red", "unknown option \"colour\"");
  refused("mariadb://u@h/n?tls=maybe", "must be off, required or verified");
  refused("mariadb://u@h/n?tls", "not KEY=VALUE");
}

/// A file of this test, and its mode.
std::string password_file(const std::string& text, std::filesystem::perms mode) {
  const std::string path = (std::filesystem::temp_directory_path() / "rudp_test_database_url").string();
  std::filesystem::remove(path);
  std::ofstream(path) << text;
  std::filesystem::permissions(path, mode);
  return path;
}

void the_password_is_the_first_line_of_its_file(void**) {
  using std::filesystem::perms;
  const perms mine = perms::owner_read | perms::owner_write;
  setenv(kDatabasePasswordVariable, "from the environment", 1);
  MariadbDatabase database = mariadb("mariadb://c@localhost/r");
  assert_string_equal(with_password(database)->password.c_str(), "from the environment");
  database.password_file = password_file("from a file\r\nsecond line\n", mine);
  assert_string_equal(with_password(database)->password.c_str(), "from a file");
  (void)password_file("secret\n", mine | perms::others_read);
  assert_true(with_password(database).error().find("open to everybody") != std::string::npos);
  std::filesystem::remove(database.password_file);
  assert_true(with_password(database).error().find("cannot be read") != std::string::npos);
  unsetenv(kDatabasePasswordVariable);
  database.password_file.clear();
  assert_string_equal(with_password(database)->password.c_str(), "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_path_is_taken_as_it_is),
      cmocka_unit_test(user_host_port_and_name_are_told_apart),
      cmocka_unit_test(tls_is_the_default_where_a_network_is_between),
      cmocka_unit_test(the_options_behind_the_question_mark_are_read),
      cmocka_unit_test(a_password_in_the_url_is_refused_and_not_repeated),
      cmocka_unit_test(everything_else_is_refused_with_its_reason),
      cmocka_unit_test(the_password_is_the_first_line_of_its_file),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
