// rchatd as its users meet it: accounts, the public room, private messages, takeover, the end.
#include <string>

#include "chat/names.hpp"
#include "chat/text.hpp"
#include "live/client.hpp"
#include "live/server.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace live;

constexpr const char* kAlicePassword = "correct horse";
constexpr const char* kBobPassword = "battery staple";

/// What is not heard of for so long is given up: far more than a server takes to stop.
constexpr const char* kPatient = "[transport]\nmax_idle_ms = 120000\n";

struct World {
  World() { assert_true(server.start()); }

  /// One more client, registered and logged in.
  std::unique_ptr<Client> registered(const std::string& name, const std::string& password) {
    auto client = std::make_unique<Client>(loop, server.url());
    client->connect();
    client->register_account(name, password);
    assert_true(client->until([&] { return client->heard.logins.size() == 1; }));
    return client;
  }
  std::unique_ptr<Client> logged_in(const std::string& name, const std::string& password) {
    auto client = std::make_unique<Client>(loop, server.url());
    client->connect();
    client->login(name, password);
    assert_true(client->until([&] { return client->heard.logins.size() == 1; }));
    return client;
  }
  void leave(Client& client) {
    client.quit();
    assert_true(client.until([&] { return client.heard.goodbyes == 1 && !client.heard.closed.empty(); }));
  }

  Server server{std::string(kPatient) + kCheapPasswords};
  test::Loop loop;
};

bool has_line(const std::string& log, const std::string& event, const std::string& name) {
  return log.find("\"event\":\"" + event + "\",\"name\":\"" + name + "\"") != std::string::npos;
}

void what_one_says_in_public_everybody_reads(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  auto bob = world.registered("鲍勃", kBobPassword);
  assert_true(alice->until([&] { return !alice->heard.presence.empty(); }));
  assert_string_equal(alice->heard.presence[0].joined.at(0).c_str(), "鲍勃");

  assert_true(alice->say("hello 世界"));
  assert_true(bob->until([&] { return bob->heard.has_text("hello 世界"); }));
  assert_string_equal(bob->heard.messages.back().message.sender.c_str(), "alice");
  assert_true(alice->until([&] { return alice->heard.stored.size() == 1; }));
  world.leave(*bob);
  assert_true(alice->until([&] { return !alice->heard.presence.back().left.empty(); }));
}

void a_private_message_reaches_one_only_online_or_later(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  auto bob = world.registered("bob", kBobPassword);
  auto carol = world.registered("carol", "carol's secret");
  assert_true(alice->tell("Bob", "just for you"));
  assert_true(bob->until([&] { return bob->heard.has_text("just for you"); }));
  assert_true(alice->until([&] { return alice->heard.stored.size() == 1; }));
  assert_true(alice->heard.stored[0].recipient_online);

  world.leave(*bob);
  assert_true(alice->tell("bob", "for later"));
  assert_true(alice->until([&] { return alice->heard.stored.size() == 2; }));
  assert_false(alice->heard.stored[1].recipient_online);
  auto again = world.logged_in("bob", kBobPassword);
  assert_true(again->until([&] { return again->heard.has_text("for later"); }));

  assert_true(alice->tell("nobody", "hello?"));
  assert_true(alice->until([&] { return alice->heard.failed.size() == 1; }));
  assert_true(alice->heard.failed[0].refusal.code == chat::RefusalCode::unknown_recipient);
  assert_false(carol->heard.has_text("just for you") || carol->heard.has_text("for later"));
}

void a_wrong_password_and_an_unknown_name_get_the_same_answer(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  world.leave(*alice);
  for (const char* name : {"alice", "mallory"}) {
    Client stranger(world.loop, world.server.url());
    stranger.connect();
    stranger.login(name, "wrong password");
    assert_true(stranger.until([&] { return stranger.heard.refusals.size() == 1; }));
    assert_true(stranger.heard.refusals[0].refusal.code == chat::RefusalCode::login_failed);
    assert_true(stranger.heard.refusals[0].refusal.parameters.empty());
  }
  Client other(world.loop, world.server.url());
  other.connect();
  other.register_account("ALICE", kBobPassword);
  assert_true(other.until([&] { return other.heard.refusals.size() == 1; }));
  assert_true(other.heard.refusals[0].refusal.code == chat::RefusalCode::name_taken);
}

void a_second_login_takes_over_and_the_first_is_told_from_where(void**) {
  World world;
  auto first = world.registered("alice", kAlicePassword);
  auto second = world.logged_in("alice", kAlicePassword);
  assert_true(
      first->until([&] { return first->heard.replaced.size() == 1 && !first->heard.closed.empty(); }));
  assert_int_equal(first->heard.replaced[0].replaced.from_address.compare(0, 9, "127.0.0.1"), 0);
  assert_true(second->say("still here"));
  assert_true(second->until([&] { return second->heard.stored.size() == 1; }));
}

