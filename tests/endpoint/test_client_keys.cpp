// Clients with a key of their own and keys shared beforehand, over every pattern.
#include <rudp/endpoint.hpp>

#include <array>
#include <functional>
#include <vector>

#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Error;
using rudp::EventType;
using rudp::IdentityPattern;
using test::bytes_of;
using test::EndpointPair;

namespace {

constexpr IdentityPattern kBoth[] = {IdentityPattern::xk, IdentityPattern::ik};

rudp::Identity identity_of(std::uint64_t seed) {
  test::ScriptedRandom random(seed);
  return rudp::Identity::generate(random);
}

rudp::PreSharedKey shared_key(std::uint8_t fill) {
  return rudp::PreSharedKey::from_bytes(std::array<std::uint8_t, 32>{fill}).value();
}

rudp::ConnectOptions options_of(const EndpointPair& pair, IdentityPattern pattern) {
  rudp::ConnectOptions options;
  options.server_key = pair.identity.public_key();
  options.identity = identity_of(77);
  options.identity_pattern = pattern;
  return options;
}

std::uint8_t type_of(const std::vector<std::uint8_t>& datagram) { return datagram[0]; }

void the_servers_application_reads_the_clients_key(void**) {
  for (const bool shared : {false, true}) {
    for (const IdentityPattern pattern : kBoth) {
      EndpointPair pair({}, 1, [&](rudp::EndpointConfig& server) {
        server.require_client_key = true;
        if (shared) server.pre_shared_key = shared_key(5);
      });
      rudp::ConnectOptions options = options_of(pair, pattern);
      if (shared) options.pre_shared_key = shared_key(5);
      const auto connection = pair.connect_with(options);
      (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("it is me"));
      pair.run_for(300ms);
      assert_int_equal(pair.client.count(EventType::connected), 1);
      assert_int_equal(pair.server.count(EventType::connected), 1);
      const auto seen = pair.server.endpoint->info(pair.server.peer).value();
      assert_true(seen.peer_key == options.identity.public_key());
      const auto own = pair.client.endpoint->info(connection).value();
      assert_true(own.peer_key == pair.identity.public_key());
      assert_true(own.handshake_hash == seen.handshake_hash);
      assert_int_equal(pair.server.messages.size(), 1);
    }
  }
}

void an_identity_without_the_servers_key_is_refused_at_the_call(void**) {
  EndpointPair pair;
  rudp::ConnectOptions options;
  options.identity = identity_of(77);
  assert_true(pair.client.endpoint->connect(pair.now, pair.server.address, options).error() ==
              Error::invalid_argument);
}

void a_server_that_wants_a_client_key_keeps_silent_to_others(void**) {
  EndpointPair pair({}, 1, [](rudp::EndpointConfig& server) { server.require_client_key = true; });
  (void)pair.connect();
  pair.run_for(60s);
  assert_true(pair.client.events.back().error == Error::handshake_timeout);
  assert_int_equal(pair.server.endpoint->statistics().retries_sent, 0);
  assert_int_equal(pair.server.endpoint->statistics().key_agreements, 0);
}

void only_the_same_shared_key_connects(void**) {
  for (const bool pinned : {true, false}) {
    for (const std::uint8_t fill : {std::uint8_t{5}, std::uint8_t{6}, std::uint8_t{0}}) {
      EndpointPair pair({}, 1, [](rudp::EndpointConfig& server) { server.pre_shared_key = shared_key(5); });
      rudp::ConnectOptions options;
      if (pinned) options.server_key = pair.identity.public_key();
      if (fill != 0) options.pre_shared_key = shared_key(fill);
      (void)pair.connect_with(options);
      pair.run_for(60s);
      assert_int_equal(pair.client.count(EventType::connected), fill == 5 ? 1 : 0);
      assert_int_equal(pair.server.count(EventType::connected), fill == 5 ? 1 : 0);
      if (fill != 5) assert_true(pair.client.events.back().error == Error::handshake_timeout);
    }
  }
}

// Threat H16.
void a_server_does_not_take_its_own_key_for_a_clients(void**) {
  for (const IdentityPattern pattern : kBoth) {
    EndpointPair pair;
    rudp::ConnectOptions options = options_of(pair, pattern);
    options.identity = pair.identity;
    assert_true(pair.client.endpoint->connect(pair.now, pair.server.address, options).error() ==
                Error::bad_key);
  }
}

// Threat H18.
void four_packets_before_the_third_message_are_kept_and_more_are_not(void**) {
  EndpointPair pair;
  std::vector<std::uint8_t> fin;
  std::size_t early = 0;
  bool holding = true;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.server || !holding) return true;
    if (type_of(bytes) == 0x83) fin = bytes;
    if (type_of(bytes) < 0x80) ++early;
    return type_of(bytes) != 0x83;
  };
  const auto connection = pair.connect_with(options_of(pair, IdentityPattern::xk));
  for (int i = 0; i < 9; ++i) {
    pair.run_for(60ms);
    (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("early"));
    pair.drain(pair.client);
  }
  pair.run_for(20ms);
  assert_true(early > 4);
  assert_int_equal(pair.server.count(EventType::connected), 0);
  const auto dropped = pair.server.endpoint->statistics().dropped_duplicate;
  assert_int_equal(dropped, early - 4);

  pair.server.endpoint->handle_datagram(pair.now, pair.client.address, fin);
  pair.drain(pair.server);
  assert_int_equal(pair.server.count(EventType::connected), 1);
  assert_true(!pair.server.messages.empty());
  holding = false;
  pair.run_for(2s);
  assert_int_equal(pair.server.messages.size(), 9);
}

