// Construction, commands, events and getters of a connection.
#include "connection/connection.hpp"

#include <algorithm>
#include <utility>

namespace rudp::connection {
namespace {

ConnectionStatistics to_statistics(const Counters& counters) {
  ConnectionStatistics statistics;
  statistics.packets_sent = counters.packets_sent;
  statistics.packets_received = counters.packets_received;
  statistics.bytes_sent = counters.bytes_sent;
  statistics.bytes_received = counters.bytes_received;
  statistics.packets_lost = counters.packets_lost;
  statistics.packets_spuriously_lost = counters.packets_spuriously_lost;
  statistics.probes_sent = counters.probes_sent;
  statistics.packets_duplicate = counters.packets_duplicate;
  statistics.packets_forged = counters.packets_forged;
  statistics.messages_sent = counters.messages_sent;
  statistics.messages_received = counters.messages_received;
  statistics.path_challenges_sent = counters.path_challenges_sent;
  statistics.path_moves = counters.path_moves;
  statistics.mtu_probes_sent = counters.mtu_probes_sent;
  statistics.mtu_probes_lost = counters.mtu_probes_lost;
  statistics.mtu_black_holes = counters.mtu_black_holes;
  return statistics;
}

}  // namespace

Connection::Connection(Environment& environment, ConnectionHandle handle, Role role, const NetworkPath& path)
    : environment_(environment),
      handle_(handle),
      path_(path),
      mtu_(discovery_for(environment.config.transport, path.remote, kVarintMax)),
      received_({.max_delay = environment.config.transport.max_ack_delay}),
      recovery_(recovery::RecoveryConfig{}),
      pacer_(kBaseDatagramBytes),
      outgoing_({.queue_bytes = environment.config.transport.send_queue_bytes,
                 .channels = environment.config.transport.max_channels}),
      incoming_({.message_bytes = environment.config.transport.max_message_bytes,
                 .window_bytes = environment.config.transport.initial_message_credit_bytes,
                 .channels = environment.config.transport.max_channels},
                environment.message_budget),
      repetition_(environment.config.transport.low_latency ? std::make_unique<message::Repetition>()
                                                           : nullptr),
      max_datagram_bytes_(mtu_.datagram_bytes()),
      role_(role),
      state_(role == Role::client ? State::handshaking : State::half_open) {
  controller_ = congestion::make_controller(environment.config.transport.controller, max_datagram_bytes_);
  pacer_.set_max_datagram(max_datagram_bytes_);
}

Connection::~Connection() = default;

SendResult Connection::send(Instant now, ChannelId channel, Bytes message, const SendOptions& options) {
  if (over_ || is_asked_to_close() || state_ > State::open) return {.status = SendStatus::closed};
  const auto queued = outgoing_.send(now, channel, message, options);
  if (queued) {
    ++counters_.messages_sent;
    trace(now, TraceKind::message_queued, *queued, message.size(), channel);
    return {.status = SendStatus::queued, .id = *queued};
  }
  switch (queued.error()) {
    case Error::would_block:
      return {.status = SendStatus::would_block};
    case Error::too_large:
      return {.status = SendStatus::too_large, .limit_bytes = outgoing_.max_message_bytes(options.delivery)};
    case Error::limit_exceeded:
      return {.status = SendStatus::out_of_channels};
    default:
      return {.status = SendStatus::unsupported};
  }
}

Result<void> Connection::update_keys() {
  if (state_ != State::open || over_) return Error::invalid_state;
  // Something must carry the new phase, or the peer would not learn of it; and the next update waits for an
  // ack of this phase, which a side that has only acks to send would never get.
  ping_pending_ = true;
  if (!session_.protection->initiate_key_update()) return Error::would_block;
  return {};
}

bool Connection::poll_event(Event& event, message::ReceivedMessage& message) {
  event = Event{};
  event.connection = handle_;
  if (std::exchange(connected_event_, false)) {
    event.type = EventType::connected;
    return true;
  }
  if (std::exchange(path_changed_event_, false)) {
    event.type = EventType::path_changed;
    event.remote = path_.remote;
    return true;
  }
  if (abandoned_) return poll_closed(event);
  if (incoming_.poll(message)) {
    ++counters_.messages_received;
    event.type = EventType::message;
    event.message = {message.channel, message.delivery, message.bytes};
    return true;
  }
  if (const auto receipt = outgoing_.poll_receipt()) {
    event.type = EventType::receipt;
    event.message_id = receipt->id;
    event.receipt = receipt->status;
    return true;
  }
  if (poll_stream_event(event)) return true;
  if (!over_ && outgoing_.writable_again()) {
    event.type = EventType::writable;
    return true;
  }
  return poll_closed(event);
}

bool Connection::poll_closed(Event& event) {
  if (!std::exchange(closed_event_, false)) return false;
  event.type = EventType::closed;
  event.error = closed_error_;
  if (!ending_) return true;
  event.close_code = ending_->peer_code;
  event.reason = ending_->peer_reason;
  event.offered_key = ending_->offered_key;
  return true;
}

Instant Connection::next_timeout() const {
  Instant next = timers_.next();
  const auto consider = [&next](const std::optional<Instant>& at) {
    if (at && *at < next) next = *at;
  };
  if (!over_) consider(outgoing_.timeout());
  if (state_ != State::open && state_ != State::unconfirmed) return next;
  consider(recovery_.timeout());
  consider(received_.ack_deadline());
  consider(incoming_.timeout());
  consider(path_timeout());
  return next;
}

ConnectionInfo Connection::info() const {
  ConnectionInfo info;
  info.role = role_;
  switch (state_) {
    case State::handshaking:
      info.state = ConnectionState::handshaking;
      break;
    case State::half_open:
    case State::unconfirmed:
      info.state = ConnectionState::unconfirmed;
      break;
    case State::open:
      info.state = ConnectionState::open;
      break;
    case State::closing:
      info.state = ConnectionState::closing;
      break;
    case State::draining:
    case State::finished:
      info.state = ConnectionState::draining;
      break;
  }
  info.remote = path_.remote;
  info.peer_key = session_.peer_key;
  info.handshake_hash = session_.handshake_hash;
  info.cipher = session_.suite;
  info.address_token = session_.peer.address_token;
  info.peer_max_message_bytes = session_.protection ? session_.peer.max_message_bytes : 0;
  return info;
}

ConnectionStatistics Connection::statistics() const {
  ConnectionStatistics now = to_statistics(counters_);
  now.congestion_window_bytes = controller_->congestion_window();
  now.bytes_in_flight = recovery_.bytes_in_flight();
  now.pacing_rate_bytes_per_s = pacer_.bytes_per_second();
  now.smoothed_rtt = recovery_.rtt().smoothed_rtt();
  now.min_rtt = recovery_.rtt().min_rtt();
  now.latest_rtt = recovery_.rtt().latest_rtt();
  now.send_queue_bytes = outgoing_.queued_bytes();
  now.bandwidth_bytes_per_s = bandwidth_.bytes_per_second();
  now.datagram_bytes_max = max_datagram_bytes_;
  now.ecn_capable = ecn_.is_capable();
  now.ecn_marks_reported = ecn_.marks_reported();
  if (session_.protection) now.key_updates = session_.protection->send_generation();
  return now;
}

void Connection::set_state(Instant now, State state) {
  trace(now, TraceKind::state_changed, 0, static_cast<std::uint64_t>(state_),
        static_cast<std::uint64_t>(state));
  state_ = state;
}

void Connection::trace(Instant now, TraceKind kind, std::uint64_t number, std::uint64_t a,
                       std::uint64_t b) const {
  if (environment_.config.trace) environment_.config.trace({now, handle_, kind, number, a, b});
}

}  // namespace rudp::connection
