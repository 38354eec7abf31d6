// chat/storage/mariadb_schema and mariadb_errors: what an operator is told, one clear
// sentence each, and nothing is changed (threat D10).
#include "chat/storage/mariadb_schema.hpp"

#include <string>
#include <vector>

#include "chat/mariadb_fixture.hpp"
#include "chat/store_maker.hpp"

#include "support/closed_port.hpp"
#include "support/cmocka.hpp"

namespace {

using namespace chat;

constexpr const char* kPassword = "correct horse battery";

bool says(const std::string& sentence, const std::string& part) {
  const bool found = sentence.find(part) != std::string::npos;
  if (!found) print_message("it says: %s\n", sentence.c_str());
  return found;
}

/// The sentence of a refusal: begins with the URL, is one line and holds no password.
std::string refusal_of(const MariadbOptions& options) {
  const auto opened = MariadbEngine::open(options);
  assert_false(opened.has_value());
  const std::string sentence = opened.error().what;
  assert_true(says(sentence, "database " + describe(options) + ": "));
  assert_true(sentence.find(kPassword) == std::string::npos && sentence.find('\n') == std::string::npos);
  return sentence;
}

MariadbOptions as_user(MariadbOptions options, const std::string& user, const std::string& rights) {
  options.user = user;
  options.password = kPassword;
  run_sql("DROP USER IF EXISTS '" + user + "'@'localhost'");
  run_sql("CREATE USER '" + user + "'@'localhost' IDENTIFIED BY '" + kPassword + "'");
  if (!rights.empty()) {
    run_sql("GRANT " + rights + " ON " + options.database + ".* TO '" + user + "'@'localhost'");
  }
  return options;
}

constexpr const char* kRightsNeeded = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES";

void the_rights_that_the_manual_names_are_enough(void**) {
  const MariadbOptions options = as_user(new_options("rights"), "chat", kRightsNeeded);
  auto engine = open_mariadb(options);
  assert_non_null(engine.get());
  assert_true(std::holds_alternative<AccountCreated>(apply_one(*engine, create_account("bob"))));
  const StoreHealth health = engine->health()->read();
  assert_true(health.reachable && health.database == "mariadb://chat@localhost/rights");
  assert_true(health.warnings.empty());
}

void a_wrong_password_is_refused(void**) {
  MariadbOptions options = as_user(new_options("password"), "chat", kRightsNeeded);
  options.password = "wrong";
  assert_true(says(refusal_of(options), "refused the name or the password of user \"chat\""));
  options.user = "nobody";
  assert_true(says(refusal_of(options), "user \"nobody\""));
}

void a_database_that_is_not_there_is_refused(void**) {
  assert_true(says(refusal_of(options_of("nowhere")), "there is no database \"nowhere\""));
}

// No resolver needs to be asked for a name with an empty part, so none can be slow to answer.
void an_unknown_host_is_refused(void**) {
  MariadbOptions options = options_of("chat");
  options.host = "no..such-host";
  assert_true(says(refusal_of(options), "the host \"no..such-host\" is not known"));
}

void a_host_where_nothing_answers_is_refused(void**) {
  const ClosedPort port;
  MariadbOptions options = options_of("chat");
  options.host = "127.0.0.1";
  options.port = port.number();
  assert_true(says(refusal_of(options),
                   "no MariaDB server answers at 127.0.0.1 port " + std::to_string(port.number())));
  options.host.clear();
  options.socket = server().file("nothing");
  assert_true(says(refusal_of(options), "no MariaDB server answers at " + options.socket));
}

void missing_rights_are_named(void**) {
  MariadbOptions none = as_user(new_options("no_rights"), "chat", "");
  assert_true(says(refusal_of(none), "has no rights on the database \"no_rights\""));
  MariadbOptions reader = as_user(new_options("read_rights"), "chat", "SELECT");
  assert_true(says(refusal_of(reader), "lacks a right: CREATE"));
  (void)open_mariadb(options_of("read_rights"));
  assert_true(says(refusal_of(reader), "lacks a right: INSERT"));
  reader = as_user(reader, "chat", "SELECT, INSERT, UPDATE");
  assert_true(says(refusal_of(reader), "lacks a right: DELETE"));
}

void a_server_without_tls_is_refused_where_tls_is_asked_for(void**) {
  MariadbOptions options = new_options("tls");
  options.tls = MariadbTls::required;
  assert_true(says(refusal_of(options), "no encrypted connection"));
}

void a_database_of_another_program_is_refused_and_left_alone(void**) {
  const MariadbOptions options = new_options("foreign_one");
  run_sql("CREATE TABLE pictures (id INT)", "foreign_one");
  assert_true(says(refusal_of(options), "tables of another program"));
  const std::string tables =
      server().sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'foreign_one'");
  assert_string_equal(tables.c_str(), "1");
}

void a_newer_schema_is_refused(void**) {
  const MariadbOptions options = new_options("newer");
  (void)open_mariadb(options);
  run_sql("UPDATE chat_schema SET version = 99", "newer");
  assert_true(says(refusal_of(options), "newer version of this program (schema 99, known here: 1)"));
}

// Each statement that makes a table commits; killed behind any of them, the next start goes on.
void a_schema_that_is_half_made_is_completed(void**) {
  const std::vector<std::string> last{"writers",       "messages", "members",
                                      "conversations", "tokens",   "accounts"};
  for (std::size_t missing = 1; missing <= last.size(); ++missing) {
    const MariadbOptions options = new_options("half");
    (void)open_mariadb(options);
    for (std::size_t i = 0; i < missing; ++i) run_sql("DROP TABLE " + last[i], "half");
    run_sql("UPDATE chat_schema SET version = 0", "half");
    auto engine = open_mariadb(options);
    assert_non_null(engine.get());
    assert_true(std::holds_alternative<AccountCreated>(apply_one(*engine, create_account("bob"))));
  }
}

void a_schema_that_changed_under_a_running_server_stops_it(void**) {
  auto engine = open_mariadb(new_options("upgraded"));
  run_sql("UPDATE chat_schema SET version = 2", "upgraded");
  const StoreReply reply = apply_one(*engine, create_account("bob"));
  const auto* failure = std::get_if<StoreFailure>(&reply);
  assert_true(failure != nullptr && failure->error == StoreError::broken);
  assert_true(says(failure->detail, "another version of this program"));
  assert_string_equal(server().sql("SELECT COUNT(*) FROM accounts", "upgraded").c_str(), "0");
}

MariadbOptions exclusive_options(const std::string& database) {
  MariadbOptions options = new_options(database);
  options.exclusive = true;
  return options;
}

// What one server is told, the clients of another would not hear of.
void a_second_server_on_the_same_database_is_refused(void**) {
  const MariadbOptions options = exclusive_options("second");
  auto first = open_mariadb(options);
  assert_non_null(first.get());
  MariadbOptions impatient = options;
  impatient.takeover_limit = std::chrono::seconds(1);
  assert_true(says(refusal_of(impatient), "another rchatd uses it"));
  assert_true(kill_only_connection("second"));
  (void)apply_one(*first, create_account("bob"));
  assert_true(says(refusal_of(impatient), "another rchatd uses it"));
  first.reset();
  assert_non_null(open_mariadb(options).get());
}

// A migration or another server that found the database free owns it from then on: what the
// first one would store there is not what its clients are promised.
void a_server_whose_database_was_taken_meanwhile_stores_nothing_more(void**) {
  const MariadbOptions options = exclusive_options("taken");
  auto first = open_mariadb(options);
  assert_true(kill_only_connection("taken"));
  auto second = open_mariadb(options);
  assert_non_null(second.get());
  const StoreReply reply = apply_one(*first, create_account("bob"));
  const auto* failure = std::get_if<StoreFailure>(&reply);
  assert_true(failure != nullptr && failure->error == StoreError::broken);
  assert_true(says(failure->detail, "another program took it"));
  second.reset();
  assert_true(std::holds_alternative<StoreFailure>(apply_one(*first, create_account("bob"))));
  assert_string_equal(server().sql("SELECT COUNT(*) FROM accounts", "taken").c_str(), "0");
}

/// Until the database server has noticed that a connection is gone, it still holds what it held.
class LingeringConnection {
 public:
  LingeringConnection(const MariadbOptions& options, const std::string& writer) {
    good_ = connection_.open(options) && mariadb::take_name(connection_, writer) &&
            mariadb::take_database(connection_, options, std::chrono::seconds(60)).has_value();
  }
  bool good() const { return good_; }

