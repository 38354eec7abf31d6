// Whose INIT is answered: cookies, address tokens, handshakes without either, and full tables.
#include <rudp/endpoint.hpp>

#include <vector>

#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::EventType;
using test::EndpointPair;

namespace {

using Datagram = std::vector<std::uint8_t>;

std::size_t token_bytes_of(const Datagram& init) { return init[14]; }

/// Counts the INITs on the wire, and lets `then` see them.
void watch_inits(EndpointPair& pair, std::vector<Datagram>& inits) {
  pair.filter = [&](test::Host& from, Datagram& bytes) {
    if (&from == &pair.client && bytes[0] == 0x80) inits.push_back(bytes);
    return true;
  };
}

rudp::ConnectOptions returning(EndpointPair& pair) {
  const auto first = pair.connect();
  pair.run_for(200ms);
  rudp::ConnectOptions options;
  options.server_key = pair.identity.public_key();
  options.address_token = pair.client.endpoint->info(first).value().address_token;
  pair.client.endpoint->close_now(pair.now, first);
  pair.drain(pair.client);
  pair.run_for(5s);
  pair.client.events.clear();
  return options;
}

void a_client_that_returns_needs_no_cookie(void**) {
  EndpointPair pair;
  const rudp::ConnectOptions options = returning(pair);
  assert_true(options.address_token.has_value());
  std::vector<Datagram> inits;
  watch_inits(pair, inits);
  const auto retries = pair.server.endpoint->statistics().retries_sent;
  const auto again = pair.connect_with(options);
  pair.run_for(4 * pair.delay);
  assert_int_equal(pair.client.count(EventType::connected), 1);
  assert_int_equal(inits.size(), 1);
  assert_int_equal(pair.server.endpoint->statistics().retries_sent, retries);
  // Each is for one use, so the next one comes with the connection.
  const auto next = pair.client.endpoint->info(again).value().address_token;
  assert_true(next.has_value());
}

void the_token_survives_a_restart_of_the_server(void**) {
  EndpointPair pair;
  const rudp::ConnectOptions options = returning(pair);
  rudp::EndpointConfig config;
  config.identity = pair.identity;
  config.accept = true;
  pair.server.endpoint = std::move(rudp::Endpoint::create(config, pair.server.random)).value();
  (void)pair.connect_with(options);
  pair.run_for(4 * pair.delay);
  assert_int_equal(pair.client.count(EventType::connected), 1);
}

// Threat H4.
void a_token_that_is_not_good_costs_the_round_trip_it_would_have_saved_and_no_more(void**) {
  enum class Fault { flipped, zero, old, other_address };
  for (const Fault fault : {Fault::flipped, Fault::zero, Fault::old, Fault::other_address}) {
    EndpointPair pair;
    rudp::ConnectOptions options = returning(pair);
    if (fault == Fault::flipped) (*options.address_token)[20] ^= 1;
    if (fault == Fault::zero) options.address_token->fill(0);
    if (fault == Fault::old) pair.run_for(25h);
    if (fault == Fault::other_address) pair.client.address = rudp::Address::v4(10, 0, 0, 3, 5000);
    std::vector<Datagram> inits;
    watch_inits(pair, inits);
    const auto agreements = pair.server.endpoint->statistics().key_agreements;
    (void)pair.connect_with(options);
    pair.run_for(6 * pair.delay);
    assert_int_equal(pair.client.count(EventType::connected), 1);
    assert_int_equal(inits.size(), 2);
    assert_int_equal(token_bytes_of(inits[0]), 40);
    assert_int_equal(token_bytes_of(inits[1]), 32);
    assert_int_equal(pair.server.endpoint->statistics().key_agreements, agreements + 1);
  }
}

/// A server that takes strangers without a cookie, and INITs of strangers who never go on.
struct Crowd {
  static constexpr std::uint32_t kHalfOpenMax = 8;

