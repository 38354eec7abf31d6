// R2: the nth allocation fails, for every n, in everything that is done with a connection; the others live.
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "support/heap.hpp"

#include "support/two_sides.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace std::chrono_literals;
using test::Side;
using test::TwoSides;

namespace {

// As many as there are at a time: one that was forgotten by halves leaves no room for the next.
constexpr std::uint32_t kConnectionsMax = 3;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// Two connections that nothing happens to, not even keep-alives, so that they ask for no memory, and
/// whatever a test does with a third.
class Victims {
 public:
  explicit Victims(Side TwoSides::*side)
      : sides_(
            [this](Side& at, const TwoSides::Work& work) {
              test::heap.watched = armed_ && &at == failing_;
              work(*at.endpoint);
              test::heap.watched = false;
            },
            [](EndpointConfig& config) {
              config.max_connections = kConnectionsMax;
              config.transport.keep_alive = 0s;
              config.transport.max_idle = 600s;
            }),
        failing_(&(sides_.*side)) {
    sides_.on_event = [this](Side& at, const Event& event) { read_stream(at, event); };
    for (int made = 0; made < 2; ++made) bystanders_.push_back(sides_.connect().value());
    sides_.run_for(1s);
    assert_int_equal(sides_.server.connected.size(), 2);
  }

  /// Everything there is in the life of a connection. The allocation after so many more fails.
  /// False: there were not so many.
  bool live_through(std::uint64_t allocations) {
    test::heap.failed = 0;
    test::heap.fails_after = allocations;
    armed_ = true;
    if (const auto made = sides_.connect()) live(*made);
    sides_.run_for(40s);
    armed_ = false;
    test::heap.fails_after = kNever;
    return test::heap.failed > 0;
  }

  /// Whether the bystanders notice nothing, and a new connection can be made.
  void assert_others_live() {
    for (const ConnectionHandle bystander : bystanders_) assert_talks(bystander);
    const auto fresh = sides_.connect();
    assert_true(fresh.has_value());
    sides_.run_for(1s);
    assert_talks(*fresh);
    sides_.call(sides_.client, [&](Endpoint& endpoint) { endpoint.close_now(sides_.now, *fresh); });
    sides_.run_for(2s);
    assert_int_equal(sides_.client.endpoint->connection_count(), bystanders_.size());
    assert_int_equal(sides_.server.endpoint->connection_count(), bystanders_.size());
  }

  Side& failing() { return *failing_; }

 private:
  void live(ConnectionHandle connection) {
    // Before the handshake has ended, and after it.
    say(sides_.client, connection);
    sides_.run_for(200ms);
    for (int round = 0; round < 3; ++round) {
      say(sides_.client, connection);
      write(sides_.client, connection);
      const auto& peers = sides_.server.connected;
      if (!peers.empty()) say(sides_.server, peers.back());
      if (!peers.empty()) write(sides_.server, peers.back());
      sides_.run_for(100ms);
    }
    sides_.call(sides_.client,
                [&](Endpoint& endpoint) { (void)endpoint.update_keys(sides_.now, connection); });
    sides_.run_for(1s);
    sides_.call(sides_.client, [&](Endpoint& endpoint) {
      endpoint.close(sides_.now, connection, 7, "a reason that is longer than what a string keeps in itself");
    });
  }

