// Handshake messages of all eight patterns, past the Noise: the input is what a client or a server says
// inside its message, or bytes laid over a genuine one. What is refused must leave the handshake as it was:
// the genuine message, read afterwards, still succeeds (H7).
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <rudp/sim.hpp>

#include "base/assert.hpp"
#include "connection/client_handshake.hpp"
#include "connection/pattern_choice.hpp"
#include "connection/server_handshake.hpp"
#include "wire/transport_parameters.hpp"

namespace {

using namespace rudp;
using connection::ClientHandshake;
using connection::Environment;

constexpr std::size_t kNoiseOverheadMax = 128;
constexpr std::size_t kPayloadBytesMax = wire::kInitBytesMin - 2 * kNoiseOverheadMax;

/// Made once: a key pair costs as much as a whole message.
struct Keys {
  sim::SeededRandom random{1'000'000};
  Identity server = Identity::generate(random);
  Identity client = Identity::generate(random);
  PreSharedKey secret = PreSharedKey::from_bytes(std::array<std::uint8_t, 32>{1, 2, 3}).value();
};

const Keys& keys() {
  static const Keys made;
  return made;
}

/// One side's surroundings; only the server has an identity of its endpoint.
struct Side {
  explicit Side(std::uint64_t seed) : random(seed), environment(config, random) {}
  EndpointConfig config;
  sim::SeededRandom random;
  Environment environment;
};

struct Sides {
  explicit Sides(HandshakePattern which) : pattern(which), server(1), client(2) {
    server.config.identity = keys().server;
    server.config.accept = true;
    if (connection::mixes_pre_shared_key(pattern)) server.config.pre_shared_key = keys().secret;
  }

  bool knows_server_key() const {
    return pattern != HandshakePattern::nx && pattern != HandshakePattern::nx_psk2;
  }
  ConnectOptions options() const {
    ConnectOptions options;
    if (knows_server_key()) options.server_key = keys().server.public_key();
    if (connection::identifies_client(pattern)) options.identity = keys().client;
    if (pattern == HandshakePattern::ik || pattern == HandshakePattern::ik_psk2)
      options.identity_pattern = IdentityPattern::ik;
    options.pre_shared_key = server.config.pre_shared_key;
    return options;
  }
  /// The Noise of one side by itself.
  crypto::NoiseHandshake noise(crypto::Role role, const wire::InitPacket& init) {
    const bool is_client = role == crypto::Role::initiator;
    const auto prologue = connection::make_prologue(init.version, init.client_cid, pattern);
    const auto psks = connection::psks_of(server.config.pre_shared_key);
    const bool mixes_psk = connection::mixes_pre_shared_key(pattern);
    const ConnectOptions chosen = options();
    auto made = crypto::NoiseHandshake::create({.pattern = connection::noise_pattern_name(pattern),
                                                .role = role,
                                                .prologue = prologue,
                                                .identity = is_client ? chosen.identity : keys().server,
                                                .remote_static = is_client ? chosen.server_key : std::nullopt,
                                                .psks = std::span(psks).first(mixes_psk ? 1 : 0)},
                                               is_client ? client.random : server.random);
    return std::move(made).value();
  }

