// The libuv endpoint as an app uses it, live on loopback: messages, receipts, back-pressure, many
// connections.
#include <rudp/uv_endpoint.hpp>

#include <algorithm>
#include <map>

#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::as_bytes;
using rudp::uv::Connection;
using std::chrono::milliseconds;
using test::Pair;

namespace {

// Bytes that are not equal at any two near places.
std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t state = 1;
  for (char& byte : text) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return text;
}

void check_echo(const std::string& bind) {
  Pair pair(test::server_options({bind}));
  pair.echo();
  Connection peer = pair.connect();
  assert_true(bool(peer.send(3, "hello")));
  assert_true(pair.loop.run_until([&] { return !pair.at_client.messages.empty(); }));
  assert_string_equal(pair.at_client.messages[0].c_str(), "hello");
  assert_int_equal(pair.at_client.connected.size(), 1);
  assert_true(pair.at_client.connected[0] == peer);
  assert_int_equal(pair.at_server.connected.size(), 1);
  assert_true(peer.info()->state == ConnectionState::open);
  assert_true(peer.statistics()->packets_received > 0);
}

void a_message_is_echoed_over_ipv4(void**) { check_echo(test::kAnyPort4); }
void a_message_is_echoed_over_ipv6(void**) { check_echo(test::kAnyPort6); }

void both_ends_agree_on_who_they_are(void**) {
  uv::Options options = test::server_options();
  const PublicKey key = options.identity.public_key();
  Pair pair(options);
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  assert_true(pair.loop.run_until([&] { return !pair.at_server.connected.empty(); }));
  assert_true(peer.info()->peer_key == key);
  assert_true(peer.info()->handshake_hash == pair.at_server.connected[0].info()->handshake_hash);
  assert_true(peer.info()->remote == pair.server->sockets()[0].local);
}

void without_a_key_the_one_that_answers_is_told(void**) {
  Pair pair;
  Url url = *Url::parse(pair.server->url());
  const PublicKey key = *std::exchange(url.key, std::nullopt);
  Connection peer = pair.client->connect(url);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  assert_true(peer.info()->peer_key == key);
}

void a_message_of_one_mebibyte_arrives_unaltered(void**) {
  Pair pair;
  const std::string large = pattern(1 << 20);
  Connection peer = pair.connect();
  assert_true(bool(peer.send(0, large)));
  assert_true(pair.loop.run_until([&] { return !pair.at_server.messages.empty(); }));
  assert_true(pair.at_server.messages[0] == large);
}

void every_message_arrives_once_and_in_order(void**) {
  Pair pair;
  Connection peer = pair.connect();
  for (int i = 0; i < 2000; ++i) assert_true(bool(peer.send(0, std::to_string(i))));
  assert_true(pair.loop.run_until([&] { return pair.at_server.messages.size() >= 2000; }));
  for (std::size_t i = 0; i < 2000; ++i) assert_true(pair.at_server.messages[i] == std::to_string(i));
  pair.loop.run_for(milliseconds(50));
  assert_int_equal(pair.at_server.messages.size(), 2000);
}

void messages_of_one_turn_share_datagrams(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_server.connected.empty(); }));
  const std::uint64_t before = peer.statistics()->packets_sent;
  for (int i = 0; i < 100; ++i) assert_true(bool(peer.send(0, "0123456789")));
  assert_true(pair.loop.run_until([&] { return pair.at_server.messages.size() == 100; }));
  assert_true(peer.statistics()->packets_sent - before < 20);
}

void a_receipt_names_the_message_and_proves_its_delivery(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(bool(peer.send(0, "without")));
  const SendResult sent = peer.send(0, "with", {.receipt = true});
  assert_true(pair.loop.run_until([&] { return !pair.at_client.receipts.empty(); }));
  assert_int_equal(pair.at_client.receipts[0].first, sent.id);
  assert_true(pair.at_client.receipts[0].second == ReceiptStatus::delivered);
  assert_int_equal(pair.at_server.messages.size(), 2);
}