void stopping_tells_everybody_and_loses_no_acknowledgement(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  auto bob = world.registered("bob", kBobPassword);
  for (int i = 0; i < 20; ++i) assert_true(alice->say("line " + std::to_string(i)));
  world.server.process().signal(SIGTERM);
  const auto is_told = [](Client& client) {
    return client.heard.closings.size() == 1 && !client.heard.closed.empty();
  };
  assert_true(alice->until([&] { return is_told(*alice) && is_told(*bob); }));
  assert_true(alice->heard.closings[0].closing.reason == chat::ClosingReason::stopped);
  assert_int_equal(world.server.process().wait(), 0);
  assert_int_equal(alice->heard.stored.size(), 20 - alice->session().outbox_size());
}

void clients_that_hear_nothing_do_not_hold_up_the_end(void**) {
  World world;
  auto replaced = world.registered("alice", kAlicePassword);
  auto alice = world.logged_in("alice", kAlicePassword);
  auto bob = world.registered("bob", kBobPassword);
  for (int i = 0; i < 20; ++i) assert_true(bob->say("line " + std::to_string(i)));
  // From here on nobody turns their loop: to the server, all of them are gone. It does not wait until it gives
  // them up.
  world.server.process().signal(SIGTERM);
  assert_int_equal(world.server.process().wait(seconds(60)), 0);
}

void an_operators_reason_reaches_the_users(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  Process ctl({program("rchatctl"), "--data", world.server.data(), "stop", "--reason", "升级 tonight"});
  assert_true(alice->until([&] { return alice->heard.closings.size() == 1; }));
  assert_string_equal(alice->heard.closings[0].closing.text.c_str(), "升级 tonight");
  // rchatctl is back when the server has ended, and with it everything that it held.
  assert_true(alice->until([&] { return !alice->heard.closed.empty(); }));
  assert_int_equal(ctl.wait(), 0);
  assert_int_equal(world.server.process().wait(), 0);
}

void the_log_tells_who_came_and_went_and_no_secret(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  Client stranger(world.loop, world.server.url());
  stranger.connect();
  stranger.login("alice", "a guess\x1b[2J");
  assert_true(stranger.until([&] { return stranger.heard.refusals.size() == 1; }));
  auto second = world.logged_in("alice", kAlicePassword);
  world.leave(*second);
  assert_int_equal(world.server.stop(), 0);
  const std::string log = world.server.log();
  for (const char* event : {"registered", "login_failed", "logged_in", "replaced", "quit"})
    assert_true(has_line(log, event, "alice"));
  assert_true(log.find("\"address\":\"127.0.0.1:") != std::string::npos);
  for (const char* secret : {kAlicePassword, "a guess", "$argon2id"})
    assert_true(log.find(secret) == std::string::npos);
}

void a_password_that_was_wrong_twice_still_lets_the_right_one_in(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  world.leave(*alice);
  Client back(world.loop, world.server.url());
  back.connect();
  back.login("alice", "wrong once");
  assert_true(back.until([&] { return back.heard.refusals.size() == 1; }));
  back.login("alice", "wrong twice");
  assert_true(back.until([&] { return back.heard.refusals.size() == 2; }));
  back.login("alice", kAlicePassword);
  assert_true(back.until([&] { return back.heard.logins.size() == 1; }));
}

void a_text_of_the_greatest_length_is_stored(void**) {
  World world;
  auto alice = world.registered("alice", kAlicePassword);
  assert_true(alice->say(std::string(chat::kTextBytesMaxDefault, 'x')));
  assert_true(alice->until([&] { return alice->heard.stored.size() == 1; }));
}

// Threat R1: what nobody would read is not taken.
void a_client_gets_no_stream_and_one_channel(void**) {
  World world;
  Client mallory(world.loop, world.server.url());
  mallory.connect();
  assert_true(mallory.until([&] { return mallory.is_connected(); }));
  for (const auto direction : {rudp::StreamDirection::bidirectional, rudp::StreamDirection::one_way}) {
    const auto stream = mallory.connection().open_stream({.direction = direction});
    assert_true(!stream && stream.error() == rudp::Error::too_many_streams);
  }
  assert_true(mallory.connection().send(0, "hello").status == rudp::SendStatus::queued);
  assert_true(mallory.connection().send(1, "hello").status == rudp::SendStatus::out_of_channels);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_one_says_in_public_everybody_reads),
      cmocka_unit_test(a_private_message_reaches_one_only_online_or_later),
      cmocka_unit_test(a_wrong_password_and_an_unknown_name_get_the_same_answer),
      cmocka_unit_test(a_second_login_takes_over_and_the_first_is_told_from_where),
      cmocka_unit_test(stopping_tells_everybody_and_loses_no_acknowledgement),
      cmocka_unit_test(clients_that_hear_nothing_do_not_hold_up_the_end),
      cmocka_unit_test(an_operators_reason_reaches_the_users),
      cmocka_unit_test(the_log_tells_who_came_and_went_and_no_secret),
      cmocka_unit_test(a_password_that_was_wrong_twice_still_lets_the_right_one_in),
      cmocka_unit_test(a_text_of_the_greatest_length_is_stored),
      cmocka_unit_test(a_client_gets_no_stream_and_one_channel),
  };
  return cmocka_run_group_tests_name("server_talk", tests, nullptr, nullptr);
}
