// A server and a client on one simulated path, and what their applications were told.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/sim.hpp>

namespace scenario {

using namespace rudp;
using namespace rudp::sim;
using namespace std::chrono_literals;

/// What one side's application saw.
struct Seen {
  bool connected = false;
  int writable = 0;
  std::vector<std::vector<std::uint8_t>> messages;
  std::optional<Error> closed;
  std::uint64_t close_code = 0;
  std::string reason;
  ConnectionHandle connection;

  void take(const Event& event) {
    if (event.type == EventType::connected) connected = true;
    if (event.type == EventType::writable) ++writable;
    if (event.type == EventType::message)
      messages.emplace_back(event.message.bytes.begin(), event.message.bytes.end());
    if (event.type == EventType::closed) {
      closed = event.error;
      close_code = event.close_code;
      reason = std::string(event.reason);
    }
    connection = event.connection;
  }
};

struct Duo {
  explicit Duo(std::uint64_t seed, const LinkOptions& path = {}, const TransportOptions& transport = {})
      : Duo(seed, path, transport, transport) {}
  Duo(std::uint64_t seed, const LinkOptions& path, const TransportOptions& of_client,
      const TransportOptions& of_server)
      : world(seed) {
    SeededRandom random(seed);
    EndpointConfig config;
    config.identity = Identity::generate(random);
    config.accept = true;
    config.transport = of_server;
    server_key = config.identity.public_key();
    server = world.add_node(Address::v4(10, 0, 0, 1, 9000), config).value();
    EndpointConfig client_config;
    client_config.transport = of_client;
    client = world.add_node(Address::v4(10, 0, 0, 2, 5000), client_config).value();
    world.connect_nodes(client, server, path);
    world.on_event(server, [this](const Event& event) { at_server.take(event); });
    world.on_event(client, [this](const Event& event) { at_client.take(event); });
  }

  /// Begins a handshake without waiting for it.
  void start() { at_client.connection = world.connect(client, server, {.server_key = server_key}).value(); }
  /// True: both sides were told that they are connected.
  bool connect(Duration limit = 45s) {
    start();
    return world.run_until([this] { return at_client.connected && at_server.connected; }, limit);
  }
  SendResult say(std::string_view text, const SendOptions& options = {}) {
    return say_bytes({text.begin(), text.end()}, options);
  }
  SendResult say_bytes(const std::vector<std::uint8_t>& bytes, const SendOptions& options = {}) {
    return world.send(client, at_client.connection, 0, bytes, options);
  }
  SendResult answer(std::string_view text, const SendOptions& options = {}) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    return world.send(server, at_server.connection, 0, bytes, options);
  }
  /// Turns everything off that the path does wrong.
  void heal() {
    world.link(client, server).set_options({});
    world.link(server, client).set_options({});
  }
  /// From now on nothing gets through.
  void cut() {
    const Blackout forever{world.now(), Instant::max()};
    LinkOptions up = world.link(client, server).options(), down = world.link(server, client).options();
    up.blackouts.push_back(forever);
    down.blackouts.push_back(forever);
    world.link(client, server).set_options(up);
    world.link(server, client).set_options(down);
  }
  /// Prints the report of a failed world. True: the world is well.
  bool is_well() const {
    if (world.failed()) std::fputs(world.failure_report().c_str(), stderr);
    return !world.failed();
  }

  World world;
  PublicKey server_key;
  NodeId server{}, client{};
  Seen at_server, at_client;
};

}  // namespace scenario