void a_full_queue_is_answered_and_its_end_is_told(void**) {
  Pair pair;
  Connection peer = pair.connect();
  const std::string chunk = pattern(10'000);
  std::size_t queued = 0;
  while (peer.send(0, chunk)) ++queued;
  assert_true(queued > 10 && queued < 1000);
  assert_true(pair.loop.run_until([&] { return pair.at_client.writable > 0; }));
  assert_true(bool(peer.send(0, chunk)));
  assert_true(pair.loop.run_until([&] { return pair.at_server.messages.size() == queued + 1; }));
}

void two_hundred_connections_are_served_at_once(void**) {
  Pair pair;
  pair.echo();
  std::map<std::uint64_t, std::string> expected, received;
  pair.client->on_message(
      [&](Connection who, const Message& message) { received[who.id()] += uv::as_text(message.bytes); });
  for (int i = 0; i < 200; ++i) {
    Connection peer = pair.connect();
    expected[peer.id()] = "from " + std::to_string(i);
    assert_true(bool(peer.send(0, expected[peer.id()])));
  }
  assert_int_equal(expected.size(), 200);
  assert_true(pair.loop.run_until([&] { return received.size() == 200; }));
  assert_true(received == expected);
  assert_int_equal(pair.server->statistics().connections, 200);
}

void a_quiet_connection_costs_no_turns(void**) {
  Pair pair;
  pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_server.connected.empty(); }));
  pair.loop.run_for(milliseconds(300));
  const int before = pair.loop.turns();
  pair.loop.run_for(milliseconds(400));
  assert_true(pair.loop.turns() - before <= 100);  // 20 of them are the test's own tick; what spins makes thousands
}

void a_callback_may_send_connect_and_close(void**) {
  Pair pair;
  pair.echo();
  int rounds = 0;
  pair.client->on_message([&](Connection who, const Message& message) {
    if (++rounds < 50) return static_cast<void>(who.send(message.channel, message.bytes));
    who.close(7);
    assert_true(who.send(0, "too late").status == SendStatus::closed);
  });
  pair.client->on_close([&](Connection, const uv::Closed&) {
    if (rounds < 60) assert_true(bool(pair.connect().send(0, "again")));
  });
  assert_true(bool(pair.connect().send(0, "round")));
  assert_true(pair.loop.run_until([&] { return rounds >= 60; }));
}

void a_connection_that_ended_answers_closed(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  peer.close_now();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::closed_locally);
  assert_true(peer.send(0, "late").status == SendStatus::closed);
  assert_true(!peer.info() && peer.info().error() == Error::closed);
  assert_true(!peer.statistics());
  peer.close();
  peer.close_now();
  assert_true(Connection().send(0, "nobody").status == SendStatus::closed);
}

void close_sends_what_was_queued_and_gives_its_reason(void**) {
  Pair pair;
  Connection peer = pair.connect();
  const std::string chunk = pattern(5000);
  for (int i = 0; i < 100; ++i) assert_true(bool(peer.send(0, chunk)));
  peer.close(42, "good bye");
  assert_true(pair.loop.run_until([&] { return !pair.at_server.closes.empty(); }));
  assert_int_equal(pair.at_server.messages.size(), 100);
  assert_true(pair.at_server.closes[0].error == Error::closed_by_peer);
  assert_int_equal(pair.at_server.closes[0].code, 42);
  assert_string_equal(pair.at_server.closes[0].reason.c_str(), "good bye");
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(pair.at_client.closes[0].error == Error::closed_locally);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_is_echoed_over_ipv4),
      cmocka_unit_test(a_message_is_echoed_over_ipv6),
      cmocka_unit_test(both_ends_agree_on_who_they_are),
      cmocka_unit_test(without_a_key_the_one_that_answers_is_told),
      cmocka_unit_test(a_message_of_one_mebibyte_arrives_unaltered),
      cmocka_unit_test(every_message_arrives_once_and_in_order),
      cmocka_unit_test(messages_of_one_turn_share_datagrams),
      cmocka_unit_test(a_receipt_names_the_message_and_proves_its_delivery),
      cmocka_unit_test(a_full_queue_is_answered_and_its_end_is_told),
      cmocka_unit_test(two_hundred_connections_are_served_at_once),
      cmocka_unit_test(a_quiet_connection_costs_no_turns),
      cmocka_unit_test(a_callback_may_send_connect_and_close),
      cmocka_unit_test(a_connection_that_ended_answers_closed),
      cmocka_unit_test(close_sends_what_was_queued_and_gives_its_reason),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
