// Clients that read slowly, or not at all: they miss nothing in the end, and cost the server little (threat
// R8).
#include <string>

#include "chat/codec.hpp"
#include "live/client.hpp"
#include "live/server.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace live;

constexpr int kLines = 150;
constexpr std::size_t kLineBytes = 60'000;
constexpr const char* kPassword = "correct horse";

std::string line(int number) {
  std::string text = std::to_string(number) + " ";
  return text + std::string(kLineBytes - text.size(), 'x');
}

/// Two people on loops of their own, so that one can stand still while the other talks.
struct World {
  explicit World(const std::string& transport = {})
      : server("[transport]\nmax_idle_ms = 120000\n" + transport + kTalkative + kCheapPasswords) {
    assert_true(server.start());
    alice = registered(alice_loop, "alice");
  }

  std::unique_ptr<Client> registered(test::Loop& loop, const std::string& name) {
    auto client = std::make_unique<Client>(loop, server.url());
    client->connect();
    client->register_account(name, kPassword);
    assert_true(client->until([&] { return client->heard.logins.size() == 1; }));
    return client;
  }

  void alice_writes() {
    for (int i = 0; i < kLines; ++i) assert_true(alice->say(line(i)));
    assert_true(alice->until([&] { return alice->heard.stored.size() == kLines; }));
  }

  std::uint64_t backlog_bytes() {
    const std::string json = server.ask({"status", "--json"}).out;
    return std::strtoull(json.c_str() + json.find("\"backlog_bytes\":") + 16, nullptr, 10);
  }

  Server server;
  test::Loop alice_loop, other_loop;
  std::unique_ptr<Client> alice;
};

// Threat R8.
void one_who_reads_late_misses_nothing_and_stays_connected(void**) {
  World world;
  auto bob = world.registered(world.other_loop, "bob");
  world.alice_writes();
  // Bob has not read a byte of all that; for him one message waits, and the server remembers the rest by
  // number.
  const std::uint64_t waiting = world.backlog_bytes();
  assert_true(waiting > kLineBytes && waiting < 2 * kLineBytes);
  assert_true(bob->until([&] { return bob->heard.messages.size() >= kLines; }));
  for (int i = 0; i < kLines; ++i)
    assert_true(bob->heard.messages[static_cast<std::size_t>(i)].message.text == line(i));
  assert_int_equal(bob->heard.messages.size(), kLines);
  assert_true(bob->heard.closed.empty());
  assert_int_equal(world.backlog_bytes(), 0);
}

// Threat R8.
void one_who_asks_and_never_reads_is_closed_and_nobody_else_notices(void**) {
  World world("backlog_kib = 2048\n");
  world.alice_writes();
  auto mallory = world.registered(world.other_loop, "mallory");
  assert_true(mallory->until([&] { return mallory->session().is_caught_up(); }));
  for (chat::RequestId id = 1'000; id < 1'100; ++id) {
    const chat::Fetch all{chat::kPublicRoom, 0, 0};
    assert_true(mallory->send_raw(chat::encode(chat::Request{id, all})) == rudp::SendStatus::queued);
  }
  assert_true(mallory->until([&] { return mallory->heard.delivered == 100; }));  // then Mallory looks away
  assert_true(world.alice->say("still here?"));
  assert_true(world.alice->until([&] { return world.alice->heard.stored.size() == kLines + 1; }));
  // She was closed while she did not look, and nothing waits for her.
  for (int tries = 0; tries < 1'200 && world.backlog_bytes() > 0; ++tries) usleep(50'000);
  assert_int_equal(world.backlog_bytes(), 0);
  assert_true(mallory->until([&] { return !mallory->heard.closed.empty(); }));
  assert_true(mallory->heard.closed[0].error == rudp::Error::closed_by_peer);
  assert_int_equal(mallory->heard.closed[0].code, 1);
  assert_true(world.alice->heard.closed.empty());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(one_who_reads_late_misses_nothing_and_stays_connected),
      cmocka_unit_test(one_who_asks_and_never_reads_is_closed_and_nobody_else_notices),
  };
  return cmocka_run_group_tests_name("server_slow", tests, nullptr, nullptr);
}