  void say(Side& from, ConnectionHandle connection) {
    using enum Delivery;
    ChannelId channel = 0;
    for (const Delivery kind : {reliable_ordered, reliable_unordered, unreliable, latest}) {
      for (const std::size_t bytes : {10u, 5'000u}) {
        const std::vector<std::uint8_t> message(bytes, 0x5a);
        (void)sides_.send(from, connection, message, {.delivery = kind, .deadline = 10s, .receipt = true},
                          channel);
      }
      ++channel;
    }
  }

  void write(Side& from, ConnectionHandle connection) {
    sides_.call(from, [&](Endpoint& endpoint) {
      const auto stream = endpoint.open_stream(sides_.now, connection);
      if (!stream) return;
      const std::array<std::uint8_t, 3'000> bytes{};
      (void)endpoint.write(sides_.now, connection, *stream, bytes, true);
    });
  }

  void read_stream(Side& at, const Event& event) {
    if (event.type != EventType::stream_readable && event.type != EventType::stream_opened) return;
    const bool counts = std::exchange(test::heap.watched, armed_ && &at == failing_);
    std::array<std::uint8_t, 4'000> out;
    (void)at.endpoint->read(sides_.now, event.connection, event.stream, out);
    test::heap.watched = counts;
  }

  void assert_talks(ConnectionHandle connection) {
    const std::array<std::uint8_t, 6> message{'s', 't', 'i', 'l', 'l', '?'};
    const std::uint64_t before = sides_.server.messages;
    assert_true(static_cast<bool>(sides_.send(sides_.client, connection, message)));
    sides_.run_for(1s);
    assert_int_equal(sides_.server.messages, before + 1);
  }

  TwoSides sides_;
  Side* failing_;
  bool armed_ = false;
  std::vector<ConnectionHandle> bystanders_;
};

void fail_every_allocation_once(Side TwoSides::*side, const char* name) {
  Victims victims(side);
  victims.live_through(kNever);  // the endpoint's own tables grow once
  std::uint64_t n = 0, ends = 0;
  for (; victims.live_through(n); ++n) {
    for (const auto& [connection, error] : victims.failing().closed) ends += error == Error::out_of_memory;
    victims.failing().closed.clear();
    victims.assert_others_live();
  }
  std::printf("%s: %llu allocations failed, one at a time; %llu times the connection ended of it\n", name,
              static_cast<unsigned long long>(n), static_cast<unsigned long long>(ends));
  assert_true(n > 50);
  assert_true(ends > n / 4);
}

// Threat R2.
void whichever_allocation_of_a_client_fails_its_other_connections_live(void**) {
  fail_every_allocation_once(&TwoSides::client, "client");
}

// Threat R2.
void whichever_allocation_of_a_server_fails_its_other_connections_live(void**) {
  fail_every_allocation_once(&TwoSides::server, "server");
}

constexpr std::uint8_t kShortHeaderBit = 0x40;

// Threats R2, S11. Else the client would start over and be a second connection, with the same messages.
void a_client_that_never_heard_its_server_hears_that_it_ran_out_of_memory(void**) {
  bool armed = false;
  TwoSides* watched = nullptr;
  TwoSides sides([&](Side& at, const TwoSides::Work& work) {
    test::heap.watched = armed && &at == &watched->server;
    work(*at.endpoint);
    test::heap.watched = false;
  });
  watched = &sides;
  const Instant heals_at = sides.now + 3s;
  sides.passes = [&](const Side& from, Bytes datagram) {
    const bool is_answer = &from == &sides.server && (datagram[0] & kShortHeaderBit) != 0;
    return !is_answer || sides.now >= heals_at;
  };
  const auto made = sides.connect();
  assert_true(made.has_value());
  const std::vector<std::uint8_t> once(100, 0x5a);
  assert_true(
      static_cast<bool>(sides.send(sides.client, *made, once, {.delivery = Delivery::reliable_ordered})));
  sides.run_for(200ms);
  assert_int_equal(sides.server.messages, 1);
  test::heap.fails_after = 0;
  armed = true;
  (void)sides.send(sides.server, sides.server.connected.front(), std::vector<std::uint8_t>(5'000, 0x5a));
  armed = false;
  test::heap.fails_after = kNever;
  assert_int_equal(sides.server.closed.size(), 1);
  assert_int_equal(sides.server.closed.front().second, Error::out_of_memory);
  sides.run_for(10s);
  assert_int_equal(sides.client.closed.size(), 1);
  assert_int_equal(sides.server.connected.size(), 1);
  assert_int_equal(sides.server.messages, 1);
  assert_int_equal(sides.server.endpoint->statistics().key_agreements, 1);
  assert_int_equal(sides.server.endpoint->connection_count(), 0);
}

// Threat R2. An endpoint that cannot be made says so.
void an_endpoint_for_which_there_is_no_memory_is_not_made(void**) {
  test::ScriptedRandom random(1);
  const EndpointConfig config;
  std::uint64_t n = 0;
  for (bool made = false; !made; ++n) {
    test::heap.fails_after = n;
    test::heap.watched = true;
    const auto endpoint = Endpoint::create(config, random);
    test::heap.watched = false;
    test::heap.fails_after = kNever;
    made = endpoint.has_value();
    if (!made) assert_int_equal(endpoint.error().code, Error::out_of_memory);
  }
  assert_true(n > 3);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(whichever_allocation_of_a_client_fails_its_other_connections_live),
      cmocka_unit_test(whichever_allocation_of_a_server_fails_its_other_connections_live),
      cmocka_unit_test(a_client_that_never_heard_its_server_hears_that_it_ran_out_of_memory),
      cmocka_unit_test(an_endpoint_for_which_there_is_no_memory_is_not_made),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
