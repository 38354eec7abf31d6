// The promise across a kill: what was acknowledged is in the database, and what was
// not is delivered exactly once after the restart.
#include <sys/resource.h>

#include <map>
#include <string>

#include "chat/storage/sqlite_engine.hpp"
#include "live/client.hpp"
#include "live/server.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace live;

constexpr int kAcknowledged = 300;
constexpr int kInDoubt = 100;
constexpr const char* kPassword = "correct horse";

std::string line(int number) { return "line " + std::to_string(number); }

/// The public room as the database has it, read while no server runs. The first account is alice.
std::vector<chat::Message> stored_in(const Server& server) {
  auto engine = chat::SqliteEngine::open(server.data() + "/chat.db");
  assert_true(engine.has_value());
  std::vector<chat::Message> all;
  for (bool more = true; more;) {
    const chat::StoreRequest fetch = chat::FetchMessages{1, chat::kPublicRoom, all.size()};
    const auto replies = (*engine)->apply({&fetch, 1});
    const auto* const page = std::get_if<chat::Page>(&replies.at(0));
    assert_non_null(page);
    all.insert(all.end(), page->messages.begin(), page->messages.end());
    more = page->complete_to < page->last_number;
  }
  return all;
}

std::map<std::string, int> counted(const std::vector<chat::Message>& messages) {
  std::map<std::string, int> counts;
  for (const chat::Message& message : messages) ++counts[message.text];
  return counts;
}

/// Dense numbers, and every line once, in the order in which it was written.
void assert_exactly_once_in_order(const std::vector<chat::Message>& messages, int lines) {
  assert_int_equal(messages.size(), lines);
  for (int i = 0; i < lines; ++i) {
    assert_int_equal(messages[static_cast<std::size_t>(i)].number, i + 1);
    assert_string_equal(messages[static_cast<std::size_t>(i)].text.c_str(), line(i).c_str());
  }
}

/// What a session was shown, in the same form.
std::vector<chat::Message> shown_to(const Client& client) {
  std::vector<chat::Message> shown;
  for (const chat::MessageArrived& arrived : client.heard.messages) shown.push_back(arrived.message);
  return shown;
}

void write_lines(Client& alice, int from, int to) {
  for (int i = from; i < to; ++i) {
    assert_true(alice.say(line(i)));
    alice.until([] { return true; });
  }
}

void a_killed_server_loses_nothing_that_it_acknowledged(void**) {
  Server server(std::string(kTalkative) + kCheapPasswords);
  assert_true(server.start());
  test::Loop loop;
  Client alice(loop, server.url());
  alice.connect();
  alice.register_account("alice", kPassword);
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  write_lines(alice, 0, kAcknowledged);
  assert_true(alice.until([&] { return alice.heard.stored.size() == kAcknowledged; }));

  // Some of these are stored, some acknowledged, some only on their way when the blow falls.
  write_lines(alice, kAcknowledged, kAcknowledged + kInDoubt);
  alice.until([&] { return alice.heard.stored.size() > kAcknowledged; }, milliseconds(2'000));
  server.kill_at_once();
  const std::size_t acknowledged = alice.heard.stored.size();
  std::printf("killed with %zu acknowledged and %zu in doubt\n", acknowledged, alice.session().outbox_size());

  const std::map<std::string, int> survivors = counted(stored_in(server));
  for (int i = 0; i < static_cast<int>(acknowledged); ++i) assert_int_equal(survivors.count(line(i)), 1);

  alice.reconnects = true;
  assert_true(server.start());
  assert_true(alice.until([&] { return alice.session().outbox_size() == 0; }));
  assert_true(alice.until([&] { return alice.heard.messages.size() == kAcknowledged + kInDoubt; }));
  assert_exactly_once_in_order(shown_to(alice), kAcknowledged + kInDoubt);
  assert_int_equal(server.stop(), 0);
  assert_exactly_once_in_order(stored_in(server), kAcknowledged + kInDoubt);
}

// A file that may not grow makes writing fail, as a broken disk would (threat D3).
void let_writing_fail_after_a_mebibyte() {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1 << 20, 1 << 20};
  setrlimit(RLIMIT_FSIZE, &limit);
}

void a_server_whose_disk_fails_stops_and_has_acknowledged_nothing_that_is_lost(void**) {
  Server server(std::string(kTalkative) + kCheapPasswords);
  assert_true(server.start(let_writing_fail_after_a_mebibyte));
  test::Loop loop;
  Client alice(loop, server.url());
  alice.connect();
  alice.register_account("alice", kPassword);
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  const std::string padding(10'000, 'x');
  for (int i = 0; i < 400; ++i) assert_true(alice.say(line(i) + padding));
  assert_true(alice.until([&] { return !alice.heard.closings.empty(); }));
  assert_true(alice.heard.closings[0].closing.reason == chat::ClosingReason::restarting);
  assert_true(alice.until([&] { return !alice.heard.closed.empty(); }));
  assert_int_equal(server.process().wait(), 1);
  assert_int_equal(server.process().err().find("rchatd: "), 0);

  const std::size_t acknowledged = alice.heard.stored.size();
  assert_true(acknowledged > 0 && acknowledged < 400);
  const std::map<std::string, int> survivors = counted(stored_in(server));
  for (std::size_t i = 0; i < acknowledged; ++i)
    assert_int_equal(survivors.count(line(static_cast<int>(i)) + padding), 1);

  alice.reconnects = true;
  assert_true(server.start());
  assert_true(alice.until([&] { return alice.session().outbox_size() == 0; }));
  assert_int_equal(server.stop(), 0);
  const std::vector<chat::Message> all = stored_in(server);
  assert_int_equal(all.size(), 400);
  for (const auto& entry : counted(all)) assert_int_equal(entry.second, 1);
}

void a_client_notices_a_killed_server_that_came_back_at_once(void**) {
  Server server;
  assert_true(server.start());
  test::Loop loop;
  Client alice(loop, server.url());
  alice.reconnects = true;
  alice.connect();
  alice.register_account("alice", kPassword);
  assert_true(alice.until([&] { return alice.heard.logins.size() == 1; }));
  server.kill_at_once();
  assert_true(server.start());
  // The first sign of life that either side gives is answered by a reset: no later than a keep-alive.
  assert_true(alice.until([&] { return alice.heard.logins.size() == 2; }));
  assert_true(alice.heard.logins[1].resumed);
  assert_true(alice.heard.closed.at(0).error == rudp::Error::reset_by_peer);
}

void a_killed_server_leaves_nothing_in_the_way_of_the_next(void**) {
  Server server;
  for (int i = 0; i < 3; ++i) {
    assert_true(server.start());
    assert_int_equal(server.ask({"status"}).code, 0);
    server.kill_at_once();
    const Ended asked = server.ask({"status"});
    assert_int_equal(asked.code, 1);
    assert_true(asked.err.find("no rchatd runs here") != std::string::npos);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_killed_server_loses_nothing_that_it_acknowledged),
      cmocka_unit_test(a_server_whose_disk_fails_stops_and_has_acknowledged_nothing_that_is_lost),
      cmocka_unit_test(a_client_notices_a_killed_server_that_came_back_at_once),
      cmocka_unit_test(a_killed_server_leaves_nothing_in_the_way_of_the_next),
  };
  return cmocka_run_group_tests_name("server_kill", tests, nullptr, nullptr);
}