void the_third_message_is_repeated_as_it_was_until_the_server_is_heard(void**) {
  EndpointPair pair;
  std::vector<std::vector<std::uint8_t>> fins;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.client && type_of(bytes) == 0x83) fins.push_back(bytes);
    return &from != &pair.server || type_of(bytes) >= 0x80;
  };
  (void)pair.connect_with(options_of(pair, IdentityPattern::xk));
  pair.run_for(2s);
  assert_true(fins.size() >= 5);
  for (const auto& fin : fins) assert_true(fin == fins[0]);
  assert_in_range(fins[0].size(), 73, 89);
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.client && type_of(bytes) == 0x83) fins.push_back(bytes);
    return true;
  };
  pair.run_for(500ms);
  const std::size_t before = fins.size();
  pair.run_for(5s);
  assert_int_equal(fins.size(), before);
  assert_int_equal(pair.client.count(EventType::connected), 1);
}

// Threats H7, H18.
void a_forged_third_message_leaves_room_for_the_genuine_one(void**) {
  EndpointPair pair;
  int forged = 0;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.server || type_of(bytes) != 0x83) return true;
    for (std::size_t bit = 9 * 8; bit < bytes.size() * 8; ++bit, ++forged) {
      std::vector<std::uint8_t> altered = bytes;
      altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ (1u << bit % 8));
      pair.server.endpoint->handle_datagram(pair.now, pair.client.address, altered);
    }
    for (std::size_t length = 9; length < bytes.size(); ++length) {
      std::vector<std::uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      pair.server.endpoint->handle_datagram(pair.now, pair.client.address, cut);
    }
    std::vector<std::uint8_t> elsewhere = bytes;
    pair.server.endpoint->handle_datagram(pair.now, rudp::Address::v4(10, 9, 9, 9, 5000), elsewhere);
    assert_int_equal(pair.server.endpoint->connection_count(), 1);
    return true;
  };
  (void)pair.connect_with(options_of(pair, IdentityPattern::xk));
  pair.run_for(1s);
  assert_true(forged > 500);
  assert_int_equal(pair.server.count(EventType::connected), 1);
}

