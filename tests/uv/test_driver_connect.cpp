// Ways to a server: names, several addresses, addresses that do not answer, keys that are not the right ones.
#include <rudp/uv_endpoint.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

#include "support/silent_port.hpp"
#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using std::chrono::milliseconds;
using test::Pair;
using test::SilentPort;

namespace {

const Address kLoopback6 = *Address::parse(test::kAnyPort6);

ConnectOptions pinned(const uv::Endpoint& server) {
  ConnectOptions options;
  options.server_key = Url::parse(server.url())->key;
  return options;
}

uv::Options impatient() {
  uv::Options options;
  options.transport.handshake_timeout = std::chrono::seconds(1);
  return options;
}

void a_name_is_resolved(void**) {
  Pair pair(test::server_options({"127.0.0.1:0", "[::1]:0"}));
  Url url = *Url::parse(pair.server->url(0));
  url.host = "localhost";
  Connection peer = pair.client->connect(url);
  assert_true(peer.info()->state == ConnectionState::handshaking);
  assert_true(bool(peer.send(0, "early")));
  assert_true(pair.loop.run_until([&] { return !pair.at_server.messages.empty(); }));
  assert_string_equal(pair.at_server.messages[0].c_str(), "early");
}

void a_family_that_does_not_answer_is_passed_over(void**) {
  Pair pair;
  const SilentPort dead(kLoopback6);
  const Instant start = pair.client->now();
  Connection peer = pair.client->connect({dead.address(), pair.server->sockets()[0].local}, pinned(*pair.server));
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  assert_true(pair.at_client.connected[0] == peer);
  assert_true(pair.client->now() - start >= milliseconds(250));
  assert_true(pair.client->now() - start < std::chrono::seconds(30));  // the first is given up after 45 s
  assert_true(peer.info()->remote == pair.server->sockets()[0].local);
  pair.loop.run_for(milliseconds(50));
  assert_int_equal(pair.at_client.connected.size(), 1);
  assert_int_equal(pair.at_client.closes.size(), 0);
  assert_int_equal(pair.client->statistics().connections_opened, 1);
}

void what_was_sent_before_an_address_answered_arrives_once_and_in_order(void**) {
  Pair pair;
  const SilentPort dead(kLoopback6);
  Connection peer = pair.client->connect({dead.address(), pair.server->sockets()[0].local}, pinned(*pair.server));
  std::vector<MessageId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(peer.send(0, std::to_string(i), {.receipt = true}).id);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  ids.push_back(peer.send(0, "20", {.receipt = true}).id);
  assert_true(pair.loop.run_until([&] { return pair.at_client.receipts.size() == 21; }));
  assert_int_equal(pair.at_server.messages.size(), 21);
  for (std::size_t i = 0; i < 21; ++i) {
    assert_true(pair.at_server.messages[i] == std::to_string(i));
    assert_int_equal(pair.at_client.receipts[i].first, ids[i]);
    assert_true(pair.at_client.receipts[i].second == ReceiptStatus::delivered);
  }
}

void a_full_early_queue_is_answered_and_its_end_is_told(void**) {
  Pair pair;
  const SilentPort dead(kLoopback6);
  Connection peer = pair.client->connect({dead.address(), pair.server->sockets()[0].local}, pinned(*pair.server));
  const std::string chunk(50'000, 'x');
  std::size_t queued = 0;
  while (peer.send(0, chunk)) ++queued;
  assert_true(queued > 5 && queued < 50);
  // What waited here fills the connection's own queue at first; that says when it has room as well.
  int told = 0;
  pair.client->on_writable([&](Connection who) { told += who.send(0, chunk) ? 1 : 0; });
  assert_true(pair.loop.run_until([&] { return told > 0; }));
  assert_true(pair.loop.run_until([&] { return pair.at_server.messages.size() == queued + 1; }));
}

void a_close_before_an_address_answered_still_sends_first(void**) {
  Pair pair;
  const SilentPort dead(kLoopback6);
  Connection peer = pair.client->connect({dead.address(), pair.server->sockets()[0].local}, pinned(*pair.server));
  assert_true(bool(peer.send(0, "all I had to say")));
  peer.close(9, "bye");
  assert_true(peer.send(0, "more").status == SendStatus::closed);
  assert_true(pair.loop.run_until([&] { return !pair.at_server.closes.empty(); }));
  assert_string_equal(pair.at_server.messages[0].c_str(), "all I had to say");
  assert_int_equal(pair.at_server.closes[0].code, 9);
}

void a_close_before_an_address_answered_ends_with_its_drain(void**) {
  test::Loop loop;
  const SilentPort dead4(test::kLoopback4), dead6(kLoopback6);
  const auto client = *uv::Endpoint::open(loop.get(), {});
  test::Log log(*client);
  Connection peer = client->connect({dead6.address(), dead4.address()});
  const SendResult sent = peer.send(0, "to nobody", {.receipt = true});
  peer.close(0, "", milliseconds(100));
  assert_true(loop.run_until([&] { return !log.closes.empty(); }));
  assert_true(log.closes[0].error == Error::closed_locally);
  assert_int_equal(log.receipts.size(), 1);
  assert_int_equal(log.receipts[0].first, sent.id);
  assert_true(log.receipts[0].second == ReceiptStatus::lost);
}

void the_first_to_answer_is_the_only_one_that_stays(void**) {
  Pair pair(test::server_options({test::kAnyPort6, test::kAnyPort4}));
  const std::vector<uv::SocketInfo> sockets = pair.server->sockets();
  pair.client->connect({sockets[0].local, sockets[1].local}, pinned(*pair.server));
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  pair.loop.run_for(milliseconds(400));
  assert_int_equal(pair.at_client.connected.size(), 1);
  assert_int_equal(pair.client->statistics().connections, 1);
  // On a slow machine the other may have been asked and have answered as well: then it was told to go.
  assert_true(pair.loop.run_until([&] {
    return pair.at_server.connected.size() == pair.at_server.closes.size() + 1 &&
           pair.server->statistics().connections == 1;
  }));
}

// Without a token each visit costs a retry; what a busy machine repeats may cost one more, so one of some
// visits without any is the proof.
void a_later_visit_shows_the_token_of_the_one_before(void**) {
  Pair pair;
  bool any_without = false;
  for (std::size_t visit = 1; visit <= 6; ++visit) {
    const std::uint64_t before = pair.server->statistics().retries_sent;
    Connection peer = pair.connect();
    assert_true(pair.loop.run_until([&] {
      return pair.at_client.connected.size() == visit && pair.at_server.connected.size() == visit;
    }));
    const bool without = pair.server->statistics().retries_sent == before;
    if (visit == 1) assert_false(without);
    any_without = any_without || without;
    peer.close_now();
    assert_true(pair.loop.run_until([&] { return pair.at_client.closes.size() == visit; }));
  }
  assert_true(any_without);
}

void nobody_there_is_said_after_the_handshakes_time(void**) {
  test::Loop loop;
  const SilentPort dead4(test::kLoopback4), dead6(kLoopback6);
  const auto client = *uv::Endpoint::open(loop.get(), impatient());
  test::Log log(*client);
  client->connect({dead6.address(), dead4.address()});
  client->connect({dead4.address()});
  assert_int_equal(log.closes.size(), 0);
  assert_true(loop.run_until([&] { return log.closes.size() == 2; }));
  for (const uv::Closed& closed : log.closes) assert_true(closed.error == Error::handshake_timeout);
}

void a_changed_key_is_told_with_the_new_one(void**) {
  Pair pair(test::server_options(), impatient());  // asks for the new key when its time is over
  ConnectOptions options;
  options.server_key = test::new_identity().public_key();
  pair.client->connect({pair.server->sockets()[0].local}, options);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::key_changed);
  assert_true(pair.at_client.closes[0].offered_key == Url::parse(pair.server->url())->key);
  assert_int_equal(pair.at_client.connected.size(), 0);
}

void a_name_that_does_not_exist_is_said_from_the_loop(void**) {
  Pair pair;
  const std::string name = std::string(64, 'a') + ".invalid";
  const auto peer = pair.client->connect("rudp://" + name + ":9/");
  if (!peer) return assert_true(peer.error().code == Error::bad_address);
  assert_int_equal(pair.at_client.closes.size(), 0);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::name_not_resolved);
}