 private:
  mariadb::Connection connection_;
  bool good_ = false;
};

void an_old_connection_of_its_own_that_lingers_stops_no_server(void**) {
  const MariadbOptions options = exclusive_options("lingers");
  auto engine = open_mariadb(options);
  (void)apply_one(*engine, create_account("bob"));
  const std::string writer = server().sql("SELECT id FROM writers", "lingers");
  assert_true(kill_only_connection("lingers"));
  const LingeringConnection old(options, writer);
  assert_true(old.good());
  assert_int_equal(std::get<Appended>(apply_one(*engine, say(1, 1, "hi"))).number, 1);
  assert_int_equal(std::get<Appended>(apply_one(*engine, say(1, 2, "hi"))).number, 2);
}

// Where nobody writes for hours, the connection is closed on the way or by the database server.
void an_idle_server_takes_its_database_again_before_anybody_asks(void**) {
  const MariadbOptions options = exclusive_options("idle");
  auto engine = open_mariadb(options);
  engine->keep_alive();
  assert_int_equal(engine->health()->read().reconnects, 0);
  assert_true(kill_only_connection("idle"));
  engine->keep_alive();
  assert_int_equal(engine->health()->read().reconnects, 1);
  MariadbOptions impatient = options;
  impatient.takeover_limit = std::chrono::seconds(1);
  assert_true(says(refusal_of(impatient), "another rchatd uses it"));
  assert_true(std::holds_alternative<AccountCreated>(apply_one(*engine, create_account("bob"))));
}

void a_table_without_transactions_is_refused(void**) {
  const MariadbOptions options = new_options("engines");
  (void)open_mariadb(options);
  run_sql("ALTER TABLE writers ENGINE = MyISAM", "engines");
  assert_true(says(refusal_of(options), "must be InnoDB, but writers is MyISAM"));
}

// At the start it is refused; when it comes later, reading goes on.
void a_read_only_server_is_named(void**) {
  const MariadbOptions options = as_user(new_options("read_only"), "chat", kRightsNeeded);
  auto engine = open_mariadb(options);
  (void)apply_one(*engine, create_account("bob"));
  run_sql("SET GLOBAL read_only = 1");
  const std::string sentence = refusal_of(options);
  const std::vector<StoreRequest> batch{say(1, 1, "hi"), FindAccount{"key-bob"}};
  const auto replies = engine->apply(batch);
  run_sql("SET GLOBAL read_only = 0");
  assert_true(says(sentence, "the server is read-only"));
  const auto* failure = std::get_if<StoreFailure>(&replies[0]);
  assert_true(failure != nullptr && failure->error == StoreError::unavailable);
  assert_true(says(failure->detail, "the server is read-only"));
  assert_true(std::get<AccountFound>(replies[1]).account.has_value());
  assert_int_equal(std::get<Appended>(apply_one(*engine, say(1, 1, "hi"))).number, 1);
}

void settings_that_lose_messages_are_warned_about(void**) {
  const MariadbOptions options = new_options("risky");
  run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  auto engine = open_mariadb(options);
  run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  const auto warnings = engine->health()->read().warnings;
  assert_int_equal(warnings.size(), 1);
  assert_true(says(warnings[0], "innodb_flush_log_at_trx_commit is not 1"));
}

void one_request_that_cannot_be_stored_does_not_take_the_others_along(void**) {
  auto engine = open_mariadb(new_options("poison"));
  (void)apply_one(*engine, create_account("bob"));
  run_sql(
      "CREATE TRIGGER no BEFORE INSERT ON messages FOR EACH ROW "
      "IF NEW.text = 'poison' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF",
      "poison");
  const std::vector<StoreRequest> batch{say(1, 1, "good"), say(1, 2, "poison"), say(1, 3, "also good")};
  const auto replies = engine->apply(batch);
  assert_int_equal(std::get<Appended>(replies[0]).number, 1);
  assert_true(std::get<StoreFailure>(replies[1]).error == StoreError::unavailable);
  assert_int_equal(std::get<Appended>(replies[2]).number, 2);
}

/// Of the server whose tables are all in files that do not grow.
std::vector<std::string> with_files(const std::string& files) {
  return {"--innodb-data-file-path=" + files, "--innodb-file-per-table=0"};
}

// Threat D4 on a database server. It gets another file in the end: to delete rows would not
// do, since the note of what was deleted takes space first.
void a_full_disk_refuses_writes_serves_reads_and_recovers(void**) {
  end_server();
  assert_int_equal(start_server(with_files("ibdata1:32M")), 0);
  auto engine = open_mariadb(new_options("full"));
  (void)apply_one(*engine, create_account("bob"));
  std::uint64_t id = 0;
  StoreReply reply;
  do {
    reply = apply_one(*engine, say(1, ++id, std::string(60'000, 'x')));
  } while (std::holds_alternative<Appended>(reply) && id < 1'000);
  const auto* failure = std::get_if<StoreFailure>(&reply);
  assert_true(failure != nullptr && failure->error == StoreError::full);
  assert_true(says(failure->detail, "no space left"));
  assert_true(id > 20);
  const std::vector<StoreRequest> batch{say(1, id, std::string(60'000, 'x')), CountRows{}};
  const auto replies = engine->apply(batch);
  assert_true(std::get<StoreFailure>(replies[0]).error == StoreError::full);
  assert_int_equal(std::get<StoreCounts>(replies[1]).messages, id - 1);
  server().stop();
  server().set_options(with_files("ibdata1:32M;ibdata2:16M"));
  assert_true(server().start());
  reply = apply_one(*engine, say(1, id, "now it fits"));
  assert_true(std::holds_alternative<Appended>(reply));
  assert_int_equal(std::get<Appended>(reply).number, id);
}

}  // namespace

int main() {
  if (const int code = start_server(); code != 0) return code;
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_rights_that_the_manual_names_are_enough),
      cmocka_unit_test(a_wrong_password_is_refused),
      cmocka_unit_test(a_database_that_is_not_there_is_refused),
      cmocka_unit_test(an_unknown_host_is_refused),
      cmocka_unit_test(a_host_where_nothing_answers_is_refused),
      cmocka_unit_test(missing_rights_are_named),
      cmocka_unit_test(a_server_without_tls_is_refused_where_tls_is_asked_for),
      cmocka_unit_test(a_database_of_another_program_is_refused_and_left_alone),
      cmocka_unit_test(a_newer_schema_is_refused),
      cmocka_unit_test(a_schema_that_is_half_made_is_completed),
      cmocka_unit_test(a_schema_that_changed_under_a_running_server_stops_it),
      cmocka_unit_test(a_second_server_on_the_same_database_is_refused),
      cmocka_unit_test(a_server_whose_database_was_taken_meanwhile_stores_nothing_more),
      cmocka_unit_test(an_old_connection_of_its_own_that_lingers_stops_no_server),
      cmocka_unit_test(an_idle_server_takes_its_database_again_before_anybody_asks),
      cmocka_unit_test(a_table_without_transactions_is_refused),
      cmocka_unit_test(a_read_only_server_is_named),
      cmocka_unit_test(settings_that_lose_messages_are_warned_about),
      cmocka_unit_test(one_request_that_cannot_be_stored_does_not_take_the_others_along),
      cmocka_unit_test(a_full_disk_refuses_writes_serves_reads_and_recovers),
  };
  return end_server_after(cmocka_run_group_tests(tests, nullptr, nullptr));
}
