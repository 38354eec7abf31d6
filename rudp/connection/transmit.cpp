// Packets out, in this order: may we send, choose frames (probe, ack, control,
// payload), build, seal in place, remember and arm timers.
#include "connection/connection.hpp"
#include "wire/packet_number.hpp"

namespace rudp::connection {
namespace {

/// Datagrams in one run: what the kernel takes as one GSO send.
constexpr std::size_t kRunDatagramsMax = 64;
/// A side that only receives sends a PING after this many unanswered acks: the answer tells which of
/// its ranges the peer knows, and ends their repetition (RFC 9000 13.2.4).
constexpr std::size_t kAcksUntilPing = 32;
/// Packet numbers that are kept for CLOSE when all others are used up (RFC 9000 12.3).
constexpr PacketNumber kNumbersForClose = 1024;

}  // namespace

bool Connection::poll_transmit(Instant now, MutableBytes buffer, Transmit& transmit) {
  close_when_drained(now);
  const bool used_up = next_number_ > kPacketNumberMax - kNumbersForClose;
  if (used_up && state_ == State::open) fail(now, Error::packet_numbers_exhausted, 0);
  switch (state_) {
    case State::handshaking:
      return transmit_init(now, buffer, transmit);
    case State::half_open:
      return transmit_response(now, buffer, transmit);
    case State::unconfirmed:
    case State::open:
      return transmit_fin(now, buffer, transmit) || transmit_path(now, buffer, transmit) ||
             transmit_mtu_probe(now, buffer, transmit) || transmit_run(now, buffer, transmit);
    case State::closing:
      return transmit_close(now, buffer, transmit);
    case State::draining:
    case State::finished:
      return false;
  }
  return false;
}

bool Connection::transmit_run(Instant now, MutableBytes buffer, Transmit& transmit) {
  // What expired since is out before it is asked whether there is anything to send.
  outgoing_.on_timeout(now);
  ecn_.begin_run(probes_pending_ > 0);
  std::size_t used = 0;
  std::size_t segment_bytes = 0;
  for (std::size_t count = 0; count < kRunDatagramsMax && buffer.size() - used >= max_datagram_bytes_;
       ++count) {
    const std::size_t bytes = build_packet(now, buffer.subspan(used, max_datagram_bytes_));
    if (bytes == 0) break;
    if (segment_bytes == 0) segment_bytes = bytes;
    used += bytes;
    if (bytes < max_datagram_bytes_) break;
  }
  if (used == 0) recovery_.set_backlog(has_payload());
  if (used == 0) return false;
  transmit = {.to = path_.remote,
              .bytes = used,
              .segment_bytes = segment_bytes,
              .ecn = ecn_.end_run(),
              .socket = path_.socket};
  return true;
}

std::size_t Connection::build_packet(Instant now, MutableBytes datagram) {
  // A peer that acks nothing while it makes us ack can fill the record of what was sent: nothing more may ask
  // for an ack then, until a probe timeout makes room.
  if (recovery_.sent().is_full()) probes_pending_ = 0;
  if (probes_pending_ > 0) return build_probe(now, datagram);
  if (recovery_.sent().ack_only() >= kAcksUntilPing && recovery_.sent().eliciting() == 0)
    ping_pending_ = true;
  const bool data = may_send_data(now);
  if (!data && !ack_is_due(now)) return 0;
  PacketBuilder builder(datagram, next_header());
  write_ack(now, builder);
  if (data) {
    if (repetition_) repetition_->begin_packet();
    write_control(builder);
    write_ack_request(now, builder);
    write_data(now, builder);
    if (repetition_ && repetition_->new_messages() > 0) repeat_messages(now, builder);
    // Only now does a message know that it waits for credit.
    write_blocked(builder);
  }
  if (builder.empty()) return 0;
  return send_packet(now, builder, recovery::PacketPurpose::ordinary, std::nullopt);
}

bool Connection::may_send_data(Instant now) {
  if (!has_data() || recovery_.sent().is_full()) return false;
  if (!window_has_room(max_datagram_bytes_)) return false;
  const auto at = pacer_.next_send(now, max_datagram_bytes_);
  if (!at) return true;
  timers_.arm(Timer::pacing, *at);
  return false;
}

bool Connection::window_has_room(std::size_t bytes) const {
  return recovery_.bytes_in_flight() + bytes <= controller_->congestion_window();
}

bool Connection::has_data() const {
  return ping_pending_ || outgoing_.has_work() || outgoing_.has_skip_to_send() ||
         incoming_.has_receipt_to_send() || incoming_.has_limit_to_announce() ||
         outgoing_.has_blocked_to_report() || local_ids_.has_id_to_send() ||
         remote_ids_.has_retirement_to_send() || streams_have_data();
}

bool Connection::ack_is_due(Instant now) const {
  const auto deadline = received_.ack_deadline();
  return deadline && *deadline <= now;
}

PacketBuilder::Header Connection::next_header() {
  if (session_.protection->is_key_update_due() && session_.protection->may_update_key())
    (void)session_.protection->initiate_key_update();
  return {.destination_cid = remote_ids_.current(),
          .number = next_number_,
          .number_length = wire::packet_number_bytes(next_number_, largest_acked_),
          .key_phase = session_.protection->send_phase()};
}

bool Connection::has_payload() const { return outgoing_.has_work() || (streams_ && streams_->has_work()); }

}  // namespace rudp::connection
