// Packets in, in this order: parse the header, expand the number, open in place;
// unauthenticated bytes change nothing before this line; accept once, each frame
// to its mechanism, note the arrival.
#include <algorithm>
#include <utility>
#include <variant>

#include "connection/connection.hpp"
#include "wire/frame_reader.hpp"
#include "wire/packet_number.hpp"

namespace rudp::connection {

Result<void> Connection::handle_packet(Instant now, const NetworkPath& from, MutableBytes datagram, Ecn ecn) {
  if (state_ == State::draining || state_ == State::finished) return Error::invalid_state;
  if (!session_.protection) return keep_early(from, datagram, ecn);
  const std::uint32_t key_generation = session_.protection->receive_generation();
  const auto packet = open_packet(now, from, datagram);
  if (!packet) return refuse(now, packet.error(), datagram.size());
  const bool is_highest = packet->number >= expected_number_;
  on_authenticated(now, packet->number, datagram.size());
  // Late packets of the key before are expected for so long (RFC 9001 6.5).
  if (session_.protection->receive_generation() != key_generation)
    timers_.arm(Timer::key_discard, now + kCloseProbeTimeouts * recovery_.pto());
  note_path(now, *packet, is_highest);
  if (state_ == State::closing) return handle_stray(now, *packet), Result<void>();
  handle_payload(now, *packet, ecn);
  close_when_drained(now);
  return {};
}

Result<Connection::OpenedPacket> Connection::open_packet(Instant now, const NetworkPath& from,
                                                         MutableBytes datagram) {
  const std::size_t cid_bytes = session_.local_cid.size();
  const auto location = wire::locate_short_header(datagram, cid_bytes);
  if (!location) return location.error();
  const crypto::HeaderSample sample(location->sample.data(), crypto::kHeaderSampleBytes);
  const auto header = wire::unprotect_short_header(datagram, location->number_offset,
                                                   session_.protection->receive_mask(sample));
  const PacketNumber number =
      wire::expand_packet_number(expected_number_, header.truncated_number, header.number_length);
  // The original of a copy that came another way first says where the peer still sends from, if it is
  // genuine.
  const bool is_duplicate = !replay_.is_new(number);
  if (is_duplicate && !(from == path_ && may_be_original(number))) return Error::invalid_state;
  const MutableBytes sealed = datagram.subspan(header.header_bytes);
  const auto opened =
      session_.protection->open(number, header.key_phase, datagram.first(header.header_bytes), sealed);
  if (!opened) return opened.error();
  if (is_duplicate) return hear_original(now, number), Error::invalid_state;
  return OpenedPacket{
      number, sealed.first(*opened), header.reserved, ConnectionId(datagram.subspan(1, cid_bytes)),
      from,   datagram.size()};
}

Result<void> Connection::refuse(Instant now, Error error, std::size_t bytes) {
  trace(now, TraceKind::packet_dropped, 0, bytes, static_cast<std::uint64_t>(error));
  if (error == Error::invalid_state) {
    ++counters_.packets_duplicate;
    return error;
  }
  ++counters_.packets_forged;
  // Too many forgeries wear the key out: nothing more may be sealed with it, not even a CLOSE (RFC 9001 6.6).
  if (error == Error::integrity_limit) finish_silently(now, error);
  if (error == Error::protocol_violation) fail(now, error, 0);
  return error;
}

void Connection::on_authenticated(Instant now, PacketNumber number, std::size_t bytes) {
  replay_.accept(number);
  expected_number_ = std::max(expected_number_, number + 1);
  ++counters_.packets_received;
  counters_.bytes_received += bytes;
  trace(now, TraceKind::packet_received, number, bytes, 0);
  if (state_ == State::half_open || state_ == State::unconfirmed) become_open(now);
  eliciting_sent_since_receive_ = false;
  recovery_.on_peer_heard(now);
  restart_idle(now);
}

void Connection::handle_payload(Instant now, const OpenedPacket& packet, Ecn ecn) {
  if (packet.reserved != 0) return fail(now, Error::protocol_violation, 0);
  bool ack_eliciting = false;
  std::uint32_t count = 0;
  std::uint32_t control = 0;
  wire::FrameReader frames(packet.payload);
  for (wire::Frame frame; frames.next(frame);) {
    if (++count > kFramesPerPacketMax) return fail(now, Error::limit_exceeded, frames.frame_type());
    control += is_control(frame) ? 1 : 0;
    ack_eliciting = ack_eliciting || wire::is_ack_eliciting(frame);
    const Result<void> handled = handle_frame(now, packet, frame);
    if (!handled) return fail(now, handled.error(), frames.frame_type());
    if (state_ != State::open) return;
  }
  if (frames.error()) return fail(now, *frames.error(), frames.frame_type());
  if (!glitches_.take(now, control)) return fail(now, Error::limit_exceeded, 0);
  received_.on_received(now, packet.number, ack_eliciting, ecn);
  if (std::exchange(immediate_ack_asked_, false)) received_.ack_at_once(now);
  if (ack_eliciting) note_transfer(now);
}

void Connection::handle_stray(Instant now, const OpenedPacket& packet) {
  wire::FrameReader frames(packet.payload);
  for (wire::Frame frame; frames.next(frame);) {
    if (std::holds_alternative<wire::CloseFrame>(frame)) return enter_draining(now);
  }
  if (now - close_sent_at_ >= recovery_.pto()) close_due_ = true;
}

Result<void> Connection::handle_frame(Instant now, const OpenedPacket& packet, const wire::Frame& frame) {
  if (const auto* challenge = std::get_if<wire::PathChallengeFrame>(&frame))
    return on_challenge(packet, *challenge);
  return std::visit([this, now](const auto& known) { return on_frame(now, known); }, frame);
}

Result<void> Connection::on_frame(Instant now, const wire::AckFrame& frame) {
  // A delay beyond an hour is a lie either way; the cut keeps the product below in range.
  constexpr std::uint64_t kUnitsMax = 3600ull * 1'000'000 / wire::kAckDelayUnitUs;
  const auto units = std::min(frame.delay_units, kUnitsMax);
  const Duration ack_delay = std::chrono::microseconds(units * wire::kAckDelayUnitUs);
  std::array<PacketRange, kAckRangesMax> ranges;
  std::size_t count = 0;
  for (const PacketRange& range : frame.ranges) ranges[count++] = range;
  const auto outcome = recovery_.on_ack_received(now, std::span(ranges).first(count), ack_delay);
  if (!outcome) return outcome.error();
  if (outcome->newly_acked) on_ack_outcome(now, frame, *outcome);
  return {};
}

Result<void> Connection::on_frame(Instant now, const wire::MessageFrame& frame) {
  trace(now, TraceKind::message_received, frame.number, frame.payload.size(), frame.channel);
  return incoming_.on_message(now, frame.delivery, frame.channel, frame.number, frame.payload);
}

Result<void> Connection::on_frame(Instant now, const wire::MessagesFrame& frame) {
  std::uint16_t number = frame.first;
  for (const Bytes payload : frame.messages) {
    const auto taken = incoming_.on_message(now, frame.delivery, frame.channel, number++, payload);
    if (!taken) return taken;
  }
  return {};
}

Result<void> Connection::on_frame(Instant now, const wire::FragmentFrame& frame) {
  return incoming_.on_fragment(now, frame.delivery, frame.channel, frame.number, frame.total, frame.offset,
                               frame.data);
}

Result<void> Connection::on_frame(Instant now, const wire::SkipFrame& frame) {
  for (const wire::SkipItem& item : frame.items) {
    const auto taken = incoming_.on_skip(now, frame.channel, item.number, item.charge);
    if (!taken) return taken;
  }
  return {};
}

Result<void> Connection::on_frame(Instant, const wire::ReceiptFrame& frame) {
  outgoing_.on_receipt(frame.channel, frame.number);
  return {};
}

Result<void> Connection::on_frame(Instant, const wire::MaxMsgDataFrame& frame) {
  outgoing_.set_limit(frame.limit);
  return {};
}

Result<void> Connection::on_frame(Instant now, const wire::MsgBlockedFrame& frame) {
  return incoming_.on_blocked(now, frame.limit, frame.need);
}

Result<void> Connection::on_frame(Instant now, const wire::CloseFrame& frame) {
  const bool by_application = frame.origin == wire::CloseFrame::Origin::application;
  ending().peer_code = by_application ? frame.code : 0;
  ending_->peer_reason = clean_reason(frame.reason);
  tell_closed(by_application ? Error::closed_by_peer : wire::from_transport_error(frame.code));
  enter_draining(now);
  return {};
}

}  // namespace rudp::connection
