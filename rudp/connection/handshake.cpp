// From the first INIT to an open connection, on both sides (docs/STATE-MACHINE.md).
#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "connection/connection.hpp"

namespace rudp::connection {

std::unique_ptr<Connection> Connection::start(Environment& environment, Instant now, ConnectionHandle handle,
                                              const NetworkPath& to, ClientHandshake handshake,
                                              const ConnectOptions& options) {
  std::unique_ptr<Connection> connection(new Connection(environment, handle, Role::client, to));
  const Instant ends_at = now + environment.config.transport.handshake_timeout;
  connection->attempt_ = std::make_unique<Attempt>(Attempt{.handshake = std::move(handshake),
                                                           .options = options,
                                                           .last_init_at = now,
                                                           .ends_at = ends_at,
                                                           .begun_at = now});
  connection->timers_.arm(Timer::handshake_end, ends_at);
  return connection;
}

std::unique_ptr<Connection> Connection::answer(Environment& environment, Instant now, ConnectionHandle handle,
                                               const NetworkPath& to, Accepted accepted) {
  std::unique_ptr<Connection> connection(new Connection(environment, handle, Role::server, to));
  connection->half_open_ =
      std::make_unique<HalfOpen>(HalfOpen{.client_cid = accepted.client_cid,
                                          .init_hash = accepted.init_hash,
                                          .response = std::move(accepted.response),
                                          .expires_at_the_latest = now + kHalfOpenLifetimeMax,
                                          .unfinished = std::move(accepted.unfinished),
                                          .early = {}});
  connection->take_session(now, std::move(accepted.session), accepted.parameters);
  connection->timers_.arm(Timer::handshake_end, now + kHalfOpenLifetime);
  return connection;
}

void Connection::handle_retry(Instant now, const wire::RetryPacket& retry) {
  if (state_ != State::handshaking) return;
  trace(now, TraceKind::handshake_received, 0, 0x81, wire::kRetryBytes);
  if (is_for_probe(retry.client_cid)) {
    KeyProbe* const probe = attempt_->probe.get();
    if (probe && probe->handshake.take_retry(now, retry)) probe->init_due = true;
    return;
  }
  if (!attempt_->handshake.take_retry(now, retry)) return;
  attempt_->init_due = true;
  on_our_version_spoken();
}

/// What said otherwise was damaged on its way, or forged, or answered an INIT that was: it shortens nothing.
void Connection::on_our_version_spoken() {
  if (std::exchange(attempt_->version_refused, false)) timers_.arm(Timer::handshake_end, attempt_->ends_at);
}

void Connection::handle_response(Instant now, const wire::RespPacket& response) {
  if (state_ != State::handshaking) return;
  if (is_for_probe(response.client_cid)) return on_key_shown(now, response);
  auto session = attempt_->handshake.read_answer(response);
  if (!session) {
    ++counters_.packets_forged;
    return;
  }
  trace(now, TraceKind::handshake_received, 0, 0x82, response.noise_message.size());
  if (attempt_->probing_key) return finish_key_probe(now, session->peer_key);
  if (attempt_->promised && takes_back(*attempt_->promised, attempt_->handshake.parameters()))
    return finish_silently(now, Error::protocol_violation);
  take_session(now, std::move(*session), attempt_->handshake.parameters());
  on_our_version_spoken();
  timers_.disarm(Timer::handshake_resend);
  if (std::exchange(attempt_->shown_key, std::nullopt)) timers_.arm(Timer::handshake_end, attempt_->ends_at);
  set_state(now, State::unconfirmed);
  on_confirm_timeout(now);
}

void Connection::handle_version_negotiation(Instant now, const wire::VersionNegotiationPacket& packet) {
  if (state_ != State::handshaking || attempt_->probing_key || is_for_probe(packet.client_cid)) return;
  // Who answered with a RETRY speaks our version.
  if (attempt_->handshake.used_retry()) return;
  // A list with our version contradicts itself: we would have been answered (RFC 9000 6.2).
  if (packet.versions.contains(wire::kVersion1) || attempt_->version_refused) return;
  attempt_->version_refused = true;
  timers_.arm(Timer::handshake_end, std::min(timers_.at(Timer::handshake_end), now + kVersionHintWait));
}

bool Connection::handle_duplicate_init(Instant now, const wire::InitPacket& init) {
  if (state_ != State::half_open || half_open_->init_hash != hash_init(init)) return false;
  half_open_->response_due = true;
  timers_.arm(Timer::handshake_end, std::min(now + kHalfOpenLifetime, half_open_->expires_at_the_latest));
  return true;
}

Result<void> Connection::handle_fin(Instant now, const NetworkPath& from, const wire::FinPacket& fin) {
  const bool awaited = state_ == State::half_open && half_open_->unfinished && from.remote == path_.remote;
  if (!awaited) return Error::invalid_state;
  const Result<void> finished = finish(environment_, *half_open_->unfinished, fin, session_);
  if (!finished) return finished.error();
  trace(now, TraceKind::handshake_received, 0, 0x83, fin.noise_message.size());
  half_open_->unfinished.reset();
  for (EarlyPacket& packet : std::exchange(half_open_->early, {}))
    (void)handle_packet(now, packet.from, packet.datagram, packet.ecn);
  return {};
}

Result<void> Connection::keep_early(const NetworkPath& from, Bytes datagram, Ecn ecn) {
  if (!half_open_ || half_open_->early.size() >= kEarlyPacketsMax || datagram.size() > kEarlyPacketBytesMax)
    return Error::invalid_state;
  half_open_->early.push_back({from, {datagram.begin(), datagram.end()}, ecn});
  return {};
}

void Connection::take_session(Instant now, Session session, const wire::TransportParameters& peer) {
  session_ = std::move(session);
  local_ids_.start(session_.local_cid, peer.active_cid_limit);
  remote_ids_.start(session_.remote_cid, peer.reset_token.value_or(crypto::ResetToken{}));
  recovery::RecoveryConfig config = recovery_config();
  // Only an INIT that was sent once tells which of its copies was answered.
  if (attempt_ && attempt_->handshake.unanswered_inits() == 1 && attempt_->last_init_at >= jumped_at_)
    config.initial_rtt = std::max(now - attempt_->last_init_at, Duration(recovery::kGranularity));
  recovery_ = recovery::Recovery(config);
  ack_request_ = ack::AckRequest({.max_delay = config.peer_max_ack_delay},
                                 std::chrono::microseconds(peer.min_ack_delay_us));
  const std::size_t refused = outgoing_.set_peer_limits(peer.max_message_bytes, peer.initial_msg_data,
                                                        static_cast<std::uint32_t>(peer.max_channels));
  if (refused > 0) warn_of_refused(refused);
  if (streams_) tell_streams_limits();
  begin_discovery(now);
  begin_ecn();
  draw_next_skip();
  update_pacing(now);
}

/// Those that asked get a receipt; nobody else would learn of it.
void Connection::warn_of_refused(std::size_t messages) const {
  if (!environment_.config.log) return;
  environment_.config.log(LogLevel::warning, "messages given up that were sent before the handshake ended: " +
                                                 std::to_string(messages) +
                                                 ", larger or on more channels than the peer takes");
}

recovery::RecoveryConfig Connection::recovery_config() const {
  recovery::RecoveryConfig config;
  config.peer_max_ack_delay = std::chrono::milliseconds(session_.peer.max_ack_delay_ms);
  config.is_low_latency = environment_.config.transport.low_latency;
  config.is_server = role_ == Role::server;
  return config;
}

void Connection::become_open(Instant now) {
  if (half_open_) take_answer_time(now);
  timers_.disarm(Timer::handshake_end);
  timers_.disarm(Timer::confirm);
  half_open_.reset();
  attempt_.reset();
  set_state(now, State::open);
  connected_event_ = true;
}

/// From a RESP that was sent once to the client's first packet is a round trip; without it, what the server
/// says first would wait a second for its first retransmission.
void Connection::take_answer_time(Instant now) {
  if (half_open_->responses_sent != 1 || half_open_->response_sent_at < jumped_at_) return;
  recovery::RecoveryConfig config = recovery_config();
  config.initial_rtt = std::max(now - half_open_->response_sent_at, Duration(recovery::kGranularity));
  recovery_ = recovery::Recovery(config);
  update_pacing(now);
}

/// The server answered us and has forgotten it since: everything that we sent with the new keys was lost. What
/// the application gave us goes out again, under keys of another handshake; packet numbers run on.
void Connection::start_over(Instant now) {
  auto handshake = ClientHandshake::start(environment_, attempt_->handshake.client_cid(),
                                          attempt_->handshake.data_cid_length(), attempt_->options);
  if (!handshake) return finish_silently(now, handshake.error());
  give_up_sent(now, Instant::min());
  begin_path(now, recovery::kInitialRtt);
  timers_.disarm(Timer::confirm);
  timers_.disarm(Timer::pacing);
  attempt_->confirms_sent = 0;
  attempt_->promised = attempt_->handshake.parameters();
  attempt_->handshake = std::move(*handshake);
  attempt_->init_due = true;
  remote_ids_.forget_all();
  session_ = {};
  set_state(now, State::handshaking);
}

void Connection::on_attempt_over(Instant now) {
  if (state_ == State::half_open) return set_state(now, State::finished);
  if (state_ == State::handshaking && attempt_->shown_key) return finish_key_probe(now, attempt_->shown_key);
  if (state_ == State::handshaking && !attempt_->probing_key && goes_on_with_key_probe(now)) return;
  const bool refused = attempt_ && attempt_->version_refused;
  finish_silently(now, refused ? Error::no_common_version : Error::handshake_timeout);
}

/// Another key answers only where the pinned one does not: no answer for a while may mean that it is gone.
/// The attempt goes on as if nothing were asked.
void Connection::on_init_unanswered(Instant now) {
  attempt_->init_due = true;
  if (now - attempt_->begun_at >= kKeyProbeAfter) begin_key_probe(now);
  if (!attempt_->probe || attempt_->probe->inits_sent >= kKeyProbeInitsMax) return;
  if (std::has_single_bit(++attempt_->probe->waits)) attempt_->probe->init_due = true;
}

bool Connection::is_for_probe(const ConnectionId& client_cid) const {
  return attempt_->handshake.client_cid() != client_cid;
}

bool Connection::may_probe_key() const {
  const ConnectOptions& asked = attempt_->options;
  return asked.server_key && asked.probe_changed_key && !attempt_->version_refused && !attempt_->has_probed;
}

/// Once in an attempt. Who is there learns nothing of who asks: the probe carries no identity.
void Connection::begin_key_probe(Instant now) {
  if (!may_probe_key()) return;
  attempt_->has_probed = true;
  const ConnectionId client_cid = key_probe_cid(attempt_->handshake.client_cid());
  auto handshake = ClientHandshake::start(environment_, client_cid, attempt_->handshake.data_cid_length(),
                                          {.pre_shared_key = attempt_->options.pre_shared_key});
  if (handshake)
    attempt_->probe =
        std::make_unique<KeyProbe>(KeyProbe{.handshake = std::move(*handshake), .begun_at = now});
}

/// The attempt is over. True: the probe, which began late or only now, has some time left.
bool Connection::goes_on_with_key_probe(Instant now) {
  begin_key_probe(now);
  const std::unique_ptr<KeyProbe> probe = std::move(attempt_->probe);
  if (!probe || probe->begun_at + kKeyProbeTime <= now) return false;
  attempt_->handshake = std::move(probe->handshake);
  attempt_->probing_key = true;
  attempt_->init_due = true;
  timers_.arm(Timer::handshake_end, probe->begun_at + kKeyProbeTime);
  return true;
}

/// Beside the attempt that proves nothing: who forged it, or sits on the way, may only shorten the wait. The
/// server of the pinned key is asked once more, and has the time to answer.
void Connection::on_key_shown(Instant now, const wire::RespPacket& response) {
  if (!attempt_->probe) return;
  const auto session = attempt_->probe->handshake.read_answer(response);
  if (!session) {
    ++counters_.packets_forged;
    return;
  }
  const Duration took = now - attempt_->probe->begun_at;
  attempt_->probe.reset();
  if (session->peer_key == attempt_->options.server_key) return;
  attempt_->shown_key = session->peer_key;
  attempt_->init_due = true;
  const Instant ends_at = now + std::max(kKeyHintWait, 3 * took);
  timers_.arm(Timer::handshake_end, std::min(timers_.at(Timer::handshake_end), ends_at));
}

void Connection::finish_key_probe(Instant now, const std::optional<PublicKey>& offered) {
  const bool changed = offered != attempt_->options.server_key;
  if (changed) ending().offered_key = offered;
  finish_silently(now, changed ? Error::key_changed : Error::handshake_timeout);
}

bool Connection::transmit_probe(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (!attempt_->probe || !std::exchange(attempt_->probe->init_due, false)) return false;
  ++attempt_->probe->inits_sent;
  const std::size_t bytes = attempt_->probe->handshake.write_init(buffer);
  counters_.bytes_sent += bytes;
  trace(now, TraceKind::handshake_sent, 0, 0x80, bytes);
  transmit = {.to = path_.remote, .bytes = bytes, .segment_bytes = bytes, .socket = path_.socket};
  return true;
}

bool Connection::transmit_init(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (transmit_probe(now, buffer, transmit)) return true;
  if (!std::exchange(attempt_->init_due, false)) return false;
  const std::size_t bytes = attempt_->handshake.write_init(buffer);
  attempt_->last_init_at = now;
  timers_.arm(Timer::handshake_resend, now + attempt_->handshake.resend_after());
  counters_.bytes_sent += bytes;
  trace(now, TraceKind::handshake_sent, 0, 0x80, bytes);
  transmit = {.to = path_.remote, .bytes = bytes, .segment_bytes = bytes, .socket = path_.socket};
  return true;
}

bool Connection::transmit_response(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (!std::exchange(half_open_->response_due, false)) return false;
  const auto& response = half_open_->response;
  RUDP_ASSERT(buffer.size() >= response.size());
  std::copy(response.begin(), response.end(), buffer.begin());
  half_open_->response_sent_at = now;
  ++half_open_->responses_sent;
  counters_.bytes_sent += response.size();
  trace(now, TraceKind::handshake_sent, 0, 0x82, response.size());
  transmit = {
      .to = path_.remote, .bytes = response.size(), .segment_bytes = response.size(), .socket = path_.socket};
  return true;
}

/// As often as PING, before it: until the server is heard, it may be waiting for either.
bool Connection::transmit_fin(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (!attempt_ || !std::exchange(attempt_->fin_due, false)) return false;
  const Bytes fin = attempt_->handshake.fin();
  if (fin.empty()) return false;
  RUDP_ASSERT(buffer.size() >= fin.size());
  std::copy(fin.begin(), fin.end(), buffer.begin());
  counters_.bytes_sent += fin.size();
  trace(now, TraceKind::handshake_sent, 0, 0x83, fin.size());
  transmit = {.to = path_.remote, .bytes = fin.size(), .segment_bytes = fin.size(), .socket = path_.socket};
  return true;
}

}  // namespace rudp::connection
