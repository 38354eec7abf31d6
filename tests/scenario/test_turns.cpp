// R5: connections of one endpoint take turns.
#include <chrono>
#include <vector>

#include "support/endpoint_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kConnections = 100;
constexpr std::size_t kDatagramBytes = 1500;  // a buffer for one datagram, so that each is a turn

struct Crowd : test::EndpointPair {
  Crowd() : EndpointPair({}, 1, [](EndpointConfig& config) { config.source_handshakes_burst = 1'000; }) {
    for (std::size_t made = 0; made < kConnections; ++made) {
      connect();
      run_for(5ms);
    }
    run_for(2s);
    for (const Event& event : server.events)
      if (event.type == EventType::connected) peers.push_back(event.connection);
    assert_int_equal(peers.size(), kConnections);
  }

  void queue(ConnectionHandle peer, std::size_t bytes) {
    const std::vector<std::uint8_t> message(bytes, 0x5a);
    assert_true(static_cast<bool>(server.endpoint->send(now, peer, 0, message)));
  }
  /// The lengths of what the server sends now, in order.
  std::vector<std::size_t> turns() {
    std::vector<std::size_t> lengths;
    std::vector<std::uint8_t> buffer(kDatagramBytes);
    for (Transmit transmit; server.endpoint->poll_transmit(now, buffer, transmit);)
      lengths.push_back(transmit.bytes);
    return lengths;
  }

  /// What is queued arrives, and the client has not asked for its events yet.
  void carry_all() {
    std::vector<std::uint8_t> buffer(kDatagramBytes);
    for (Transmit transmit; server.endpoint->poll_transmit(now, buffer, transmit);)
      client.endpoint->handle_datagram(now, server.address, MutableBytes(buffer).first(transmit.bytes));
  }

  std::vector<ConnectionHandle> peers;
};

// Threat R5.
void ninety_nine_light_connections_wait_for_one_datagram_of_a_heavy_one(void**) {
  Crowd crowd;
  crowd.queue(crowd.peers[0], 200'000);
  for (std::size_t at = 1; at < kConnections; ++at) crowd.queue(crowd.peers[at], 100);
  const std::vector<std::size_t> lengths = crowd.turns();
  assert_true(lengths.size() > kConnections);  // the heavy one has more to say
  assert_true(lengths[0] > 1'000);
  for (std::size_t at = 1; at < kConnections; ++at) assert_in_range(lengths[at], 100, 200);
}

// Threat R5.
void two_heavy_connections_take_turns(void**) {
  Crowd crowd;
  crowd.queue(crowd.peers[0], 200'000);
  crowd.queue(crowd.peers[1], 100);
  crowd.queue(crowd.peers[2], 200'000);
  const std::vector<std::size_t> lengths = crowd.turns();
  assert_true(lengths.size() >= 4);
  assert_true(lengths[0] > 1'000 && lengths[1] < 200 && lengths[2] > 1'000);
}

// Threat R5.
void the_event_of_a_light_connection_comes_between_those_of_a_heavy_one(void**) {
  Crowd crowd;
  for (int i = 0; i < 100; ++i) crowd.queue(crowd.peers[0], 10);
  crowd.queue(crowd.peers[1], 20);
  crowd.carry_all();
  std::vector<std::size_t> lengths;
  for (Event event; crowd.client.endpoint->poll_event(event);)
    if (event.type == EventType::message) lengths.push_back(event.message.bytes.size());
  assert_int_equal(lengths.size(), 101);
  assert_true(lengths[0] == 10 && lengths[1] == 20 && lengths[2] == 10);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ninety_nine_light_connections_wait_for_one_datagram_of_a_heavy_one),
      cmocka_unit_test(two_heavy_connections_take_turns),
      cmocka_unit_test(the_event_of_a_light_connection_comes_between_those_of_a_heavy_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
