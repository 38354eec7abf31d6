// Two nodes on a clean path: what most tests of the world begin with.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include <rudp/sim.hpp>

namespace sim_test {

using namespace rudp;
using namespace rudp::sim;
using namespace std::chrono_literals;

inline std::vector<std::uint8_t> to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

inline EndpointConfig server_config(std::uint64_t seed) {
  SeededRandom random(seed);
  EndpointConfig config;
  config.identity = Identity::generate(random);
  config.accept = true;
  return config;
}

struct Pair {
  explicit Pair(std::uint64_t seed, WorldOptions options = {})
      : world(seed, std::move(options)),
        server(world.add_node(server_address, server_config(seed)).value()),
        client(world.add_node(client_address, {}).value()) {
    world.on_event(server, [this](const Event& event) {
      at_server = event.connection;
      events_at_server.push_back(event.type);
    });
    world.on_event(client, [this](const Event& event) { events_at_client.push_back(event.type); });
  }

  /// True: both sides are connected.
  bool connect() {
    at_client = world.connect(client, server).value();
    return world.run_until([this] { return !events_at_client.empty() && !events_at_server.empty(); }, 10s);
  }
  SendResult say(std::string_view text) { return world.send(client, at_client, 0, to_bytes(text)); }

  const Address server_address = Address::v4(10, 0, 0, 1, 9000);
  const Address client_address = Address::v4(10, 0, 0, 2, 5000);
  World world;
  NodeId server, client;
  ConnectionHandle at_server, at_client;
  std::vector<EventType> events_at_server, events_at_client;
};

}  // namespace sim_test
