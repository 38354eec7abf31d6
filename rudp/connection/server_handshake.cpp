#include "connection/server_handshake.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/assert.hpp"
#include "connection/pattern_choice.hpp"
#include "wire/writer.hpp"

namespace rudp::connection {
namespace {

constexpr std::size_t kResponseBytesMax = wire::kInitBytesMin;  // never more than it answers (H3)

Result<crypto::NoiseHandshake> start_noise(Environment& environment, const wire::InitPacket& init) {
  const Prologue prologue = make_prologue(init.version, init.client_cid, init.pattern);
  const auto psks = psks_of(environment.config.pre_shared_key);
  const bool mixes_psk = mixes_pre_shared_key(init.pattern);
  return crypto::NoiseHandshake::create({.pattern = noise_pattern_name(init.pattern),
                                         .role = crypto::Role::responder,
                                         .prologue = prologue,
                                         .identity = environment.config.identity,
                                         .psks = std::span(psks).first(mixes_psk ? 1 : 0)},
                                        environment.random);
}

Result<wire::TransportParameters> read_first_message(crypto::NoiseHandshake& noise, Bytes message) {
  std::array<std::uint8_t, wire::kInitBytesMin> payload{};
  if (message.size() > payload.size()) return Error::too_large;
  const auto read = noise.read_message(message, payload);
  if (!read) return read.error();
  auto parameters = wire::parse_transport_parameters(Bytes(payload).first(*read));
  if (!parameters) return parameters.error();
  const bool knows_version = parameters->versions.empty() || parameters->versions.contains(wire::kVersion1);
  if (!knows_version) return Error::unsupported_version;
  return parameters;
}

/// Errors: no_common_suite.
Result<CipherSuite> choose_suite(Environment& environment, const wire::TransportParameters& client) {
  const auto suite = crypto::choose_suite(offered_suites(environment.config.transport),
                                          static_cast<std::uint8_t>(client.suites & 0xff));
  if (!suite) return suite.error();
  return *suite == crypto::Suite::aes256_gcm ? CipherSuite::aes256_gcm : CipherSuite::chacha20_poly1305;
}

/// Errors: bad_key: in NX the client's key is first used here, and may be of low order (H13).
Result<std::vector<std::uint8_t>> write_response(crypto::NoiseHandshake& noise,
                                                 const ConnectionId& client_cid,
                                                 const wire::TransportParameters& parameters) {
  std::array<std::uint8_t, wire::kTransportParametersBytesMax> payload{};
  wire::Writer payload_writer(payload);
  bool fits = wire::write_transport_parameters(payload_writer, parameters);
  std::array<std::uint8_t, kResponseBytesMax> message{};
  const auto written = noise.write_message(payload_writer.written(), message);
  RUDP_ASSERT(fits);
  if (!written) return written.error();
  std::array<std::uint8_t, kResponseBytesMax> datagram{};
  wire::Writer writer(datagram);
  fits = wire::write_long_packet(writer, wire::RespPacket{client_cid, Bytes(message).first(*written)});
  RUDP_ASSERT(fits);
  return std::vector<std::uint8_t>(writer.written().begin(), writer.written().end());
}

}  // namespace

Result<Accepted> accept(Environment& environment, const wire::InitPacket& init,
                        const AcceptOptions& options) {
  if (!is_accepted(environment.config, init.pattern)) return Error::unsupported;
  auto noise = start_noise(environment, init);
  if (!noise) return noise.error();
  auto peer = read_first_message(*noise, init.noise_message);
  if (!peer) return peer.error();
  const auto suite = choose_suite(environment, *peer);
  if (!suite) return suite.error();

  Accepted accepted;
  accepted.client_cid = init.client_cid;
  accepted.init_hash = hash_init(init);
  wire::TransportParameters ours = to_parameters(environment.config.transport);
  ours.server_cid = options.server_cid;
  ours.reset_token = options.reset_token;
  ours.retry_used = options.retry_used;
  ours.init_hash = accepted.init_hash;
  ours.chosen_version = wire::kVersion1;
  ours.address_token = options.address_token;
  ours.chosen_suite = *suite;
  auto response = write_response(*noise, init.client_cid, ours);
  if (!response) return response.error();
  accepted.response = std::move(*response);

  Session& session = accepted.session;
  session.suite = *suite;
  session.local_cid = options.server_cid;
  session.remote_cid = ConnectionId(init.client_cid.bytes().first(peer->data_cid_length));
  session.peer = PeerLimits(*peer);
  accepted.parameters = *peer;
  if (noise->finished())
    take_keys(environment, *noise, crypto::Role::responder, session);
  else
    accepted.unfinished =
        crypto::make_in_slab<crypto::NoiseHandshake>(environment.secrets, std::move(*noise));
  return accepted;
}

Result<void> finish(Environment& environment, crypto::NoiseHandshake& unfinished, const wire::FinPacket& fin,
                    Session& session) {
  // Nothing is said in msg 3 today; what a later version adds is skipped.
  std::array<std::uint8_t, wire::kInitBytesMin> ignored{};
  if (fin.noise_message.size() > ignored.size()) return Error::too_large;
  const auto read = unfinished.read_message(fin.noise_message, ignored);
  if (!read) return read.error();
  take_keys(environment, unfinished, crypto::Role::responder, session);
  return {};
}

}  // namespace rudp::connection
