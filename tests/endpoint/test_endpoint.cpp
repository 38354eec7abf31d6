// The door from outside: handshakes, messages, closing, and what strangers send.
#include <rudp/endpoint.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Error;
using rudp::EventType;
using test::bytes_of;
using test::EndpointPair;

namespace {

void a_pinned_client_and_its_server_connect(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(200ms);
  assert_int_equal(pair.client.count(EventType::connected), 1);
  assert_int_equal(pair.server.count(EventType::connected), 1);
  const auto client = pair.client.endpoint->info(connection).value();
  const auto server = pair.server.endpoint->info(pair.server.peer).value();
  assert_true(client.peer_key == pair.identity.public_key());
  assert_memory_equal(client.handshake_hash.data(), server.handshake_hash.data(), 64);
  assert_true(client.state == rudp::ConnectionState::open);
  assert_true(server.state == rudp::ConnectionState::open);
}

void a_first_contact_learns_the_servers_key(void**) {
  EndpointPair pair;
  const auto connection = pair.connect(/*pinned=*/false);
  pair.run_for(200ms);
  assert_true(pair.client.endpoint->info(connection).value().peer_key == pair.identity.public_key());
}

void messages_travel_both_ways_in_order(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  for (int i = 0; i < 100; ++i) {
    const auto sent =
        pair.client.endpoint->send(pair.now, connection, 7, bytes_of("to " + std::to_string(i)));
    assert_true(static_cast<bool>(sent));
  }
  pair.drain(pair.client);
  pair.run_for(1s);
  assert_int_equal(pair.server.messages.size(), 100);
  for (int i = 0; i < 100; ++i)
    assert_string_equal(pair.server.messages[static_cast<std::size_t>(i)].c_str(),
                        ("to " + std::to_string(i)).c_str());
  (void)pair.server.endpoint->send(pair.now, pair.server.peer, 0, bytes_of("back"));
  pair.drain(pair.server);
  pair.run_for(1s);
  assert_int_equal(pair.client.messages.size(), 1);
}

void sixteen_mebibytes_arrive_through_a_quarter_of_a_mebibyte_of_credit(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  std::string large(16u << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>('a' + i % 26);
  pair.run_for(100ms);
  assert_true(static_cast<bool>(pair.client.endpoint->send(pair.now, connection, 0, bytes_of(large))));
  pair.drain(pair.client);
  pair.run_for(20s);
  assert_int_equal(pair.server.messages.size(), 1);
  assert_true(pair.server.messages[0] == large);
}

void nothing_is_lost_when_every_third_datagram_is(void**) {
  EndpointPair pair;
  std::uint64_t draw = 12345;
  pair.filter = [&draw](test::Host&, std::vector<std::uint8_t>&) {
    draw = draw * 6364136223846793005U + 1442695040888963407U;
    return (draw >> 33) % 3 != 0;
  };
  const auto connection = pair.connect();
  for (int i = 0; i < 300; ++i)
    (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of(std::to_string(i)));
  pair.drain(pair.client);
  pair.run_for(60s);
  assert_int_equal(pair.server.messages.size(), 300);
  for (std::size_t i = 0; i < 300; ++i) assert_true(pair.server.messages[i] == std::to_string(i));
}

void close_waits_until_everything_is_acknowledged_and_brings_the_reason(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(100ms);
  const std::string large(300'000, 'y');
  (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of(large));
  pair.client.endpoint->close(pair.now, connection, 42, "good bye", 10s);
  assert_true(pair.client.endpoint->send(pair.now, connection, 0, bytes_of("late")).status ==
              rudp::SendStatus::closed);
  pair.drain(pair.client);
  pair.run_for(5s);
  assert_int_equal(pair.server.messages.size(), 1);
  const rudp::Event& told = pair.server.events.back();
  assert_true(told.type == EventType::closed);
  assert_true(told.error == Error::closed_by_peer);
  assert_int_equal(told.close_code, 42);
  assert_true(pair.client.events.back().type == EventType::closed);
  assert_true(pair.client.events.back().error == Error::closed_locally);
  assert_int_equal(pair.client.endpoint->connection_count(), 0);
  assert_int_equal(pair.server.endpoint->connection_count(), 0);
}

void a_silent_peer_is_given_up_after_the_idle_timeout(void**) {
  EndpointPair pair;
  (void)pair.connect();
  pair.run_for(200ms);
  pair.filter = [](test::Host&, std::vector<std::uint8_t>&) { return false; };
  pair.run_for(45s);
  assert_true(pair.client.events.back().error == Error::idle_timeout);
  assert_true(pair.server.events.back().error == Error::idle_timeout);
  assert_int_equal(pair.server.endpoint->connection_count(), 0);
}

void keep_alives_hold_an_idle_connection_for_an_hour(void**) {
  EndpointPair pair;
  (void)pair.connect();
  pair.run_for(1h);
  assert_int_equal(pair.client.count(EventType::closed), 0);
  assert_int_equal(pair.server.count(EventType::closed), 0);
  assert_in_range(pair.client.endpoint->statistics().datagrams_sent, 100, 2000);
}

void a_handshake_with_nobody_ends_after_its_timeout(void**) {
  EndpointPair pair;
  pair.filter = [](test::Host&, std::vector<std::uint8_t>&) { return false; };
  (void)pair.connect(/*pinned=*/false);
  pair.run_for(44s);
  assert_int_equal(pair.client.count(EventType::closed), 0);
  pair.run_for(2s);
  assert_int_equal(pair.client.count(EventType::closed), 1);
  assert_true(pair.client.events.back().error == Error::handshake_timeout);
}

// Threat H9.
void a_changed_server_key_is_told_with_the_new_key_and_never_connects(void**) {
  EndpointPair pair;
  test::ScriptedRandom other(77);
  rudp::ConnectOptions options;
  options.server_key = rudp::Identity::generate(other).public_key();
  (void)pair.connect_with(options);
  pair.run_for(60s);
  assert_int_equal(pair.client.count(EventType::connected), 0);
  const rudp::Event& told = pair.client.events.back();
  assert_true(told.error == Error::key_changed);
  assert_true(told.offered_key == pair.identity.public_key());
  assert_int_equal(pair.server.count(EventType::connected), 0);
}

/// A client that expects another key than the server's.
rudp::ConnectOptions expecting_another_key() {
  test::ScriptedRandom other(77);
  rudp::ConnectOptions options;
  options.server_key = rudp::Identity::generate(other).public_key();
  return options;
}

// Threat H9.
// Not only when the whole handshake has timed out, 45 s later.
void a_changed_server_key_is_told_within_four_seconds(void**) {
  EndpointPair pair;
  (void)pair.connect_with(expecting_another_key());
  pair.run_for(2s);
  assert_int_equal(pair.client.count(EventType::closed), 0);
  pair.run_for(2s);
  assert_int_equal(pair.client.count(EventType::closed), 1);
  assert_true(pair.client.events.back().error == Error::key_changed);
  assert_true(pair.client.events.back().offered_key == pair.identity.public_key());
}

// Threat H9.
// The server of the pinned key was cut off for longer than it takes to ask, and the probe changes nothing for
// it.
void a_server_that_answers_late_is_connected_to_under_its_own_key_alone(void**) {
  EndpointPair pair;
  pair.filter = [&](test::Host&, std::vector<std::uint8_t>&) {
    return pair.now >= rudp::Instant::from_ns(4'500'000'000);
  };
  (void)pair.connect();
  pair.run_for(20s);
  assert_int_equal(pair.client.count(EventType::connected), 1);
  assert_int_equal(pair.client.count(EventType::closed), 0);
}

/// A server with another key that answers in the place of the one that is asked.
struct Impostor {
  explicit Impostor(EndpointPair& its_pair) : pair(its_pair), host(config(), pair.server.address, 99) {}

  static rudp::EndpointConfig config() {
    test::ScriptedRandom random(77);
    rudp::EndpointConfig made;
    made.identity = rudp::Identity::generate(random);
    made.accept = true;
    return made;
  }
  void answer(std::vector<std::uint8_t> init) {
    host.endpoint->handle_datagram(pair.now, pair.client.address, init);
    std::vector<std::uint8_t> buffer(65536);
    for (rudp::Transmit transmit; host.endpoint->poll_transmit(pair.now, buffer, transmit);) {
      has_shown_its_key = has_shown_its_key || buffer[0] == 0x82;
      const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(transmit.bytes);
      pair.wire.push_back({pair.now + pair.delay, &pair.client, pair.server.address, {buffer.begin(), end}});
    }
  }

  EndpointPair& pair;
  test::Host host;
  bool has_shown_its_key = false;
};

// Threat H9.
// He has shortened the wait, and neither ended the attempt nor taken it over.
void who_shows_another_key_does_not_keep_the_pinned_server_from_answering(void**) {
  EndpointPair pair;
  Impostor impostor(pair);
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (impostor.has_shown_its_key) return true;
    if (&from == &pair.client) impostor.answer(bytes);
    return false;
  };
  (void)pair.connect();
  pair.run_for(60s);
  assert_true(impostor.has_shown_its_key);
  assert_int_equal(pair.client.count(EventType::connected), 1);
  assert_int_equal(pair.client.count(EventType::closed), 0);
  assert_int_equal(impostor.host.endpoint->statistics().connections_accepted, 0);
}

// Threat H10.
void a_replayed_init_leaves_nothing_behind_and_tells_the_application_nothing(void**) {
  EndpointPair pair;
  std::vector<std::uint8_t> init;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.client && bytes[0] == 0x80) init = bytes;
    return true;
  };
  const auto connection = pair.connect();
  pair.run_for(1s);
  pair.client.endpoint->close_now(pair.now, connection);
  pair.drain(pair.client);
  pair.run_for(30s);
  assert_int_equal(pair.server.endpoint->connection_count(), 0);
  const std::size_t events_before = pair.server.events.size();
  pair.server.endpoint->handle_datagram(pair.now, pair.client.address, init);
  pair.drain(pair.server);
  assert_int_equal(pair.server.endpoint->statistics().half_open, 1);
  pair.run_for(31s);
  assert_int_equal(pair.server.endpoint->connection_count(), 0);
  assert_int_equal(pair.server.events.size(), events_before);
}

// Threats P1, P2, P3.
void garbage_is_counted_and_changes_nothing(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  std::vector<std::uint8_t> packet;
  pair.run_for(200ms);
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.client) packet = bytes;
    return &from != &pair.client;
  };
  (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("never altered"));
  pair.drain(pair.client);
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    std::vector<std::uint8_t> flipped = packet;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
    pair.server.endpoint->handle_datagram(pair.now, pair.client.address, flipped);
    pair.drain(pair.server);
  }
  for (std::size_t length = 0; length < packet.size(); ++length) {
    std::vector<std::uint8_t> cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(length));
    pair.server.endpoint->handle_datagram(pair.now, pair.client.address, cut);
    pair.drain(pair.server);
  }
  assert_int_equal(pair.server.messages.size(), 0);
  assert_int_equal(pair.server.count(EventType::closed), 0);
  pair.server.endpoint->handle_datagram(pair.now, pair.client.address, packet);
  pair.drain(pair.server);
  assert_int_equal(pair.server.messages.size(), 1);
}

