#include "connection/client_handshake.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "connection/pattern_choice.hpp"
#include "wire/writer.hpp"

namespace rudp::connection {
namespace {

/// Type, server_cid, the client's key and two tags: 89 bytes.
constexpr std::size_t kFinBytesMax = 128;

std::uint64_t public_u64(Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.public_fill(bytes);
  return ConnectionId(bytes).to_u64();
}

}  // namespace

Result<ClientHandshake> ClientHandshake::start(Environment& environment, const ConnectionId& client_cid,
                                               std::size_t data_cid_length,
                                               const ConnectOptions& options) {
  const auto pattern = choose_pattern(options);
  if (!pattern) return pattern.error();
  const Prologue prologue = make_prologue(wire::kVersion1, client_cid, *pattern);
  const auto psks = psks_of(options.pre_shared_key);
  auto noise = crypto::NoiseHandshake::create(
      {.pattern = noise_pattern_name(*pattern),
       .role = crypto::Role::initiator,
       .prologue = prologue,
       .identity = options.identity,
       .remote_static = options.server_key,
       .psks = std::span(psks).first(mixes_pre_shared_key(*pattern) ? 1 : 0)},
      environment.random);
  if (!noise) return noise.error();
  ClientHandshake handshake(
      environment, client_cid, *pattern,
      crypto::make_in_slab<crypto::NoiseHandshake>(environment.secrets, std::move(*noise)));
  handshake.address_token_ = options.address_token;
  const Result<void> made = handshake.make_first_message(data_cid_length);
  if (!made) return made.error();
  return handshake;
}

Result<void> ClientHandshake::make_first_message(std::size_t data_cid_length) {
  data_cid_length_ = data_cid_length;
  wire::TransportParameters parameters = to_parameters(environment_->config.transport);
  parameters.data_cid_length = static_cast<std::uint8_t>(data_cid_length);
  std::array<std::uint8_t, wire::kTransportParametersBytesMax> payload{};
  wire::Writer writer(payload);
  const bool fits = wire::write_transport_parameters(writer, parameters) &&
                    wire::write_grease_parameter(writer, public_u64(environment_->random));
  RUDP_ASSERT(fits);
  const auto written = noise_->write_message(writer.written(), message_);
  if (!written) return written.error();
  message_bytes_ = *written;
  return {};
}

wire::InitPacket ClientHandshake::init() const {
  wire::InitPacket packet;
  packet.client_cid = client_cid_;
  packet.pattern = pattern_;
  if (address_token_) packet.token = *address_token_;
  if (cookie_) packet.token = *cookie_;
  packet.noise_message = Bytes(message_).first(message_bytes_);
  return packet;
}

std::size_t ClientHandshake::write_init(MutableBytes out) {
  wire::Writer writer(out);
  const bool fits = wire::write_long_packet(writer, init());
  RUDP_ASSERT(fits);
  ++inits_sent_;
  ++inits_unanswered_;
  return writer.size();
}

Duration ClientHandshake::resend_after() const {
  Duration after = kInitResendFirst;
  for (std::uint32_t sent = 1; sent < inits_sent_ && after < kInitResendMax; ++sent) after = after * 3 / 2;
  return std::min(after, kInitResendMax);
}

bool ClientHandshake::take_retry(Instant now, const wire::RetryPacket& retry) {
  if (retries_taken_ >= kRetriesTakenMax || !wants_newer_cookie(now)) return false;
  cookie_ = retry.cookie;
  cookie_taken_at_ = now;
  ++retries_taken_;
  inits_unanswered_ = 0;
  return true;
}

bool ClientHandshake::wants_newer_cookie(Instant now) const {
  return !cookie_ || now - cookie_taken_at_ >= kCookieAgeMax || inits_unanswered_ >= kUnansweredInitsMax;
}

Result<Session> ClientHandshake::read_answer(const wire::RespPacket& answer) {
  crypto::NoiseHandshake noise = noise_->clone();
  std::array<std::uint8_t, 2 * wire::kTransportParametersBytesMax> payload{};
  const auto read = noise.read_message(answer.noise_message, payload);
  if (!read) return read.error();
  const auto parameters = wire::parse_transport_parameters(Bytes(payload).first(*read));
  if (!parameters) return parameters.error();
  const Result<void> checked = check(*parameters);
  if (!checked) return checked.error();
  if (!noise.finished()) {
    const Result<void> made = make_final_message(noise, *parameters->server_cid);
    if (!made) return made.error();
  }
  parameters_ = *parameters;
  return make_session(noise, *parameters);
}

Result<void> ClientHandshake::make_final_message(crypto::NoiseHandshake& noise,
                                                 const ConnectionId& server_cid) {
  std::array<std::uint8_t, kFinBytesMax> message{};
  const auto written = noise.write_message({}, message);
  if (!written) return written.error();
  std::array<std::uint8_t, kFinBytesMax> datagram{};
  wire::Writer writer(datagram);
  const bool fits = wire::write_long_packet(writer, wire::FinPacket{server_cid, Bytes(message).first(*written)});
  RUDP_ASSERT(fits);
  fin_.assign(writer.written().begin(), writer.written().end());
  return {};
}

Result<void> ClientHandshake::check(const wire::TransportParameters& parameters) const {
  if (parameters.chosen_version != wire::kVersion1) return Error::unsupported_version;
  if (!parameters.server_cid) return Error::malformed;
  if (parameters.init_hash != hash_init(init())) return Error::authentication_failed;
  // A server that asked for no cookie but claims one, or the reverse, did not see our INIT as we sent it.
  if (parameters.retry_used && !used_retry()) return Error::authentication_failed;
  if (!parameters.chosen_suite) return Error::no_common_suite;
  const std::uint8_t offered = offered_suites(environment_->config.transport);
  if ((suite_bit(*parameters.chosen_suite) & offered) == 0) return Error::no_common_suite;
  return {};
}

Session ClientHandshake::make_session(const crypto::NoiseHandshake& noise,
                                      const wire::TransportParameters& parameters) const {
  Session session;
  session.suite = *parameters.chosen_suite;
  session.local_cid = ConnectionId(client_cid_.bytes().first(data_cid_length_));
  session.remote_cid = *parameters.server_cid;
  session.peer = PeerLimits(parameters);
  take_keys(*environment_, noise, crypto::Role::initiator, session);
  return session;
}

}  // namespace rudp::connection