// Threat H10.
void a_recorded_init_shows_no_client_to_the_application(void**) {
  EndpointPair pair;
  std::vector<std::uint8_t> init;
  pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
    if (&from == &pair.client && type_of(bytes) == 0x80) init = bytes;
    return &from == &pair.server || type_of(bytes) == 0x80;
  };
  (void)pair.connect_with(options_of(pair, IdentityPattern::ik));
  pair.run_for(300ms);
  assert_int_equal(pair.server.endpoint->statistics().half_open, 1);
  pair.run_for(60s);
  assert_int_equal(pair.server.endpoint->statistics().half_open, 0);
  assert_true(pair.server.events.empty());
}

// Threat H17.
void handshake_packets_of_an_open_connection_change_and_cost_nothing(void**) {
  for (const IdentityPattern pattern : kBoth) {
    EndpointPair pair;
    std::vector<std::vector<std::uint8_t>> to_server, to_client;
    pair.filter = [&](test::Host& from, std::vector<std::uint8_t>& bytes) {
      if (type_of(bytes) >= 0x80) (&from == &pair.client ? to_server : to_client).push_back(bytes);
      return true;
    };
    const auto connection = pair.connect_with(options_of(pair, pattern));
    pair.run_for(1s);
    pair.filter = {};
    assert_true(to_server.size() >= 2 && to_client.size() == 2);
    const auto agreements = pair.server.endpoint->statistics().key_agreements;
    const auto hash = pair.client.endpoint->info(connection).value().handshake_hash;
    for (int i = 0; i < 1000; ++i) {
      for (auto datagram : to_server)
        pair.server.endpoint->handle_datagram(pair.now, pair.client.address, datagram);
      for (auto datagram : to_client)
        pair.client.endpoint->handle_datagram(pair.now, pair.server.address, datagram);
      pair.drain(pair.server);
      pair.drain(pair.client);
    }
    assert_int_equal(pair.server.endpoint->statistics().key_agreements, agreements);
    assert_int_equal(pair.server.endpoint->connection_count(), 1);
    assert_true(pair.client.endpoint->info(connection).value().handshake_hash == hash);
    (void)pair.client.endpoint->send(pair.now, connection, 0, bytes_of("still here"));
    pair.drain(pair.client);
    pair.run_for(1s);
    assert_int_equal(pair.server.messages.size(), 1);
    assert_int_equal(pair.client.count(EventType::closed) + pair.server.count(EventType::closed), 0);
  }
}

void handshakes_of_every_pattern_complete_under_loss(void**) {
  int connected = 0;
  for (int seed = 1; seed <= 20; ++seed) {
    for (const IdentityPattern pattern : kBoth) {
      EndpointPair pair({}, static_cast<std::uint64_t>(seed));
      std::uint64_t draw = static_cast<std::uint64_t>(seed);
      pair.filter = [&draw](test::Host&, std::vector<std::uint8_t>&) {
        draw = draw * 6364136223846793005U + 1442695040888963407U;
        return (draw >> 33) % 2 != 0;
      };
      (void)pair.connect_with(options_of(pair, pattern));
      pair.run_for(40s);
      connected += static_cast<int>(pair.client.count(EventType::connected));
    }
  }
  assert_int_equal(connected, 40);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_servers_application_reads_the_clients_key),
      cmocka_unit_test(an_identity_without_the_servers_key_is_refused_at_the_call),
      cmocka_unit_test(a_server_that_wants_a_client_key_keeps_silent_to_others),
      cmocka_unit_test(only_the_same_shared_key_connects),
      cmocka_unit_test(a_server_does_not_take_its_own_key_for_a_clients),
      cmocka_unit_test(four_packets_before_the_third_message_are_kept_and_more_are_not),
      cmocka_unit_test(the_third_message_is_repeated_as_it_was_until_the_server_is_heard),
      cmocka_unit_test(a_forged_third_message_leaves_room_for_the_genuine_one),
      cmocka_unit_test(a_recorded_init_shows_no_client_to_the_application),
      cmocka_unit_test(handshake_packets_of_an_open_connection_change_and_cost_nothing),
      cmocka_unit_test(handshakes_of_every_pattern_complete_under_loss),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
