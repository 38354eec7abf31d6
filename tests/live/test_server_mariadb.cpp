// rchatd on a MariaDB server of the test's own: the chat goes on through the death of the
// database server, an operator is told what is wrong, and a chat moves (threats D7, D8).
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "chat/storage/sqlite_engine.hpp"
#include "live/client.hpp"
#include "live/server.hpp"
#include "support/closed_port.hpp"
#include "support/mariadb_proxy.hpp"
#include "support/mariadb_server.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace live;
using namespace std::chrono_literals;

constexpr const char* kPassword = "correct horse battery";

std::string url_of(const std::string& name, const std::string& options = {}) {
  return "mariadb://root@localhost/" + name + "?socket=" + database().socket() + options;
}

/// For statements that must succeed.
void run_sql(const std::string& sql, const std::string& database_name = {}) {
  assert_string_equal(database().sql(sql, database_name).c_str(), "");
}

/// With a new and empty database. Clients that stand still while a test waits for a slow
/// disk are not given up.
std::string config_with(const std::string& name) {
  assert_string_equal(database().new_database(name).c_str(), "");
  return "database = \"" + url_of(name) + "\"\n" + kCheapPasswords + "[transport]\nmax_idle_ms = 120000\n";
}

/// What a killed program did there is over when the server has noticed.
void wait_until_nobody_uses(const std::string& name) {
  const std::string count = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" + name + "'";
  const auto end = Clock::now() + 300s;
  while (database().sql(count) != "0" && Clock::now() < end) std::this_thread::sleep_for(50ms);
  assert_string_equal(database().sql(count).c_str(), "0");
}

std::map<std::string, int> stored_texts(const std::string& name) {
  std::map<std::string, int> counts;
  const std::string count = database().sql("SELECT COUNT(*) FROM messages", name);
  for (int i = 1; i <= std::stoi(count); ++i) {
    counts[database().sql("SELECT text FROM messages WHERE number = " + std::to_string(i), name)] += 1;
  }
  return counts;
}

Ended migrate(const std::string& from, const std::string& to) {
  return run({program("rchatd"), "migrate", "--from", from, "--to", to}, 300s);
}

/// Until `rchatctl status` says so; five minutes at most.
bool status_comes_to(const Server& server, const std::string& part) {
  const auto end = Clock::now() + 300s;
  Ended asked = server.ask({"status"});
  while (asked.code == 0 && asked.out.find(part) == std::string::npos && Clock::now() < end) {
    std::this_thread::sleep_for(100ms);
    asked = server.ask({"status"});
  }
  return asked.out.find(part) != std::string::npos;
}

// Five deaths of the database server while somebody talks: the chat server stays up, every
// message is stored once and shown once, and nobody is disconnected.
void a_chat_outlives_its_database_server(void**) {
  Server server(config_with("outlive"));
  assert_true(server.start());
  test::Loop loop;
  Client alice(loop, server.url()), bob(loop, server.url());
  alice.connect();
  alice.register_account("alice", kPassword);
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  bob.connect();
  bob.register_account("小明", kPassword);
  assert_true(bob.until([&] { return bob.heard.logins.size() == 1; }));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) assert_true(alice.say("line " + std::to_string(round * 20 + i)));
    const std::size_t wanted = static_cast<std::size_t>(round * 20 + 5);
    assert_true(alice.until([&] { return alice.heard.stored.size() > wanted; }));
    database().kill_now();
    assert_true(alice.say("said while the database was away " + std::to_string(round)));
    assert_true(database().start());
    assert_true(alice.until([&] { return alice.session().outbox_size() == 0; }));
  }
  assert_true(bob.until([&] { return bob.heard.messages.size() >= 105; }));
  assert_int_equal(alice.heard.closed.size() + bob.heard.closed.size() + alice.heard.failed.size(), 0);
  const auto stored = stored_texts("outlive");
  assert_int_equal(stored.size(), 105);
  for (const auto& entry : stored) assert_int_equal(entry.second, 1);
  std::map<std::string, int> shown;
  for (const auto& message : bob.heard.messages) shown[message.message.text] += 1;
  assert_true(shown == stored);
  const Folder elsewhere;
  const Ended moved = migrate(url_of("outlive"), "sqlite:" + elsewhere / "chat.db");
  assert_true(moved.code == 1 && moved.err.find("another rchatd uses it") != std::string::npos);
  database().kill_now();
  assert_true(status_comes_to(server, "OUT OF REACH (database mariadb://"));
  assert_true(database().start());
  assert_true(status_comes_to(server, "mariadb://root@localhost/outlive, reachable"));
  assert_int_equal(server.stop(), 0);
}

