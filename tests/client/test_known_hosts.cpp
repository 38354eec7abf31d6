#include "client/known_hosts.hpp"

#include <sys/stat.h>

#include "support/folder.hpp"

#include "support/cmocka.hpp"

namespace {

using client::KnownHosts;

rudp::PublicKey key_of(std::uint8_t byte) {
  rudp::PublicKey key;
  key.bytes.fill(byte);
  return key;
}

std::optional<rudp::PublicKey> found(const KnownHosts& hosts, const std::string& host) {
  const auto key = hosts.find(host);
  assert_true(key.has_value());
  return *key;
}

void a_server_is_unknown_before_it_is_pinned(void**) {
  const test::Folder folder;
  KnownHosts hosts(folder / "deep/down/known_hosts");
  assert_false(found(hosts, "chat.example.org:8000").has_value());
  assert_true(hosts.pin("chat.example.org:8000", key_of(7)).has_value());
  assert_true(found(hosts, "chat.example.org:8000") == key_of(7));
  assert_false(found(hosts, "chat.example.org:8001").has_value());
}

void the_file_belongs_to_its_owner_alone(void**) {
  const test::Folder folder;
  KnownHosts hosts(folder / "config/known_hosts");
  assert_true(hosts.pin("a:1", key_of(1)).has_value());
  struct stat file {
  }, above{};
  assert_int_equal(::stat((folder / "config/known_hosts").c_str(), &file), 0);
  assert_int_equal(::stat((folder / "config").c_str(), &above), 0);
  assert_int_equal(file.st_mode & 0777, 0600);
  assert_int_equal(above.st_mode & 0777, 0700);
}

void pinning_keeps_the_others_and_the_comments(void**) {
  const test::Folder folder;
  const std::string path = folder / "known_hosts";
  test::write_file(path, "# mine\n\na:1 " + key_of(1).to_string() + "\r\n");
  KnownHosts hosts(path);
  assert_true(hosts.pin("b:2", key_of(2)).has_value());
  assert_true(test::read_file(path) ==
              "# mine\n\na:1 " + key_of(1).to_string() + "\nb:2 " + key_of(2).to_string() + "\n");
}

void a_line_that_cannot_be_read_trusts_nobody(void**) {
  const test::Folder folder;
  const std::string path = folder / "known_hosts", good = "a:1 " + key_of(1).to_string() + "\n";
  for (const std::string& bad : {std::string("b:2"), std::string("b:2 notakey"), std::string("\x01\xff"),
                                 "b:2 " + key_of(2).to_string() + " more"}) {
    test::write_file(path, good + bad + "\n");
    KnownHosts hosts(path);
    const auto key = hosts.find("a:1");
    assert_false(key.has_value());
    assert_true(key.error().code == rudp::Error::bad_key);
    assert_string_equal(key.error().what.c_str(), (path + ":2").c_str());
    assert_false(hosts.pin("c:3", key_of(3)).has_value());
    assert_true(test::read_file(path) == good + bad + "\n");
  }
}

void a_host_can_be_forgotten_with_or_without_its_port(void**) {
  const test::Folder folder;
  KnownHosts hosts(folder / "known_hosts");
  for (const char* host : {"a:1", "a:2", "aa:1", "[::1]:1"})
    assert_true(hosts.pin(host, key_of(1)).has_value());
  assert_int_equal(*hosts.forget("A:1"), 1);
  assert_false(found(hosts, "a:1").has_value());
  assert_true(found(hosts, "a:2").has_value());
  assert_int_equal(*hosts.forget("a"), 1);
  assert_int_equal(*hosts.forget("a"), 0);
  assert_int_equal(*hosts.forget("::1"), 1);
  assert_true(found(hosts, "aa:1").has_value());
}

void a_server_has_one_name(void**) {
  assert_string_equal(client::host_name({"Chat.Example.ORG", 8000, {}}).c_str(), "chat.example.org:8000");
  assert_string_equal(client::host_name({"::1", 9, {}}).c_str(), "[::1]:9");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_server_is_unknown_before_it_is_pinned),
      cmocka_unit_test(the_file_belongs_to_its_owner_alone),
      cmocka_unit_test(pinning_keeps_the_others_and_the_comments),
      cmocka_unit_test(a_line_that_cannot_be_read_trusts_nobody),
      cmocka_unit_test(a_host_can_be_forgotten_with_or_without_its_port),
      cmocka_unit_test(a_server_has_one_name),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