void a_bad_url_is_refused_at_once(void**) {
  Pair pair;
  for (const char* text :
       {"", "http://localhost:1/", "rudp://localhost", "rudp://:1", "rudp://localhost:99999/"})
    assert_true(!pair.client->connect(text));
  const auto bad_key = pair.client->connect("rudp://localhost:1/#short");
  assert_true(bad_key.error().code == Error::bad_key);
}

void no_address_at_all_is_a_bad_address(void**) {
  Pair pair;
  pair.client->connect(std::vector<Address>{});
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::bad_address);
}

void a_connection_closed_while_its_name_is_resolved_ends(void**) {
  Pair pair;
  Connection peer = pair.client->connect(*Url::parse("rudp://localhost:1/"));
  peer.close();
  assert_int_equal(pair.at_client.closes.size(), 0);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::closed_locally);
}

// Threat R3.
void r3_without_a_free_descriptor_the_connection_ends_and_a_later_one_opens(void**) {
  Pair pair;
  rlimit before{};
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = dup(0);
  close(next);
  const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  pair.connect();
  const bool closed = pair.loop.run_until([&] { return !pair.at_client.closes.empty(); });
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_true(closed);
  assert_true(pair.at_client.closes[0].error == Error::io_error);
  pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
}

void an_endpoint_destroyed_while_it_resolves_leaves_nothing_behind(void**) {
  Pair pair;
  pair.client->connect(*Url::parse("rudp://localhost:1/"));
  pair.client.reset();
  pair.loop.run_for(milliseconds(20));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_name_is_resolved),
      cmocka_unit_test(a_family_that_does_not_answer_is_passed_over),
      cmocka_unit_test(what_was_sent_before_an_address_answered_arrives_once_and_in_order),
      cmocka_unit_test(a_full_early_queue_is_answered_and_its_end_is_told),
      cmocka_unit_test(a_close_before_an_address_answered_still_sends_first),
      cmocka_unit_test(a_close_before_an_address_answered_ends_with_its_drain),
      cmocka_unit_test(the_first_to_answer_is_the_only_one_that_stays),
      cmocka_unit_test(a_later_visit_shows_the_token_of_the_one_before),
      cmocka_unit_test(nobody_there_is_said_after_the_handshakes_time),
      cmocka_unit_test(a_changed_key_is_told_with_the_new_one),
      cmocka_unit_test(a_name_that_does_not_exist_is_said_from_the_loop),
      cmocka_unit_test(a_bad_url_is_refused_at_once),
      cmocka_unit_test(no_address_at_all_is_a_bad_address),
      cmocka_unit_test(a_connection_closed_while_its_name_is_resolved_ends),
      cmocka_unit_test(r3_without_a_free_descriptor_the_connection_ends_and_a_later_one_opens),
      cmocka_unit_test(an_endpoint_destroyed_while_it_resolves_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
