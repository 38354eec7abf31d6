// How rchatd starts, refuses to start, and is asked about itself.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>

#include "live/client.hpp"
#include "live/server.hpp"

#include "support/cmocka.hpp"
#include "support/sanitizer.hpp"

namespace {

using namespace live;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Nothing on standard output, one line on standard error that holds each of the words.
void assert_refused(const Ended& ended, int code, std::initializer_list<const char*> words) {
  if (ended.code != code) std::fprintf(stderr, "exit code %d: %s", ended.code, ended.err.c_str());
  assert_int_equal(ended.code, code);
  assert_string_equal(ended.out.c_str(), "");
  assert_int_equal(lines_of(ended.err).size(), 1);
  assert_int_equal(ended.err.compare(0, 8, "rchatd: "), 0);
  for (const char* word : words) {
    if (ended.err.find(word) == std::string::npos)
      std::fprintf(stderr, "no \"%s\": %s", word, ended.err.c_str());
    assert_true(ended.err.find(word) != std::string::npos);
  }
}

Ended start_on(const std::string& data, std::vector<std::string> more = {}) {
  std::vector<std::string> command{program("rchatd"), "--listen", "127.0.0.1:0", "--data", data};
  command.insert(command.end(), more.begin(), more.end());
  return run(std::move(command));
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  assert_int_equal(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

void execute(const std::string& database, const char* sql) {
  sqlite3* handle = nullptr;
  assert_int_equal(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  assert_int_equal(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

void it_says_where_it_listens_and_with_which_key(void**) {
  Folder folder;
  Process process(
      {program("rchatd"), "--data", folder / "data", "--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0"});
  assert_true(process.read_until([&] { return lines_of(process.out()).size() == 2; }));
  const std::regex ready("rchatd listening on 127\\.0\\.0\\.[12]:([1-9][0-9]*) key ([A-Za-z0-9_-]{43})");
  std::smatch first, second;
  const std::vector<std::string> lines = lines_of(process.out());
  assert_true(std::regex_match(lines[0], first, ready) && std::regex_match(lines[1], second, ready));
  assert_true(first[2] == second[2] && first[1] != second[1]);
  process.signal(SIGINT);
  assert_int_equal(process.wait(), 0);
  assert_string_equal(process.err().c_str(), "");
}

void what_it_keeps_is_for_its_owner_alone(void**) {
  Server server;
  assert_true(server.start());
  assert_int_equal(mode_of(server.data()), 0700);
  for (const char* name : {"server.key", "chat.db", "rchatd.log", "admin.sock", "rchatd.lock"})
    assert_int_equal(mode_of(server.data() + "/" + name) & 0077, 0);
}

void the_next_start_has_the_same_key_and_accounts(void**) {
  Server server;
  assert_true(server.start());
  const std::string key = server.key();
  {
    test::Loop loop;
    Client alice(loop, server.url());
    alice.connect();
    alice.register_account("alice", "correct horse");
    assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  }
  assert_int_equal(server.stop(), 0);
  assert_true(server.start());
  assert_string_equal(server.key().c_str(), key.c_str());
  const Ended asked = server.ask({"status", "--json"});
  assert_true(asked.out.find("\"accounts\":1") != std::string::npos);
}

// Without it, unknown names would be answered at once, and known ones never. A sanitizer needs
// more memory for itself than the limit leaves.
void a_server_without_memory_for_a_password_is_refused(void**) {
  if (test::kIsSanitized) skip();
  constexpr rlim_t kMemoryBytes = rlim_t{1024} * 1024 * 1024;
  Folder folder;
  folder.write("rchatd.toml", "[passwords]\nmemory_mib = 1024\nworkers = 1\n");
  const std::vector<std::string> command{program("rchatd"), "--config", folder / "rchatd.toml", "--data",
                                         folder / "data",   "--listen", "127.0.0.1:0"};
  Process process(command, [] {
    const rlimit limit{kMemoryBytes, kMemoryBytes};
    setrlimit(RLIMIT_AS, &limit);
  });
  const Ended ended{process.wait(), process.out(), process.err()};
  assert_refused(ended, 1, {"no memory for one password", "memory_mib = 1024"});
}

void a_second_server_on_the_same_folder_is_refused(void**) {
  Server server;
  assert_true(server.start());
  assert_refused(start_on(server.data()), 1, {"another rchatd runs", server.data().c_str()});
  assert_int_equal(server.ask({"status"}).code, 0);
}

void a_second_server_on_the_same_database_is_refused(void**) {
  Folder folder;
  std::filesystem::create_directory(folder / "db");
  const std::string database = "sqlite:" + folder / "db/chat.db";
  Process first(
      {program("rchatd"), "--listen", "127.0.0.1:0", "--data", folder / "one", "--database", database});
  assert_true(first.read_until([&] { return !first.out().empty(); }));
  assert_refused(start_on(folder / "two", {"--database", database}), 1,
                 {"another rchatd uses", "db/chat.db"});
}

void a_file_that_is_no_database_is_refused_and_kept(void**) {
  Folder folder;
  std::filesystem::create_directory(folder / "data");
  const std::string text(5'000, 'x');
  folder.write("data/chat.db", text);
  assert_refused(start_on(folder / "data"), 1, {"database", "chat.db"});
  assert_true(folder.read("data/chat.db") == text);
}

void a_database_of_a_newer_version_is_refused(void**) {
  Server server;
  assert_true(server.start());
  assert_int_equal(server.stop(), 0);
  execute(server.data() + "/chat.db", "PRAGMA user_version = 999");
  assert_refused(start_on(server.data()), 1, {"database", "chat.db", "newer"});
}

void a_database_of_another_program_is_refused(void**) {
  Folder folder;
  std::filesystem::create_directory(folder / "data");
  execute(folder / "data/chat.db", "CREATE TABLE recipes (name TEXT)");
  assert_refused(start_on(folder / "data"), 1, {"database", "chat.db"});
}

void a_database_in_a_folder_that_is_not_there_is_refused(void**) {
  Folder folder;
  assert_refused(start_on(folder / "data", {"--database", "sqlite:" + folder / "absent/chat.db"}), 1,
                 {"folder of the database", "absent", "does not exist"});
}

void a_log_that_cannot_be_written_is_refused(void**) {
  Folder folder;
  const std::string file = folder.write("my.toml", "[log]\nfile = \"/dev/null/rchatd.log\"\n");
  assert_refused(start_on(folder / "data", {"--config", file}), 1, {"log", "/dev/null/rchatd.log"});
}

void a_path_too_long_for_the_admin_socket_is_refused(void**) {
  Folder folder;
  assert_refused(start_on(folder / std::string(100, 'x')), 1, {"admin socket", "shorter"});
}

void a_folder_that_cannot_be_made_is_refused(void**) {
  assert_refused(start_on("/dev/null/data"), 1, {"/dev/null/data"});
  Folder folder;
  folder.write("file", "");
  assert_refused(start_on(folder / "file"), 1, {"file"});
}

void a_key_that_others_may_read_is_refused(void**) {
  Server server;
  assert_true(server.start());
  assert_int_equal(server.stop(), 0);
  assert_int_equal(chmod((server.data() + "/server.key").c_str(), 0644), 0);
  assert_refused(start_on(server.data()), 1, {"server.key", "chmod 600"});
}

void a_port_in_use_is_refused(void**) {
  Server server;
  assert_true(server.start());
  Folder other;
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  const Ended ended = run({program("rchatd"), "--data", other / "data", "--listen", address});
  assert_refused(ended, 1, {"cannot listen on", address.c_str(), "in use"});
}

void a_mistyped_configuration_is_refused_with_its_place(void**) {
  Folder folder;
  const std::string file =
      folder.write("my.toml", "listen = [\"127.0.0.1:0\"]\n\n[passwords]\n  memory_mb = 64\n");
  assert_refused(start_on(folder / "data", {"--config", file}), 2,
                 {"my.toml:4:3: ", "passwords.memory_mb", "passwords.memory_mib"});
  assert_refused(start_on(folder / "data", {"--config", folder.write("my.toml", "[log]\nlevel = 3\n")}), 2,
                 {"my.toml:2:9: ", "log.level"});
  assert_refused(start_on(folder / "data", {"--config", folder.write("my.toml", "listen = [\n")}), 2,
                 {"my.toml:"});
  assert_refused(start_on(folder / "data", {"--config", folder / "absent.toml"}), 2, {"absent.toml"});
  assert_false(std::filesystem::exists(folder / "data"));
}

void a_mistyped_command_line_is_refused(void**) {
  assert_refused(run({program("rchatd"), "--lisen", "127.0.0.1:0"}), 2, {"--lisen"});
  assert_refused(run({program("rchatd"), "--listen", "8000"}), 2, {"--listen", "8000"});
  assert_refused(run({program("rchatd"), "--database", "mysql://x"}), 2, {"--database"});
}

void help_version_and_the_printed_configuration(void**) {
  for (const char* name : {"rchatd", "rchatctl"}) {
    assert_int_equal(run({program(name), "--help"}).code, 0);
    const Ended version = run({program(name), "--version"});
    assert_int_equal(version.code, 0);
    assert_true(std::regex_match(version.out, std::regex(std::string(name) + " [0-9]+\\.[0-9]+\\.[0-9]+\n")));
  }
  Folder folder;
  const Ended printed = run({program("rchatd"), "--print-config"});
  assert_int_equal(printed.code, 0);
  Process process({program("rchatd"), "--config", folder.write("printed.toml", printed.out), "--data",
                   folder / "data", "--listen", "127.0.0.1:0"});
  assert_true(process.read_until([&] { return !process.out().empty(); }));
}

void rchatctl_says_where_no_server_runs(void**) {
  Folder folder;
  for (const char* word : {"status", "stop"}) {
    const Ended ended = run({program("rchatctl"), "--data", folder.path(), word});
    assert_int_equal(ended.code, 1);
    assert_true(ended.err.find("rchatctl: no rchatd runs here") == 0);
    assert_true(ended.err.find(folder / "admin.sock") != std::string::npos);
  }
  assert_int_equal(run({program("rchatctl")}).code, 2);
  assert_int_equal(run({program("rchatctl"), "dance"}).code, 2);
}

void status_tells_what_goes_on_and_stop_ends_it(void**) {
  Server server;
  assert_true(server.start());
  test::Loop loop;
  Client alice(loop, server.url());
  alice.connect();
  alice.register_account("alice", "correct horse");
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  alice.say("hello");
  assert_true(alice.until([&] { return alice.heard.stored.size() == 1; }));
  const std::string json = server.ask({"status", "--json"}).out;
  for (const char* part : {"\"sessions\":1", "\"online\":1", "\"accounts\":1", "\"messages\":1",
                           "\"uptime_s\":", "\"receive_buffer_bytes\":", "\"version\":\"rchatd "})
    assert_true(json.find(part) != std::string::npos);
  const std::string table = server.ask({"status"}).out;
  for (const char* part :
       {"version", "listening on", "users online          1", "messages              1", "KiB"})
    assert_true(table.find(part) != std::string::npos);

  assert_int_equal(server.ask({"stop"}).code, 0);
  assert_int_equal(server.process().wait(), 0);
  assert_false(std::filesystem::exists(server.data() + "/admin.sock"));
}

// ---- bad input from the network (threats P1, P2, P12) ---------------------------

class Datagrams {
 public:
  explicit Datagrams(int port) : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(static_cast<std::uint16_t>(port));
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Datagrams() { close(socket_); }
  void send(const std::vector<std::uint8_t>& bytes) {
    const auto* const address = reinterpret_cast<const sockaddr*>(&to_);
    assert_int_equal(sendto(socket_, bytes.data(), bytes.size(), 0, address, sizeof to_), bytes.size());
  }

 private:
  int socket_;
  sockaddr_in to_{};
};

std::uint64_t number_in(const std::string& json, const std::string& name) {
  const std::size_t at = json.find("\"" + name + "\":");
  assert_true(at != std::string::npos);
  return std::strtoull(json.c_str() + at + name.size() + 3, nullptr, 10);
}

/// What the server counted as dropped, as soon as it is so much.
std::uint64_t dropped_by(const Server& server, std::uint64_t wanted) {
  std::uint64_t dropped = 0;
  for (int tries = 0; tries < 1'000 && dropped < wanted; ++tries) {
    if (tries > 0) usleep(50'000);
    const std::string json = server.ask({"status", "--json"}).out;
    dropped = number_in(json, "dropped_malformed") + number_in(json, "dropped_unknown_connection") +
              number_in(json, "dropped_unauthenticated") + number_in(json, "dropped_unexpected") +
              number_in(json, "dropped_limit");
  }
  return dropped;
}

void random_and_truncated_datagrams_are_counted_and_dropped(void**) {
  Server server;
  assert_true(server.start());
  Datagrams stranger(server.port());
  std::uint32_t state = 12345;
  constexpr int kCount = 500;
  for (int i = 0; i < kCount; ++i) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(i * 3));
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    stranger.send(bytes);
    // No more at a time than a small receive buffer holds.
    if (i % 50 == 49) assert_int_equal(dropped_by(server, static_cast<std::uint64_t>(i + 1)), i + 1);
  }

  test::Loop loop;
  Client alice(loop, server.url());
  alice.connect();
  alice.register_account("alice", "correct horse");
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
}

void a_client_that_speaks_nonsense_is_told_logged_and_closed(void**) {
  Server server;
  assert_true(server.start());
  test::Loop loop;
  Client mallory(loop, server.url());
  mallory.connect();
  assert_true(mallory.until([&] { return mallory.is_connected(); }));
  const std::uint8_t nonsense[] = {0xff, 0xfe, 0x1b, '[', '2', 'J', 0};
  assert_true(mallory.send_raw(nonsense) == rudp::SendStatus::queued);
  assert_true(mallory.until([&] { return !mallory.heard.closed.empty(); }));
  assert_int_equal(server.stop(), 0);
  assert_true(server.log().find("\"event\":\"refused_bytes\"") != std::string::npos);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(it_says_where_it_listens_and_with_which_key),
      cmocka_unit_test(what_it_keeps_is_for_its_owner_alone),
      cmocka_unit_test(the_next_start_has_the_same_key_and_accounts),
      cmocka_unit_test(a_server_without_memory_for_a_password_is_refused),
      cmocka_unit_test(a_second_server_on_the_same_folder_is_refused),
      cmocka_unit_test(a_second_server_on_the_same_database_is_refused),
      cmocka_unit_test(a_file_that_is_no_database_is_refused_and_kept),
      cmocka_unit_test(a_database_of_a_newer_version_is_refused),
      cmocka_unit_test(a_database_of_another_program_is_refused),
      cmocka_unit_test(a_database_in_a_folder_that_is_not_there_is_refused),
      cmocka_unit_test(a_log_that_cannot_be_written_is_refused),
      cmocka_unit_test(a_path_too_long_for_the_admin_socket_is_refused),
      cmocka_unit_test(a_folder_that_cannot_be_made_is_refused),
      cmocka_unit_test(a_key_that_others_may_read_is_refused),
      cmocka_unit_test(a_port_in_use_is_refused),
      cmocka_unit_test(a_mistyped_configuration_is_refused_with_its_place),
      cmocka_unit_test(a_mistyped_command_line_is_refused),
      cmocka_unit_test(help_version_and_the_printed_configuration),
      cmocka_unit_test(rchatctl_says_where_no_server_runs),
      cmocka_unit_test(status_tells_what_goes_on_and_stop_ends_it),
      cmocka_unit_test(random_and_truncated_datagrams_are_counted_and_dropped),
      cmocka_unit_test(a_client_that_speaks_nonsense_is_told_logged_and_closed),
  };
  return cmocka_run_group_tests_name("server_startup", tests, nullptr, nullptr);
}