/// A start that fails: its exit code, and one sentence with `part`.
void assert_refused(const std::string& url, int code, const std::string& part) {
  const Folder folder;
  const Ended ended =
      run({program("rchatd"), "--data", folder / "data", "--listen", "127.0.0.1:0", "--database", url});
  const bool good = ended.code == code && ended.err.find(part) != std::string::npos &&
                    std::count(ended.err.begin(), ended.err.end(), '\n') == 1;
  if (!good) print_message("code %d: %s\n", ended.code, ended.err.c_str());
  assert_true(good);
  assert_true(ended.err.find("secret") == std::string::npos);
}

void what_is_wrong_is_said_in_one_sentence(void**) {
  assert_string_equal(database().new_database("sentences").c_str(), "");
  run_sql("CREATE USER IF NOT EXISTS chat@localhost IDENTIFIED BY 'right'");
  run_sql("GRANT ALL ON sentences.* TO chat@localhost");
  const std::string socket = "?socket=" + database().socket();
  assert_refused("mariadb://chat:secret@localhost/sentences", 2, "holds a password");
  assert_refused("mariadb://chat@localhost/sentences" + socket, 1, "refused the name or the password");
  assert_refused("mariadb://chat@no..such-host/sentences?tls=off", 1, "is not known");
  const ClosedPort port;
  assert_refused("mariadb://chat@127.0.0.1:" + std::to_string(port.number()) + "/sentences", 1,
                 "no MariaDB server answers");
  assert_refused(url_of("nothing_there"), 1, "there is no database");
  assert_string_equal(database().new_database("no_rights").c_str(), "");
  const Folder folder;
  const std::string secret = folder.write("secret", "right\n");
  std::filesystem::permissions(secret, std::filesystem::perms::owner_read);
  const std::string as_chat = socket + "&password_file=" + secret;
  assert_refused("mariadb://chat@localhost/no_rights" + as_chat, 1, "has no rights on the database");
  run_sql("GRANT SELECT ON no_rights.* TO chat@localhost");
  assert_refused("mariadb://chat@localhost/no_rights" + as_chat, 1, "lacks a right: CREATE");
  run_sql("SET GLOBAL read_only = 1");
  assert_refused("mariadb://chat@localhost/sentences" + as_chat, 1, "the server is read-only");
  run_sql("SET GLOBAL read_only = 0");
  run_sql("CREATE TABLE chat_schema (one INT, application TEXT, version INT)", "no_rights");
  run_sql("INSERT INTO chat_schema VALUES (1, 'rchat', 99)", "no_rights");
  assert_refused(url_of("no_rights"), 1, "written by a newer version of this program");
  const std::string file = folder.write("password", "right\n");
  assert_refused("mariadb://chat@localhost/sentences" + socket + "&password_file=" + file, 1, "chmod 600");
}

/// Until nothing fits any more, neither large nor small.
void fill_up() {
  run_sql("CREATE DATABASE filler");
  run_sql("CREATE TABLE t (x LONGBLOB)", "filler");
  for (const int bytes : {1'000'000, 60'000, 6'000, 100}) {
    const std::string insert = "INSERT INTO t VALUES (REPEAT('x', " + std::to_string(bytes) + "))";
    while (database().sql(insert, "filler").empty()) {
    }
  }
  for (int i = 0; database().sql("CREATE TABLE t" + std::to_string(i) + " (a INT)", "filler").empty(); ++i) {
  }
}

/// All tables are in files that do not grow.
std::vector<std::string> with_files(const std::string& files) {
  return {"--innodb-data-file-path=" + files, "--innodb-file-per-table=0"};
}