void a_restarted_server_tells_its_old_clients_at_once(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(200ms);
  rudp::EndpointConfig config;
  config.identity = pair.identity;
  config.accept = true;
  pair.server.endpoint = std::move(rudp::Endpoint::create(config, pair.server.random)).value();
  (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("?"));
  pair.drain(pair.client);
  pair.run_for(100ms);
  assert_true(pair.client.events.back().type == EventType::closed);
  assert_true(pair.client.events.back().error == Error::reset_by_peer);
}

//
void a_side_that_only_receives_has_its_acks_acknowledged_now_and_then(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(200ms);
  std::size_t server_bytes_max = 0;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.server) server_bytes_max = std::max(server_bytes_max, bytes.size());
    return true;
  };
  for (int i = 0; i < 500; ++i) {
    (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("one way"));
    pair.drain(pair.client);
    pair.run_for(7ms);
  }
  pair.run_for(100ms);
  assert_int_equal(pair.server.messages.size(), 500);
  // An ack of all ranges since the beginning would have grown with the skipped numbers.
  assert_in_range(server_bytes_max, 20, 60);
}

void a_stale_handle_is_refused_by_every_call(void**) {
  EndpointPair pair;
  const auto connection = pair.connect();
  pair.run_for(100ms);
  pair.client.endpoint->close_now(pair.now, connection);
  pair.drain(pair.client);
  pair.run_for(10s);
  assert_true(pair.client.endpoint->send(pair.now, connection, 0, bytes_of("x")).status ==
              rudp::SendStatus::closed);
  assert_true(pair.client.endpoint->info(connection).error() == Error::unknown_connection);
  pair.client.endpoint->close(pair.now, connection);
}

