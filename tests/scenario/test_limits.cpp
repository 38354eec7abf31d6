// The caps of an endpoint's tables, reached from outside (docs/LIMITS.md).
#include <vector>

#include "connection/client_handshake.hpp"
#include "endpoint/stateless_replies.hpp"
#include "scenario/duo.hpp"
#include "scenario/hostile.hpp"

using namespace std::chrono_literals;
using namespace rudp;
using fuzz::HandMadeClient;
using test::client_address;
using test::HostileWorld;

namespace {

// Threat R1.
void half_open_connections_never_exceed_their_cap(void**) {
  EndpointConfig config;
  config.max_half_open = 8;
  HostileWorld world(config);
  for (std::uint32_t i = 0; i < 50; ++i) {
    HandMadeClient client(2 * i + 2);
    // From half of the table on a cookie is asked for, and comes back.
    world.shake_hands(client, client_address(i));
    world.shake_hands(client, client_address(i));
    assert_true(world.statistics().half_open <= 8);
    assert_true(world.server->connection_count() <= 8);
  }
  assert_int_equal(world.statistics().half_open, 8);
  world.now += 31s;
  world.server->handle_timeout(world.now);
  world.take_outputs();
  assert_int_equal(world.statistics().half_open, 0);
}

// Threat R1.
void connections_never_exceed_their_cap(void**) {
  EndpointConfig config;
  config.max_connections = 3;
  HostileWorld world(config);
  for (std::uint32_t i = 0; i < 3; ++i) {
    HandMadeClient client(2 * i + 2);
    world.open(client, client_address(i));
  }
  assert_int_equal(world.connected, 3);
  HandMadeClient fourth(100);
  assert_int_equal(world.deliver(fourth.init(), client_address(4)).size(), 0);
  assert_int_equal(world.server->connection_count(), 3);
  assert_int_equal(world.statistics().dropped_limit, 1);
  assert_false(world.closed.has_value());
}

// Threat R1.
void answers_that_nobody_fetches_are_bounded(void**) {
  HostileWorld world;
  HandMadeClient client(2);
  auto init = client.init();
  init[9] = 0x7f;  // the version: nobody speaks it
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    auto copy = init;
    world.server->handle_datagram(world.now, client_address(i), copy);
  }
  assert_int_equal(world.take_outputs().size(), endpoint::StatelessReplies::kRepliesMax);
}

// Threats R1, M6.
void resets_are_few(void**) {
  HostileWorld world;
  std::size_t resets = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    std::vector<std::uint8_t> stranger(60, static_cast<std::uint8_t>(i));
    stranger[0] = 0x40;
    stranger[1] = static_cast<std::uint8_t>(i >> 8);
    resets += world.deliver(stranger, client_address(i)).size();
    world.now += 1ms;
  }
  assert_in_range(resets, 100, 100 + 10 * 10);
}

void a_channel_that_the_peer_does_not_take_is_refused_at_the_call(void**) {
  TransportOptions few;
  few.max_channels = 4;
  scenario::Duo duo(1, {}, {}, few);
  assert_true(duo.connect());
  const std::vector<std::uint8_t> bytes(10, 1);
  for (ChannelId channel = 0; channel < 5; ++channel) {
    const SendResult sent = duo.world.send(duo.client, duo.at_client.connection, channel, bytes);
    assert_true(sent.status == (channel < 4 ? SendStatus::queued : SendStatus::out_of_channels));
  }
  duo.world.run_for(1s);
  assert_true(duo.is_well());
  assert_int_equal(duo.at_server.messages.size(), 4);
  assert_false(duo.at_client.closed || duo.at_server.closed);
}

void channels_taken_before_the_peer_was_known_do_not_end_the_connection(void**) {
  TransportOptions few;
  few.max_channels = 4;
  scenario::Duo duo(1, {}, {}, few);
  duo.start();
  const std::vector<std::uint8_t> bytes(10, 1);
  for (ChannelId channel = 0; channel < 10; ++channel)
    assert_true(static_cast<bool>(duo.world.send(duo.client, duo.at_client.connection, channel, bytes)));
  duo.world.run_for(1s);
  assert_true(duo.is_well());
  assert_true(duo.at_client.connected);
  assert_int_equal(duo.at_server.messages.size(), 4);
  assert_false(duo.at_client.closed || duo.at_server.closed);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(half_open_connections_never_exceed_their_cap),
      cmocka_unit_test(connections_never_exceed_their_cap),
      cmocka_unit_test(answers_that_nobody_fetches_are_bounded),
      cmocka_unit_test(resets_are_few),
      cmocka_unit_test(a_channel_that_the_peer_does_not_take_is_refused_at_the_call),
      cmocka_unit_test(channels_taken_before_the_peer_was_known_do_not_end_the_connection),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
