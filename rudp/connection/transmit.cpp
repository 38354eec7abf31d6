// Packets out, in this order: may we send, choose frames (probe, ack, control,
// messages), build, seal in place, remember and arm timers.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"
#include "wire/packet_number.hpp"

namespace rudp::connection {
namespace {

/// Datagrams in one run: what the kernel takes as one GSO send.
constexpr std::size_t kRunDatagramsMax = 64;
/// A packet with less room left than 1/20 is padded to full length, so that the run goes on.
constexpr std::size_t kPaddingShare = 20;
/// A control frame at its longest: a type and two varints.
constexpr std::size_t kControlBytesMax = 1 + 8 + 8;
/// A side that only receives sends a PING after this many unanswered acks: the answer tells which of
/// its ranges the peer knows, and ends their repetition (RFC 9000 13.2.4).
constexpr std::size_t kAcksUntilPing = 32;
/// In the low-latency mode an ack goes out again so much later, before the peer's probe timer has run out: a
/// lost ack costs a probe with a whole packet, and nearly half of all probes are such.
constexpr Duration kAckRepeatAfter = std::chrono::milliseconds(2);
/// How far apart deliberately skipped numbers are at least, in packets.
constexpr std::uint64_t kSkipDistanceMin = 16;
/// Packet numbers that are kept for CLOSE when all others are used up (RFC 9000 12.3).
constexpr PacketNumber kNumbersForClose = 1024;

/// What ended a side that may seal no more packets, not even a CLOSE.
Error end_of_sending(Error why) {
  return why == Error::packet_numbers_exhausted ? why : Error::integrity_limit;
}

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
  // for an ack then.
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

std::size_t Connection::build_probe(Instant now, MutableBytes datagram) {
  const PendingProbe& probe = probes_[--probes_pending_];
  if (probe.of_base_size)
    datagram = datagram.first(std::min<std::size_t>(datagram.size(), kBaseDatagramBytes));
  PacketBuilder builder(datagram, next_header());
  if (repetition_) repetition_->begin_packet();
  if (!probe.is_awaited) write_data(now, builder);
  // A copy stands for its original, and one copy for another: it carries the same frames and nothing else.
  const bool whole = !builder.ack_eliciting() && write_probe(now, builder, probe);
  const bool copies = whole && builder.ack_eliciting();
  if (!copies) write_control(builder);
  if (!builder.ack_eliciting()) write_data(now, builder);
  if (!builder.ack_eliciting()) write_ping(builder);
  if (repetition_ && probes_pending_ == 0 && is_first(probe)) repeat_messages(now, builder);
  write_ack(now, builder);
  ++counters_.probes_sent;
  trace(now, TraceKind::probe_sent, builder.number(), recovery_.pto_count(), 0);
  const auto copy_of = copies ? std::optional(probe.copy_of) : std::nullopt;
  return send_packet(now, builder, recovery::PacketPurpose::probe, copy_of);
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

void Connection::write_ack(Instant now, PacketBuilder& builder) {
  if (!received_.ack_pending()) return;
  const auto ranges = received_.ranges();
  const auto delay = std::chrono::duration_cast<std::chrono::microseconds>(received_.ack_delay(now));
  const auto units = static_cast<std::uint64_t>(delay.count()) / wire::kAckDelayUnitUs;
  const EcnCounts& ecn = received_.ecn_counts();
  if (wire::ack_bytes(ranges, units, ecn == EcnCounts{} ? nullptr : &ecn) > builder.space()) return;
  if (!wire::write_ack(builder.frames(), ranges, units, ecn == EcnCounts{} ? nullptr : &ecn)) return;
  builder.record(record_of(received_.on_ack_sent(ranges.size())));
  if (repetition_) received_.repeat_ack(now + kAckRepeatAfter);
}

bool Connection::write_probe(Instant now, PacketBuilder& builder, const PendingProbe& probe) {
  bool whole = true;
  for (const recovery::SentFrame& record : probe.frames) {
    const bool last = &record == &probe.frames.back();
    whole = repeat(now, builder, record, last) && whole;
  }
  return whole;
}

/// True: what the record says is in this packet, exactly.
bool Connection::repeat(Instant now, PacketBuilder& builder, const recovery::SentFrame& record, bool last) {
  switch (type_of(record)) {
    case RecordType::ack:
      return true;
    case RecordType::max_msg_data:
      return incoming_.on_limit_lost(), true;
    case RecordType::msg_blocked:
      return outgoing_.on_blocked_lost(), true;
    case RecordType::skip:
      return outgoing_.on_skip_lost(record.id), true;
    case RecordType::receipt:
      return incoming_.on_receipt_lost(arrived_of(record)), true;
    case RecordType::new_connection_id:
      return local_ids_.on_lost(record.id), true;
    case RecordType::retire_connection_id:
      return remote_ids_.on_retirement_lost(record.id), true;
    case RecordType::stream:
      return repeat_stream(builder, record);
    case RecordType::stream_control:
      return streams_->on_control_lost(control_kind_of(record), record.id), true;
    case RecordType::mtu_probe:
      return true;
    case RecordType::ack_frequency:
      return ack_request_.on_lost(record.id), true;
    case RecordType::message:
      break;
  }
  if (is_repeated(record)) return true;  // its own packet has its own probe
  const message::FrameTag tag = tag_of(record);
  const auto frame = outgoing_.frame_again(now, tag, builder.space());
  if (!frame) return false;
  return write_frame(builder, *frame, last && is_last_of_packet(*frame)) && frame->tag.offset == tag.offset &&
         frame->tag.length == tag.length;
}

void Connection::write_ping(PacketBuilder& builder) {
  if (!wire::write(builder.frames(), wire::PingFrame{})) return;
  builder.set_ack_eliciting();
  ping_pending_ = false;
}

void Connection::write_control(PacketBuilder& builder) {
  if (incoming_.has_limit_to_announce() && builder.space() >= kControlBytesMax) {
    wire::write(builder.frames(), wire::MaxMsgDataFrame{*incoming_.limit_to_announce()});
    builder.record(record_of(RecordType::max_msg_data));
    builder.set_ack_eliciting();
  }
  write_blocked(builder);
  write_skips(builder);
  write_receipts(builder);
  write_ids(builder);
  write_stream_control(builder);
  if (ping_pending_) write_ping(builder);
}

/// No packet leaves for it alone: where nothing is sent there is nothing to acknowledge.
void Connection::write_ack_request(Instant now, PacketBuilder& builder) {
  constexpr std::size_t kBytesMax = 1 + 8 + 2 * 4 + 1;
  if (!has_payload() || builder.space() < kBytesMax) return;
  const auto wish =
      ack_request_.next(now, {.window_packets = recovery_.bytes_in_flight() / max_datagram_bytes_,
                              .in_slow_start = controller_->in_slow_start(),
                              .smoothed_rtt = recovery_.rtt().smoothed_rtt()});
  if (!wish) return;
  const auto delay = std::chrono::duration_cast<std::chrono::microseconds>(wish->frequency.max_delay);
  wire::write(builder.frames(),
              wire::AckFrequencyFrame{.sequence = wish->sequence,
                                      .ack_eliciting_threshold = wish->frequency.packets - 1,
                                      .max_ack_delay_us = static_cast<std::uint64_t>(delay.count()),
                                      .reordering_threshold = 1});
  builder.record(record_of(RecordType::ack_frequency, wish->sequence));
  builder.set_ack_eliciting();
}

void Connection::write_skips(PacketBuilder& builder) {
  while (outgoing_.has_skip_to_send()) {
    const auto skip = outgoing_.next_skip(builder.space(), builder.records_left());
    if (!skip) return;
    std::array<wire::SkipItem, message::kSkipItemsMax> items;
    for (std::size_t at = 0; at < skip->count; ++at) {
      items[at] = {skip->items[at].number, skip->items[at].charge};
      builder.record(record_of(skip->items[at]));
    }
    const bool fits = wire::write_skip(builder.frames(), skip->channel, std::span(items).first(skip->count));
    RUDP_ASSERT(fits);
    builder.set_ack_eliciting();
  }
}

void Connection::write_blocked(PacketBuilder& builder) {
  if (!outgoing_.has_blocked_to_report() || builder.space() < kControlBytesMax) return;
  const auto blocked = outgoing_.blocked_to_report();
  wire::write(builder.frames(), wire::MsgBlockedFrame{blocked->limit, blocked->need});
  builder.record(record_of(RecordType::msg_blocked));
  builder.set_ack_eliciting();
}

void Connection::write_receipts(PacketBuilder& builder) {
  while (incoming_.has_receipt_to_send() && builder.space() >= kControlBytesMax) {
    const message::ArrivedMessage arrived = *incoming_.receipt_to_send();
    wire::write(builder.frames(), wire::ReceiptFrame{arrived.channel, arrived.number});
    builder.record(record_of(arrived));
    builder.set_ack_eliciting();
  }
}

void Connection::write_data(Instant now, PacketBuilder& builder) {
  while (builder.space() > 0 && write_next(now, builder)) {
  }
}

/// One frame of payload: of whoever comes first and can use the space.
bool Connection::write_next(Instant now, PacketBuilder& builder) {
  for (const transfer::SendOrder::Choice choice : send_order_.choices(send_demand())) {
    const bool is_message = choice.source == transfer::SendSource::messages;
    const std::optional<std::size_t> bytes =
        is_message ? write_message(now, builder, choice.level) : write_stream(builder, choice.level);
    if (!bytes) continue;
    send_order_.on_sent(choice, *bytes, send_demand());
    return true;
  }
  return false;
}

transfer::SendDemand Connection::send_demand() const {
  transfer::SendDemand demand;
  for (std::uint8_t level = 0; level < transfer::kLevels; ++level)
    demand.flows[level] = {outgoing_.waiting_at(level), streams_ ? streams_->waiting_at(level) : 0};
  return demand;
}

std::optional<std::size_t> Connection::write_message(Instant now, PacketBuilder& builder,
                                                     std::uint8_t level) {
  const auto frame = outgoing_.next_frame(now, level, builder.space());
  if (!frame) return std::nullopt;
  const std::size_t bytes = frame->data.size();
  const bool fits = write_frame(builder, *frame, is_last_of_packet(*frame));
  RUDP_ASSERT(fits);
  if (repetition_ && frame->kind == message::FrameKind::whole && bytes <= message::kWholeOnlyBytes)
    repetition_->on_sent(frame->tag);
  return bytes;
}

/// Later probes of a packet ask more than they could bring.
bool Connection::is_first(const PendingProbe& probe) const {
  const recovery::SentPacket* const packet = recovery_.sent().find(probe.copy_of);
  return packet && packet->probes == 1;
}

bool Connection::carries(const PacketBuilder& builder, const message::FrameTag& tag) {
  const auto records = builder.records();
  return std::any_of(records.begin(), records.end(), [&](const recovery::SentFrame& record) {
    return type_of(record) == RecordType::message && record.id == tag.id;
  });
}

/// Loss of this packet's predecessor then costs the time to here, not a round trip. Nobody else's bytes are
/// spent on it: not where more waits, and not in the second half of the window.
void Connection::repeat_messages(Instant now, PacketBuilder& builder) {
  if (has_payload()) return;
  if (2 * recovery_.bytes_in_flight() > controller_->congestion_window()) return;
  while (const auto tag = repetition_->next()) {
    if (carries(builder, *tag)) continue;
    const auto frame = outgoing_.frame_again(now, *tag, builder.space());
    if (!frame || frame->kind != message::FrameKind::whole) continue;
    const bool last = repetition_->new_messages() == 1 && frame->data.size() >= kFillingBytesMin &&
                      !outgoing_.has_blocked_to_report();
    if (!write_frame(builder, *frame, last, kIsRepeated)) return;
    repetition_->on_repeated(*tag);
  }
}

/// Nothing waits that would follow it. A thin flow saves the length of each message that way.
bool Connection::is_last_of_packet(const message::OutgoingFrame& frame) const {
  return frame.data.size() >= kFillingBytesMin && !repetition_ && !has_payload() &&
         !outgoing_.has_blocked_to_report() && !received_.ack_pending();
}

bool Connection::write_frame(PacketBuilder& builder, const message::OutgoingFrame& frame, bool last,
                             std::uint16_t flags) {
  const wire::Extent extent = last ? wire::Extent::to_packet_end : wire::Extent::stated;
  bool fits = false;
  if (frame.kind == message::FrameKind::whole) {
    fits = wire::write(builder.frames(),
                       wire::MessageFrame{.payload = frame.data,
                                          .channel = frame.channel,
                                          .number = frame.has_number() ? frame.number : std::uint16_t{0},
                                          .delivery = frame.delivery,
                                          .extent = extent});
  } else {
    fits = wire::write(builder.frames(), wire::FragmentFrame{.total = frame.total,
                                                             .offset = frame.offset,
                                                             .data = frame.data,
                                                             .channel = frame.channel,
                                                             .number = frame.number,
                                                             .delivery = frame.delivery,
                                                             .extent = extent});
  }
  if (!fits) return false;
  if (last) builder.end();
  builder.record(record_of(frame.tag, flags));
  builder.set_ack_eliciting();
  return true;
}

bool Connection::has_payload() const { return outgoing_.has_work() || (streams_ && streams_->has_work()); }

std::size_t Connection::padded_bytes(const PacketBuilder& builder) const {
  const std::size_t full = max_datagram_bytes_;
  const bool nearly_full = full - builder.bytes() <= full / kPaddingShare;
  return nearly_full && has_payload() ? full : 0;
}

std::size_t Connection::send_packet(Instant now, PacketBuilder& builder, recovery::PacketPurpose purpose,
                                    std::optional<PacketNumber> copy_of) {
  const auto bytes = builder.finish(*session_.protection, padded_bytes(builder));
  if (!bytes) return finish_silently(now, end_of_sending(bytes.error())), 0;
  on_sent(now, builder, *bytes, purpose, copy_of);
  return *bytes;
}

void Connection::on_sent(Instant now, const PacketBuilder& builder, std::size_t bytes,
                         recovery::PacketPurpose purpose, std::optional<PacketNumber> copy_of) {
  // A probe of the path's size is neither asked after nor in the way of anything: it may well be lost, and
  // with nothing behind it that would never be found out.
  const bool counts = builder.ack_eliciting() && purpose != recovery::PacketPurpose::mtu_probe;
  recovery::OutgoingPacket packet{.number = builder.number(),
                                  .sent_at = now,
                                  .bytes = static_cast<std::uint32_t>(bytes),
                                  .ack_eliciting = counts,
                                  .in_flight = counts,
                                  .ecn_marked = ecn_.on_packet_sent(),
                                  .purpose = purpose,
                                  .copy_of = copy_of,
                                  .rate = {}};
  if (packet.in_flight) packet.rate = rate_sampler_.on_sent(now, recovery_.bytes_in_flight());
  recovery_.on_packet_sent(packet, builder.records());
  ++next_number_;
  ++counters_.packets_sent;
  counters_.bytes_sent += bytes;
  trace(now, TraceKind::packet_sent, packet.number, bytes, packet.ack_eliciting ? 1 : 0);
  if (!packet.in_flight) return;

  packets_are_full_ = packets_are_full_ || bytes >= max_datagram_bytes_ || has_payload();
  end_transfer();
  bandwidth_.on_packet_sent(packet.number);
  controller_->on_packet_sent({now, packet.number, recovery_.bytes_in_flight()});
  pacer_.on_sent(now, bytes);
  if (!std::exchange(eliciting_sent_since_receive_, true)) restart_idle(now);
  note_app_limited();
  skip_number_sometimes();
}

void Connection::note_app_limited() {
  if (window_has_room(max_datagram_bytes_) && !has_payload())
    rate_sampler_.on_app_limited(recovery_.bytes_in_flight());
}

void Connection::draw_next_skip() {
  const std::uint64_t window =
      std::max(controller_->congestion_window() / max_datagram_bytes_, 2 * kSkipDistanceMin);
  packets_until_skip_ = window / 2 + environment_.random.below(window * 3 / 2);
}

/// An ack of a number that was never sent proves an optimistic acker; so some are left out, on average
/// one a window.
void Connection::skip_number_sometimes() {
  if (packets_until_skip_-- > 0) return;
  recovery_.mark_skipped(next_number_++);
  draw_next_skip();
}

}  // namespace rudp::connection