// Threat D4: the chat stays up and keeps what it cannot store yet, an operator is told, and
// a new start is refused.
void a_full_disk_is_said_and_outlived(void**) {
  end_server();
  assert_int_equal(start_server(with_files("ibdata1:32M")), 0);
  Server server(config_with("full"));
  assert_true(server.start());
  test::Loop loop;
  Client alice(loop, server.url());
  alice.connect();
  alice.register_account("alice", kPassword);
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  assert_string_equal(database().new_database("new_one").c_str(), "");
  fill_up();
  assert_refused(url_of("new_one"), 1, "the server has no space left");
  std::size_t said = 0;
  const auto is_told = [&] { return server.log().find("the server has no space left") != std::string::npos; };
  while (said < 1'000 && !is_told()) {
    ++said;
    if (!alice.say("line " + std::to_string(said) + std::string(2'000, 'x'))) break;
    (void)alice.until([&] { return alice.heard.stored.size() == said; }, 300ms);
  }
  assert_true(is_told());
  assert_true(alice.is_connected() && alice.heard.failed.empty());
  database().stop();
  database().set_options(with_files("ibdata1:32M;ibdata2:16M"));
  assert_true(database().start());
  assert_true(alice.until([&] { return alice.session().outbox_size() == 0; }));
  const auto stored = stored_texts("full");
  assert_int_equal(stored.size(), said);
  for (const auto& entry : stored) assert_int_equal(entry.second, 1);
  assert_int_equal(server.stop(), 0);
}

void risky_settings_are_said_loudly(void**) {
  run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  Server server(config_with("risky"));
  const bool started = server.start();
  run_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  assert_true(started);
  const Ended asked = server.ask({"status"});
  assert_int_equal(server.stop(), 0);
  assert_true(server.process().err().find("WARNING") != std::string::npos);
  assert_true(server.process().err().find("innodb_flush_log_at_trx_commit is not 1") != std::string::npos);
  assert_true(asked.out.find("innodb_flush_log_at_trx_commit is not 1") != std::string::npos);
  assert_true(server.log().find("database_setting") != std::string::npos);
}

/// RUDP_MIGRATE_MESSAGES asks for a larger chat.
int messages_wanted() {
  const char* wanted = std::getenv("RUDP_MIGRATE_MESSAGES");
  return wanted == nullptr ? 12'000 : std::max(12'000, std::atoi(wanted));
}

/// A tenth as many accounts as messages.
void fill(const std::string& path, int messages) {
  auto engine = chat::SqliteEngine::open(path);
  assert_true(engine.has_value());
  std::vector<chat::StoreRequest> batch;
  for (int i = 0; i < messages / 10; ++i) {
    const std::string name = (i % 2 == 0 ? "alice" : "小明") + std::to_string(i);
    batch.push_back(chat::CreateAccount{{name, name, name}, "hash", 1});
  }
  for (int i = 0; i < messages; ++i) {
    chat::ClientMessageId id{};
    id[0] = static_cast<std::uint8_t>(i);
    id[1] = static_cast<std::uint8_t>(i >> 8);
    id[2] = static_cast<std::uint8_t>(i >> 16);
    batch.push_back(chat::AppendMessage{1u + static_cast<unsigned>(i % (messages / 10)),
                                        id,
                                        chat::ConversationKind::public_room,
                                        {},
                                        "消息 " + std::to_string(i),
                                        i,
                                        {}});
  }
  (void)(*engine)->apply(batch);
}

/// The line that migrate prints for the messages, its hash included.
std::string messages_line(const std::string& out) {
  const std::size_t begin = out.find("messages ");
  return begin == std::string::npos ? "none" : out.substr(begin, out.find('\n', begin) - begin);
}

void a_migration_killed_half_way_goes_on_and_back_again(void**) {
  const Folder folder;
  const int messages = messages_wanted();
  fill(folder / "chat.db", messages);
  assert_string_equal(database().new_database("moved").c_str(), "");
  const std::string from = "sqlite:" + folder / "chat.db";
  {
    // It waits for the answer to a page in the middle, so it is killed there and nowhere else.
    MariadbProxy proxy(database().file("half"), database().socket());
    proxy.arm(MariadbProxy::Fault::hold_after_commit, messages / 10 / 500 + messages / 500 / 2);
    Process first({program("rchatd"), "migrate", "--from", from, "--to",
                   "mariadb://root@localhost/moved?socket=" + proxy.path()});
    const auto end = Clock::now() + 300s;
    while (proxy.faults() == 0 && Clock::now() < end) std::this_thread::sleep_for(1ms);
    first.signal(SIGKILL);
    assert_int_equal(first.wait(), 128 + SIGKILL);
  }
  wait_until_nobody_uses("moved");
  const int half = std::stoi(database().sql("SELECT COUNT(*) FROM messages", "moved"));
  assert_true(half > 0 && half < messages);
  print_message("killed when %d of %d messages were there\n", half, messages);
  const Folder data;
  const Ended too_early = run(
      {program("rchatd"), "--data", data / "d", "--listen", "127.0.0.1:0", "--database", url_of("moved")});
  assert_int_equal(too_early.code, 1);
  assert_true(too_early.err.find("a migration into it was not finished") != std::string::npos);
  const Ended there = migrate(from, url_of("moved"));
  if (there.code != 0) print_message("%s\n", there.err.c_str());
  assert_int_equal(there.code, 0);
  const std::string all = std::to_string(messages);
  assert_true(there.err.find("comparing messages: " + all + " of " + all) != std::string::npos);
  const Ended back = migrate(url_of("moved"), "sqlite:" + folder / "back.db");
  assert_int_equal(back.code, 0);
  assert_true(messages_line(there.out).find(all + " rows, equal on both sides") != std::string::npos);
  assert_string_equal(messages_line(there.out).c_str(), messages_line(back.out).c_str());
  const Ended again = migrate(from, url_of("moved"));
  assert_true(again.code == 1 && again.err.find("holds a chat already") != std::string::npos);
}

}  // namespace

int main() {
  if (const int code = start_server(); code != 0) return code;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_chat_outlives_its_database_server),
      cmocka_unit_test(what_is_wrong_is_said_in_one_sentence),
      cmocka_unit_test(risky_settings_are_said_loudly),
      cmocka_unit_test(a_migration_killed_half_way_goes_on_and_back_again),
      cmocka_unit_test(a_full_disk_is_said_and_outlived),
  };
  return end_server_after(cmocka_run_group_tests_name("server_mariadb", tests, nullptr, nullptr));
}
