// Both sides of a handshake without endpoints around them.
#pragma once

#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "connection/client_handshake.hpp"
#include "connection/server_handshake.hpp"
#include "support/scripted_random.hpp"

namespace test {

/// What the connections of one endpoint share, with everything it borrows.
struct Surroundings {
  explicit Surroundings(std::uint64_t seed, bool is_server = false) : random(seed) {
    if (is_server) config.identity = rudp::Identity::generate(random);
    config.accept = is_server;
  }

  ScriptedRandom random;
  rudp::EndpointConfig config;
  rudp::connection::Environment environment{config, random};
};

inline rudp::ConnectionId id_of(std::uint8_t fill) {
  const std::array<std::uint8_t, 8> bytes = {fill, fill, fill, fill, fill, fill, fill, fill};
  return rudp::ConnectionId(bytes);
}

struct HandshakeWorld {
  explicit HandshakeWorld(std::uint64_t seed = 1) : client(seed), server(seed + 1, true) {}

  rudp::connection::ClientHandshake start(bool pinned) {
    rudp::ConnectOptions options;
    if (pinned) options.server_key = server.config.identity.public_key();
    return start(options);
  }
  rudp::connection::ClientHandshake start(const rudp::ConnectOptions& options) {
    return std::move(
        rudp::connection::ClientHandshake::start(client.environment, id_of(7), 4, options).value());
  }

  rudp::Result<rudp::connection::Accepted> accept(rudp::Bytes datagram, bool retry_used = false) {
    const auto packet = rudp::wire::parse_long_packet(datagram);
    if (!packet) return packet.error();
    return rudp::connection::accept(
        server.environment, std::get<rudp::wire::InitPacket>(*packet),
        {.server_cid = id_of(9), .reset_token = {1, 2, 3}, .retry_used = retry_used});
  }

  static rudp::wire::RespPacket response_of(const rudp::connection::Accepted& accepted) {
    return std::get<rudp::wire::RespPacket>(rudp::wire::parse_long_packet(accepted.response).value());
  }

  std::vector<std::uint8_t> init_of(rudp::connection::ClientHandshake& handshake) {
    std::vector<std::uint8_t> datagram(1500);
    datagram.resize(handshake.write_init(datagram));
    return datagram;
  }

  Surroundings client;
  Surroundings server;
};

}  // namespace test