void a_config_out_of_range_names_its_field(void**) {
  test::ScriptedRandom random;
  rudp::EndpointConfig config;
  config.accept = true;
  const auto without_key = rudp::Endpoint::create(config, random);
  assert_false(without_key.has_value());
  assert_true(without_key.error().what.rfind("identity:", 0) == 0);
  config.accept = false;
  config.transport.max_idle = 0s;
  const auto no_idle = rudp::Endpoint::create(config, random);
  assert_true(no_idle.error().what.rfind("transport.max_idle:", 0) == 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_pinned_client_and_its_server_connect),
      cmocka_unit_test(a_first_contact_learns_the_servers_key),
      cmocka_unit_test(messages_travel_both_ways_in_order),
      cmocka_unit_test(sixteen_mebibytes_arrive_through_a_quarter_of_a_mebibyte_of_credit),
      cmocka_unit_test(nothing_is_lost_when_every_third_datagram_is),
      cmocka_unit_test(close_waits_until_everything_is_acknowledged_and_brings_the_reason),
      cmocka_unit_test(a_silent_peer_is_given_up_after_the_idle_timeout),
      cmocka_unit_test(keep_alives_hold_an_idle_connection_for_an_hour),
      cmocka_unit_test(a_handshake_with_nobody_ends_after_its_timeout),
      cmocka_unit_test(a_changed_server_key_is_told_with_the_new_key_and_never_connects),
      cmocka_unit_test(a_changed_server_key_is_told_within_four_seconds),
      cmocka_unit_test(a_server_that_answers_late_is_connected_to_under_its_own_key_alone),
      cmocka_unit_test(who_shows_another_key_does_not_keep_the_pinned_server_from_answering),
      cmocka_unit_test(a_replayed_init_leaves_nothing_behind_and_tells_the_application_nothing),
      cmocka_unit_test(garbage_is_counted_and_changes_nothing),
      cmocka_unit_test(a_restarted_server_tells_its_old_clients_at_once),
      cmocka_unit_test(a_side_that_only_receives_has_its_acks_acknowledged_now_and_then),
      cmocka_unit_test(a_stale_handle_is_refused_by_every_call),
      cmocka_unit_test(a_config_out_of_range_names_its_field),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
