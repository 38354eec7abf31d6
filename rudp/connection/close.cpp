// How connections end (docs/STATE-MACHINE.md; RFC 9000, section 10).
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {

Ending& Connection::ending() {
  if (!ending_) ending_ = std::make_unique<Ending>();
  return *ending_;
}

void Connection::close(Instant now, std::uint64_t code, std::string_view reason, Duration drain) {
  if (over_ || is_asked_to_close()) return;
  ending().reason = {.code = std::min(code, kVarintMax), .text = clean_reason(as_bytes(reason))};
  ending_->is_asked_for = true;
  timers_.arm(Timer::drain, now + drain);
  close_when_drained(now);
}

void Connection::close_now(Instant now, std::uint64_t code, std::string_view reason) {
  if (over_) return;
  enter_closing(now, {.code = std::min(code, kVarintMax), .text = clean_reason(as_bytes(reason))},
                Error::closed_locally);
}

void Connection::close_when_drained(Instant now) {
  if (!is_asked_to_close() || over_ || !outgoing_.drained()) return;
  if (streams_ && !streams_->drained()) return;
  enter_closing(now, std::move(ending_->reason), Error::closed_locally);
}

void Connection::close_at_drain_end(Instant now) {
  if (over_ || !is_asked_to_close()) return;
  enter_closing(now, std::move(ending_->reason), Error::closed_locally);
}

/// The peer broke a rule, or our side cannot go on: say so and end.
void Connection::fail(Instant now, Error error, std::uint64_t frame_type) {
  if (over_) return;
  enter_closing(now,
                {.origin = wire::CloseFrame::Origin::transport,
                 .code = static_cast<std::uint64_t>(wire::to_transport_error(error)),
                 .frame_type = frame_type,
                 .text = std::string(to_name(error))},
                error);
}

void Connection::enter_closing(Instant now, CloseReason reason, Error event_error) {
  // What is half-open sends nothing but its RESP.
  if (!session_.protection || state_ == State::half_open) return finish_silently(now, event_error);
  ending().reason = std::move(reason);
  tell_closed(event_error);
  timers_.disarm_all();
  probes_pending_ = 0;
  probing_.reset();
  close_due_ = true;
  set_state(now, State::closing);
  timers_.arm(Timer::close_end, now + closing_time());
}

Duration Connection::closing_time() const {
  const Duration least = role_ == Role::server && !largest_acked_ ? kUnheardCloseTime : Duration::zero();
  return std::max(kCloseProbeTimeouts * recovery_.pto(), least);
}

void Connection::enter_draining(Instant now) {
  timers_.disarm_all();
  probing_.reset();
  set_state(now, State::draining);
  timers_.arm(Timer::close_end, now + kCloseProbeTimeouts * recovery_.pto());
}

void Connection::finish_silently(Instant now, Error event_error) {
  timers_.disarm_all();
  // A half-open connection was never shown to the application.
  if (state_ != State::half_open) tell_closed(event_error);
  set_state(now, State::finished);
}

void Connection::abandon(Instant now) {
  const bool may_tell_peer =
      !abandoned_ && session_.protection && (state_ == State::open || state_ == State::unconfirmed);
  abandoned_ = true;
  timers_.disarm_all();
  probes_pending_ = 0;
  probing_.reset();
  if (ending_) ending_->is_asked_for = false;
  path_changed_event_ = false;
  if (state_ != State::half_open && !std::exchange(over_, true)) {
    closed_error_ = Error::out_of_memory;
    closed_event_ = true;
  }
  if (!may_tell_peer) return set_state(now, State::finished);
  // The number may have been used for a packet that was not remembered.
  ++next_number_;
  close_due_ = true;
  set_state(now, State::closing);
  timers_.arm(Timer::close_end, now + closing_time());
}

void Connection::tell_closed(Error error) {
  if (std::exchange(over_, true)) return;
  closed_error_ = error;
  closed_event_ = true;
  // Every message that asked gets its receipt, before the event that ends the connection.
  outgoing_.give_up_receipts();
}

void Connection::handle_reset(Instant now, const wire::ResetPacket& reset) {
  if (!session_.protection || (over_ && state_ != State::closing)) return;
  const path::RemoteIds::Entry* const named = remote_ids_.find(reset.server_cid);
  if (!named || !crypto::is_reset_token(named->reset_token, reset.token)) return;
  if (state_ == State::unconfirmed) return start_over(now);
  finish_silently(now, Error::reset_by_peer);
}

/// What ran out of memory had none for a reason either.
wire::CloseFrame Connection::close_frame() const {
  if (abandoned_)
    return {.code = static_cast<std::uint64_t>(wire::to_transport_error(Error::out_of_memory)),
            .reason = {},
            .origin = wire::CloseFrame::Origin::transport};
  const CloseReason& reason = ending_->reason;
  return {.code = reason.code,
          .frame_type = reason.frame_type,
          .reason = as_bytes(reason.text),
          .origin = reason.origin};
}

bool Connection::transmit_close(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (!std::exchange(close_due_, false)) return false;
  PacketBuilder builder(buffer.first(max_datagram_bytes_), next_header());
  const bool fits = wire::write(builder.frames(), close_frame());
  RUDP_ASSERT(fits);
  const auto bytes = builder.finish(*session_.protection, 0);
  if (!bytes) return false;
  ++next_number_;
  ++counters_.packets_sent;
  counters_.bytes_sent += *bytes;
  close_sent_at_ = now;
  if (++closes_sent_ < kCloseSendsMax) timers_.arm(Timer::close_repeat, now + recovery_.pto());
  trace(now, TraceKind::packet_sent, builder.number(), *bytes, 0);
  transmit = {.to = path_.remote, .bytes = *bytes, .segment_bytes = *bytes, .socket = path_.socket};
  return true;
}

}  // namespace rudp::connection