  HandshakePattern pattern;
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
  return std::move(ClientHandshake::start(sides.client.environment, id_of(3), 4, sides.options())).value();
}

std::vector<std::uint8_t> init_of(ClientHandshake& client) {
  std::vector<std::uint8_t> datagram(wire::kInitBytesMin);
  RUDP_ASSERT(client.write_init(datagram) == datagram.size());
  return datagram;
}

wire::InitPacket parse_init(Bytes datagram) {
  return std::get<wire::InitPacket>(wire::parse_long_packet(datagram).value());
}

wire::RespPacket answer_of(const connection::Accepted& accepted) {
  return std::get<wire::RespPacket>(wire::parse_long_packet(accepted.response).value());
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

std::vector<std::uint8_t> message_of(crypto::NoiseHandshake noise, Bytes payload) {
  std::vector<std::uint8_t> message(payload.size() + kNoiseOverheadMax);
  message.resize(noise.write_message(payload, message).value());
  return message;
}

/// A client whose Noise is sound says anything at all in its first message.
void client_says(HandshakePattern pattern, Bytes payload) {
  Sides sides(pattern);
  wire::InitPacket init{.client_cid = id_of(3), .pattern = pattern, .token = {}, .noise_message = {}};
  const auto message = message_of(sides.noise(crypto::Role::initiator, init), payload);
  init.noise_message = message;
  const auto accepted = accept(sides, init);
  if (!accepted) return;
  RUDP_ASSERT(accepted->response.size() <= wire::kInitBytesMin);
  // What is said of the length is kept in the id alone.
  RUDP_ASSERT(accepted->session.remote_cid.size() ==
              wire::parse_transport_parameters(payload).value().data_cid_length);
}

/// A server whose Noise is sound says anything at all; then the genuine one answers.
void server_says(HandshakePattern pattern, Bytes payload) {
  Sides sides(pattern);
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  const wire::InitPacket init = parse_init(datagram);
  crypto::NoiseHandshake noise = sides.noise(crypto::Role::responder, init);
  std::vector<std::uint8_t> ignored(wire::kInitBytesMin);
  RUDP_ASSERT(noise.read_message(init.noise_message, ignored).has_value());
  const auto message = message_of(std::move(noise), payload);
  if (client.read_answer({init.client_cid, message}).has_value()) return;
  const auto genuine = accept(sides, init);
  RUDP_ASSERT(client.read_answer(answer_of(*genuine)).has_value());
}

bool is_equal(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

/// Where the first message proves nothing (NX), the client must notice by the answer.
void altered_init(HandshakePattern pattern, Bytes input) {
  Sides sides(pattern);
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  wire::InitPacket init = parse_init(datagram);
  const Bytes genuine = init.noise_message;
  const auto altered = laid_over(genuine, input);
  if (altered.size() < wire::kNoiseMessageBytesMin) return;
  init.noise_message = altered;
  const auto accepted = accept(sides, init);
  if (is_equal(altered, genuine)) {
    RUDP_ASSERT(accepted.has_value());
  } else if (accepted) {
    RUDP_ASSERT(!sides.knows_server_key());
    RUDP_ASSERT(!client.read_answer(answer_of(*accepted)).has_value());
  }
}

void altered_answer(HandshakePattern pattern, Bytes input) {
  Sides sides(pattern);
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  const auto accepted = accept(sides, parse_init(datagram));
  const auto answer = answer_of(*accepted);
  const auto altered = laid_over(answer.noise_message, input);
  const bool is_genuine = is_equal(altered, answer.noise_message);
  RUDP_ASSERT(client.read_answer({answer.client_cid, altered}).has_value() == is_genuine);
  const auto session = client.read_answer(answer);
  RUDP_ASSERT(session.has_value() && client.fin().empty() == (accepted->unfinished == nullptr));
  if (!accepted->unfinished) RUDP_ASSERT(session->handshake_hash == accepted->session.handshake_hash);
}

/// Of the patterns with a third message.
void altered_fin(HandshakePattern pattern, Bytes input) {
  Sides sides(pattern);
  ClientHandshake client = start_client(sides);
  const auto datagram = init_of(client);
  auto accepted = accept(sides, parse_init(datagram));
  const auto session = client.read_answer(answer_of(*accepted));
  const auto fin = std::get<wire::FinPacket>(wire::parse_long_packet(client.fin()).value());
  const auto altered = laid_over(fin.noise_message, input);
  const bool is_genuine = is_equal(altered, fin.noise_message);
  const auto finish = [&](Bytes message) {
    return connection::finish(sides.server.environment, *accepted->unfinished, {fin.server_cid, message},
                              accepted->session);
  };
  RUDP_ASSERT(finish(altered).has_value() == is_genuine);
  if (!is_genuine) RUDP_ASSERT(finish(fin.noise_message).has_value());
  RUDP_ASSERT(accepted->session.handshake_hash == session->handshake_hash);
  RUDP_ASSERT(accepted->session.peer_key == keys().client.public_key());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = Bytes(data, size).subspan(1, std::min(size - 1, kPayloadBytesMax));
  const auto pattern = static_cast<HandshakePattern>(data[0] / 4 % 8);
  const bool has_third = pattern == HandshakePattern::xk || pattern == HandshakePattern::xk_psk3;
  switch (data[0] % 4) {
    case 0:
      client_says(pattern, input);
      break;
    case 1:
      server_says(pattern, input);
      break;
    case 2:
      altered_init(pattern, input);
      break;
    default:
      if (has_third && data[0] >= 128)
        altered_fin(pattern, input);
      else
        altered_answer(pattern, input);
  }
  return 0;
}