  Crowd()
      : pair({}, 1, [](rudp::EndpointConfig& server) {
          server.max_half_open = kHalfOpenMax;
          server.cookie_free_handshakes_per_second = 100;
        }) {}

  /// The INIT of a new client, as it leaves: without a token.
  Datagram init() {
    Datagram taken;
    pair.filter = [&](test::Host& from, Datagram& bytes) {
      if (&from == &pair.client && bytes[0] == 0x80) taken = bytes;
      return false;
    };
    (void)pair.connect();
    pair.filter = {};
    return taken;
  }
  /// How the server answers an INIT that comes from client number `client`.
  std::uint8_t deliver(Datagram init, std::uint16_t client) {
    const auto high = static_cast<std::uint8_t>(client >> 8), low = static_cast<std::uint8_t>(client);
    pair.server.endpoint->handle_datagram(pair.now, rudp::Address::v4(10, 7, high, low, client), init);
    std::uint8_t answer = 0;
    Datagram buffer(65536);
    for (rudp::Transmit transmit; pair.server.endpoint->poll_transmit(pair.now, buffer, transmit);) {
      answer = buffer[0];
      last_answer.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(transmit.bytes));
    }
    return answer;
  }
  /// The same INIT with the cookie of the RETRY that was the last answer.
  Datagram with_cookie(const Datagram& init) const {
    Datagram changed(init.begin(), init.begin() + 14);
    changed.push_back(32);
    changed.insert(changed.end(), last_answer.begin() + 9, last_answer.begin() + 41);
    changed.insert(changed.end(), init.begin() + 15, init.end() - 32);
    return changed;
  }
  const rudp::EndpointStatistics& statistics() const { return pair.server.endpoint->statistics(); }

  EndpointPair pair;
  Datagram last_answer;
};

// Threat H12.
void strangers_without_a_cookie_fill_half_of_the_table_and_no_more(void**) {
  Crowd crowd;
  std::uint16_t number = 1000;
  for (std::uint32_t i = 0; i < Crowd::kHalfOpenMax / 2; ++i)
    assert_int_equal(crowd.deliver(crowd.init(), number++), 0x82);
  for (int i = 0; i < 20; ++i) assert_int_equal(crowd.deliver(crowd.init(), number++), 0x81);
  assert_int_equal(crowd.statistics().half_open, Crowd::kHalfOpenMax / 2);
}

// Threat H12.
void a_full_table_gives_up_the_oldest_without_a_cookie_and_keeps_those_with_one(void**) {
  Crowd crowd;
  std::vector<Datagram> unproven;
  std::uint16_t number = 1000;
  for (std::uint32_t i = 0; i < Crowd::kHalfOpenMax / 2; ++i) {
    unproven.push_back(crowd.init());
    assert_int_equal(crowd.deliver(unproven.back(), number++), 0x82);
  }
  std::vector<Datagram> proven;
  for (std::uint32_t i = 0; i < Crowd::kHalfOpenMax; ++i) {
    const Datagram init = crowd.init();
    assert_int_equal(crowd.deliver(init, number), 0x81);
    proven.push_back(crowd.with_cookie(init));
    assert_int_equal(crowd.deliver(proven.back(), number++), 0x82);
  }
  assert_int_equal(crowd.statistics().half_open, Crowd::kHalfOpenMax);
  assert_int_equal(crowd.statistics().half_open_evicted, Crowd::kHalfOpenMax / 2);
  assert_int_equal(crowd.statistics().connections, Crowd::kHalfOpenMax);

  // One more, with a cookie, finds nobody who would have to give way.
  const Datagram init = crowd.init();
  (void)crowd.deliver(init, number);
  assert_int_equal(crowd.deliver(crowd.with_cookie(init), number), 0);
  assert_int_equal(crowd.statistics().dropped_limit, 1);
  // The last with a cookie is still known: a duplicate is answered from memory.
  const auto agreements = crowd.statistics().key_agreements;
  assert_int_equal(crowd.deliver(proven.back(), static_cast<std::uint16_t>(number - 1)), 0x82);
  assert_int_equal(crowd.statistics().key_agreements, agreements);
}

