// Trust on first use: a server's key is kept when it is met, believed from then on, and nothing is believed
// of a file that cannot be read.
#include <rudp/known_servers.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "support/folder.hpp"
#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using rudp::uv::known_servers_file;
using test::Pair;

namespace {

struct Folder : test::Folder {
  std::string text() const { return read("known"); }
  void write(const std::string& content) const { test::Folder::write("known", content); }

  const std::string file = *this / "known";
};

PublicKey key_of(std::uint8_t byte) {
  PublicKey key;
  key.bytes.fill(byte);
  return key;
}

uv::Options client_with(const std::string& file) {
  uv::Options options;
  options.known_servers = known_servers_file(file);
  return options;
}

/// Its address without the key.
std::string bare_url(const uv::Endpoint& server) {
  const std::string url = server.url();
  return url.substr(0, url.find('#'));
}

std::string name_of(const uv::Endpoint& server) {
  return "127.0.0.1:" + std::to_string(const_cast<uv::Endpoint&>(server).sockets()[0].local.port);
}

void what_was_pinned_is_found_and_nothing_else_changes(void**) {
  const Folder folder;
  folder.write("# mine\n\nold.example:1 " + key_of(1).to_string());
  const auto servers = known_servers_file(folder.file);
  assert_true(servers.pin("new.example:2", key_of(2)).has_value());
  assert_true(*servers.find("old.example:1") == key_of(1));
  assert_true(*servers.find("new.example:2") == key_of(2));
  assert_false(servers.find("new.example:3")->has_value());
  assert_true(folder.text() == "# mine\n\nold.example:1 " + key_of(1).to_string() + "\nnew.example:2 " +
                                   key_of(2).to_string() + "\n");
  struct stat status {};
  assert_int_equal(::stat(folder.file.c_str(), &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
}

void of_two_keys_of_one_server_the_first_stays(void**) {
  const Folder folder;
  const auto servers = known_servers_file(folder.file);
  for (int i = 0; i < 2; ++i) assert_true(servers.pin("a:1", key_of(1)).has_value());
  assert_true(servers.pin("a:1", key_of(2)).error().code == Error::key_changed);
  assert_true(folder.text() == "a:1 " + key_of(1).to_string() + "\n");
}

void a_line_that_cannot_be_read_trusts_nobody(void**) {
  const Folder folder;
  for (const std::string bad : {"a:1", "a:1 nokey", " "}) {
    folder.write("b:2 " + key_of(2).to_string() + "\n" + bad + "\n");
    const auto servers = known_servers_file(folder.file);
    if (bad == " ") {
      assert_true(servers.find("b:2").has_value());
      continue;
    }
    assert_true(servers.find("b:2").error().code == Error::bad_key);
    assert_true(servers.find("b:2").error().what == folder.file + ":2");
    assert_true(servers.pin("c:3", key_of(3)).error().code == Error::bad_key);
  }
}

std::size_t stat_mode(const std::string& path) {
  struct stat status {};
  assert_int_equal(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

void folders_that_are_missing_are_made_for_their_owner_alone(void**) {
  const Folder folder;
  const std::string above = folder / "deep", path = above + "/down/known";
  assert_true(known_servers_file(path).pin("a:1", key_of(1)).has_value());
  assert_true(*known_servers_file(path).find("a:1") == key_of(1));
  assert_int_equal(stat_mode(above), 0700);
  assert_int_equal(stat_mode(above + "/down"), 0700);
  assert_int_equal(stat_mode(path), 0600);
}

void a_server_can_be_forgotten_with_or_without_its_port(void**) {
  const Folder folder;
  const std::string head = "# mine\r\n\n", stays = "aa:1 " + key_of(3).to_string();
  std::string content = head;
  for (const char* server : {"a:1", "a:2", "[::1]:1"})
    content += server + (' ' + key_of(1).to_string()) + "\r\n";
  folder.write(content + stays);
  const auto forget = [&](const char* host) { return *uv::forget_known_server(folder.file, host); };
  assert_int_equal(forget("b"), 0);
  assert_true(folder.text() == content + stays);
  assert_int_equal(forget("A:1"), 1);
  assert_true(*known_servers_file(folder.file).find("a:2") == key_of(1));
  assert_int_equal(forget("a"), 1);
  assert_int_equal(forget("a"), 0);
  assert_int_equal(forget("::1"), 1);
  assert_true(folder.text() == head + stays);
  assert_int_equal(*uv::forget_known_server(folder.file + "-none", "a"), 0);
  folder.write(stays + "\nnonsense\n");
  assert_true(uv::forget_known_server(folder.file, "aa").error().code == Error::bad_key);
  assert_true(folder.text() == stays + "\nnonsense\n");
}

void a_server_has_one_name(void**) {
  assert_string_equal(uv::known_server_name({"Chat.Example.ORG", 8000, {}}).c_str(), "chat.example.org:8000");
  assert_string_equal(uv::known_server_name({"::1", 9, {}}).c_str(), "[::1]:9");
}

void a_server_that_is_met_is_believed_from_then_on(void**) {
  const Folder folder;
  Pair pair(test::server_options(), client_with(folder.file));
  (void)*pair.client->connect(bare_url(*pair.server));
  assert_true(pair.loop.run_until([&] { return pair.at_client.connected.size() == 1; }));
  const auto known = known_servers_file(folder.file).find(name_of(*pair.server));
  assert_true(known.has_value() && known->has_value());
  assert_true(pair.server->url().find(known->value().to_string()) != std::string::npos);
  (void)*pair.client->connect(bare_url(*pair.server));
  assert_true(pair.loop.run_until([&] { return pair.at_client.connected.size() == 2; }));
  const std::string text = folder.text();
  assert_int_equal(std::count(text.begin(), text.end(), '\n'), 1);
}

void two_connections_that_meet_a_server_at_once_keep_one_key(void**) {
  const Folder folder;
  Pair pair(test::server_options(), client_with(folder.file));
  for (int i = 0; i < 2; ++i) (void)*pair.client->connect(bare_url(*pair.server));
  assert_true(pair.loop.run_until([&] { return pair.at_client.connected.size() == 2; }));
  const std::string text = folder.text();
  assert_int_equal(std::count(text.begin(), text.end(), '\n'), 1);
}

// Threat H9.
// Somebody in the middle answers the second of two connections that met the server at the same time.
void h9_another_key_than_one_that_was_kept_meanwhile_is_refused(void**) {
  const Folder folder;
  Pair pair(test::server_options(), client_with(folder.file));
  (void)*pair.client->connect(bare_url(*pair.server));
  const PublicKey first = test::new_identity().public_key();
  assert_true(known_servers_file(folder.file).pin(name_of(*pair.server), first).has_value());
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::key_changed);
  assert_true(pair.at_client.closes[0].offered_key == Url::parse(pair.server->url())->key);
  assert_true(pair.at_client.connected.empty());
  assert_true(*known_servers_file(folder.file).find(name_of(*pair.server)) == first);
}

void a_server_with_another_key_than_the_first_time_is_refused(void**) {
  const Folder folder;
  uv::Options impatient = client_with(folder.file);  // it asks for the new key when its time is over
  impatient.transport.handshake_timeout = std::chrono::seconds(1);
  Pair pair(test::server_options(), impatient);
  const auto servers = known_servers_file(folder.file);
  const PublicKey other = test::new_identity().public_key();
  assert_true(servers.pin(name_of(*pair.server), other).has_value());
  (void)*pair.client->connect(bare_url(*pair.server));
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::key_changed);
  assert_true(pair.at_client.connected.empty());
  assert_true(*servers.find(name_of(*pair.server)) == other);
}

void what_cannot_be_read_or_kept_ends_the_connection(void**) {
  const Folder folder;
  folder.write("not a line\n");
  Pair pair(test::server_options(), client_with(folder.file));
  (void)*pair.client->connect(bare_url(*pair.server));
  assert_true(pair.loop.run_until([&] { return pair.at_client.closes.size() == 1; }));
  assert_true(pair.at_client.closes[0].error == Error::bad_key);
  Pair other(test::server_options(),
             client_with(folder.file + "/known"));  // no folder, and none can be made there
  (void)*other.client->connect(bare_url(*other.server));
  assert_true(other.loop.run_until([&] { return other.at_client.closes.size() == 1; }));
  assert_true(other.at_client.closes[0].error == Error::io_error);
  assert_true(pair.at_client.connected.empty() && other.at_client.connected.empty());
}

// Of what it keeps the first holds, too.
void an_application_that_met_the_server_meanwhile_is_believed(void**) {
  std::optional<PublicKey> first;
  uv::Options options;
  options.known_servers.find = [&](const std::string&) {
    return Result<std::optional<PublicKey>, Failure>(first);
  };
  Pair pair(test::server_options(), std::move(options));
  (void)*pair.client->connect(bare_url(*pair.server));
  first = key_of(1);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::key_changed);
}

// An app may keep keys as it likes.
void an_application_may_keep_them_itself(void**) {
  std::string asked, kept;
  uv::Options options;
  options.known_servers.find = [&](const std::string& server) {
    asked = server;
    return Result<std::optional<PublicKey>, Failure>(std::optional<PublicKey>());
  };
  options.known_servers.pin = [&](const std::string& server, const PublicKey&) {
    kept = server;
    return Result<void, Failure>();
  };
  Pair pair(test::server_options(), std::move(options));
  (void)*pair.client->connect(bare_url(*pair.server));
  assert_true(pair.loop.run_until([&] { return pair.at_client.connected.size() == 1; }));
  assert_string_equal(asked.c_str(), name_of(*pair.server).c_str());
  assert_string_equal(kept.c_str(), asked.c_str());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_was_pinned_is_found_and_nothing_else_changes),
      cmocka_unit_test(of_two_keys_of_one_server_the_first_stays),
      cmocka_unit_test(a_line_that_cannot_be_read_trusts_nobody),
      cmocka_unit_test(folders_that_are_missing_are_made_for_their_owner_alone),
      cmocka_unit_test(a_server_can_be_forgotten_with_or_without_its_port),
      cmocka_unit_test(a_server_has_one_name),
      cmocka_unit_test(a_server_that_is_met_is_believed_from_then_on),
      cmocka_unit_test(two_connections_that_meet_a_server_at_once_keep_one_key),
      cmocka_unit_test(h9_another_key_than_one_that_was_kept_meanwhile_is_refused),
      cmocka_unit_test(a_server_with_another_key_than_the_first_time_is_refused),
      cmocka_unit_test(what_cannot_be_read_or_kept_ends_the_connection),
      cmocka_unit_test(an_application_that_met_the_server_meanwhile_is_believed),
      cmocka_unit_test(an_application_may_keep_them_itself),
  };
  return cmocka_run_group_tests_name("known_servers", tests, nullptr, nullptr);
}
