// Handshake messages, past the Noise: the input is what a client or a server says inside its message, or
// bytes laid over a genuine one. What is refused must leave the handshake as it was: the genuine message,
// read afterwards, still succeeds (H7).
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <rudp/sim.hpp>

#include "base/assert.hpp"
#include "connection/client_handshake.hpp"
#include "connection/server_handshake.hpp"
#include "wire/transport_parameters.hpp"

namespace {

using namespace rudp;
using connection::ClientHandshake;
using connection::Environment;

constexpr std::size_t kNoiseOverheadMax = 128;
constexpr std::size_t kPayloadBytesMax = wire::kInitBytesMin - 2 * kNoiseOverheadMax;

/// One side's surroundings; only the server has an identity.
struct Side {
  explicit Side(std::uint64_t seed) : random(seed), environment(config, random) {}
  EndpointConfig config;
  sim::SeededRandom random;
  Environment environment;
};

struct Sides {
  Sides() : server(1), client(2) {
    server.config.identity = Identity::generate(server.random);
    server.config.accept = true;
  }
  Side server, client;
};

ConnectionId id_of(std::uint8_t fill) {
  std::array<std::uint8_t, 8> bytes{};
  bytes.fill(fill);
  return ConnectionId(bytes);
}

const connection::AcceptOptions kAcceptOptions{
    .server_cid = id_of(7), .reset_token = {}, .retry_used = false};

Result<connection::Accepted> accept(Sides& sides, const wire::InitPacket& init) {
  return connection::accept(sides.server.environment, init, kAcceptOptions);
}

ClientHandshake start_client(Sides& sides) {
  const PublicKey key = sides.server.config.identity.public_key();
  return std::move(ClientHandshake::start(sides.client.environment, id_of(3), 4, {.server_key = key}))
      .value();
}

std::vector<std::uint8_t> init_of(ClientHandshake& client) {
  std::vector<std::uint8_t> datagram(wire::kInitBytesMin);
  RUDP_ASSERT(client.write_init(datagram) == datagram.size());
  return datagram;
}

wire::InitPacket parse_init(Bytes datagram) {
  return std::get<wire::InitPacket>(wire::parse_long_packet(datagram).value());
}

/// Input laid over the message: the first byte says where, the rest is added to what is there.
std::vector<std::uint8_t> laid_over(Bytes message, Bytes input) {
  std::vector<std::uint8_t> altered(message.begin(), message.end());
  if (input.empty()) return altered;
  std::size_t at = std::min<std::size_t>(input.front(), altered.size());
  for (const std::uint8_t byte : input.subspan(1)) {
    if (at >= altered.size()) altered.push_back(byte);
    altered[at] = static_cast<std::uint8_t>(altered[at] ^ byte);
    ++at;
  }
  return altered;
}

/// A client whose Noise is sound says anything at all in its first message.
void client_says(Bytes payload) {
  Sides sides;
  wire::InitPacket init{
      .client_cid = id_of(3), .pattern = HandshakePattern::nk, .token = {}, .noise_message = {}};
  const auto prologue = connection::make_prologue(init.version, init.client_cid, init.pattern);
  auto noise = crypto::NoiseHandshake::create({.pattern = "NK",
                                               .role = crypto::Role::initiator,
                                               .prologue = prologue,
                                               .remote_static = sides.server.config.identity.public_key()},
                                              sides.client.random);
  std::vector<std::uint8_t> message(payload.size() + kNoiseOverheadMax);
  message.resize(noise.value().write_message(payload, message).value());
  init.noise_message = message;
  const auto accepted = accept(sides, init);
  if (!accepted) return;
  RUDP_ASSERT(accepted->response.size() <= wire::kInitBytesMin);
  RUDP_ASSERT(accepted->session.remote_cid.size() == accepted->session.peer.data_cid_length);
}

/// A server whose Noise is sound says anything at all; then the genuine one answers.
void server_says(Bytes payload) {
  Sides sides;
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  const wire::InitPacket init = parse_init(datagram);
  const auto prologue = connection::make_prologue(init.version, init.client_cid, init.pattern);
  auto noise = crypto::NoiseHandshake::create({.pattern = "NK",
                                               .role = crypto::Role::responder,
                                               .prologue = prologue,
                                               .identity = sides.server.config.identity},
                                              sides.server.random);
  std::vector<std::uint8_t> ignored(wire::kInitBytesMin);
  RUDP_ASSERT(noise.value().read_message(init.noise_message, ignored).has_value());
  std::vector<std::uint8_t> message(payload.size() + kNoiseOverheadMax);
  message.resize(noise.value().write_message(payload, message).value());
  if (client.read_answer({init.client_cid, message}).has_value()) return;
  const auto genuine = accept(sides, init);
  const auto answer = std::get<wire::RespPacket>(wire::parse_long_packet(genuine.value().response).value());
  RUDP_ASSERT(client.read_answer(answer).has_value());
}

void altered_init(Bytes input) {
  Sides sides;
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  wire::InitPacket init = parse_init(datagram);
  const Bytes genuine = init.noise_message;
  const auto altered = laid_over(genuine, input);
  if (altered.size() < wire::kNoiseMessageBytesMin) return;
  init.noise_message = altered;
  const bool is_genuine = std::equal(altered.begin(), altered.end(), genuine.begin(), genuine.end());
  RUDP_ASSERT(accept(sides, init).has_value() == is_genuine);
}

void altered_answer(Bytes input) {
  Sides sides;
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  const auto accepted = accept(sides, parse_init(datagram));
  const auto answer = std::get<wire::RespPacket>(wire::parse_long_packet(accepted.value().response).value());
  const auto altered = laid_over(answer.noise_message, input);
  const Bytes genuine = answer.noise_message;
  const bool is_genuine = std::equal(altered.begin(), altered.end(), genuine.begin(), genuine.end());
  RUDP_ASSERT(client.read_answer({answer.client_cid, altered}).has_value() == is_genuine);
  const auto session = client.read_answer(answer);
  RUDP_ASSERT(session.has_value());
  RUDP_ASSERT(session->handshake_hash == accepted.value().session.handshake_hash);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = Bytes(data, size).subspan(1, std::min(size - 1, kPayloadBytesMax));
  switch (data[0] % 4) {
    case 0:
      client_says(input);
      break;
    case 1:
      server_says(input);
      break;
    case 2:
      altered_init(input);
      break;
    default:
      altered_answer(input);
  }
  return 0;
}