// Threat H12.
// One that stays half-open, and after it more that go on than the table has places.
void clients_that_have_gone_on_take_no_places(void**) {
  Crowd crowd;
  assert_int_equal(crowd.deliver(crowd.init(), 999), 0x82);
  for (std::uint32_t i = 0; i < 3 * Crowd::kHalfOpenMax; ++i) {
    (void)crowd.pair.connect();
    crowd.pair.run_for(50ms);
  }
  assert_int_equal(crowd.statistics().dropped_limit, 0);
  assert_true(crowd.pair.client.count(EventType::connected) >= 3 * Crowd::kHalfOpenMax);
}

// Threat H12.
void a_client_that_brings_a_cookie_later_is_not_given_up(void**) {
  Crowd crowd;
  const Datagram early = crowd.init();
  assert_int_equal(crowd.deliver(early, 999), 0x82);
  std::uint16_t number = 1000;
  for (std::uint32_t i = 1; i < Crowd::kHalfOpenMax / 2; ++i) (void)crowd.deliver(crowd.init(), number++);
  assert_int_equal(crowd.deliver(early, 999), 0x81);
  assert_int_equal(crowd.deliver(crowd.with_cookie(early), 999), 0x82);
  for (std::uint32_t i = 0; i < Crowd::kHalfOpenMax; ++i) {
    const Datagram init = crowd.init();
    (void)crowd.deliver(init, number);
    (void)crowd.deliver(crowd.with_cookie(init), number++);
  }
  assert_int_equal(crowd.statistics().half_open_evicted, Crowd::kHalfOpenMax / 2 - 1);
}

// Threat H5.
void a_cookie_is_good_for_one_handshake_of_one_client(void**) {
  Crowd crowd;
  for (std::uint32_t i = 0; i < Crowd::kHalfOpenMax / 2; ++i)
    (void)crowd.deliver(crowd.init(), static_cast<std::uint16_t>(1000 + i));
  const Datagram init = crowd.init();
  assert_int_equal(crowd.deliver(init, 1), 0x81);
  const Datagram proven = crowd.with_cookie(init);
  const auto agreements = crowd.statistics().key_agreements;
  assert_int_equal(crowd.deliver(proven, 1), 0x82);
  const Datagram answer = crowd.last_answer;
  for (int i = 0; i < 100; ++i) {
    assert_int_equal(crowd.deliver(proven, 1), 0x82);
    assert_true(crowd.last_answer == answer);
  }
  assert_int_equal(crowd.statistics().key_agreements, agreements + 1);
  // The same cookie in another client's INIT, and from another client.
  const Datagram other = crowd.init();
  Datagram stolen = proven;
  for (std::size_t at = 1; at < 9; ++at) stolen.at(at) = other.at(at);  // its client_cid
  assert_int_equal(crowd.deliver(stolen, 1), 0x81);
  assert_int_equal(crowd.deliver(proven, 2), 0x81);
  assert_int_equal(crowd.statistics().key_agreements, agreements + 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_client_that_returns_needs_no_cookie),
      cmocka_unit_test(the_token_survives_a_restart_of_the_server),
      cmocka_unit_test(a_token_that_is_not_good_costs_the_round_trip_it_would_have_saved_and_no_more),
      cmocka_unit_test(strangers_without_a_cookie_fill_half_of_the_table_and_no_more),
      cmocka_unit_test(a_full_table_gives_up_the_oldest_without_a_cookie_and_keeps_those_with_one),
      cmocka_unit_test(clients_that_have_gone_on_take_no_places),
      cmocka_unit_test(a_client_that_brings_a_cookie_later_is_not_given_up),
      cmocka_unit_test(a_cookie_is_good_for_one_handshake_of_one_client),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
