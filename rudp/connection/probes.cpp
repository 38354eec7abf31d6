// Packets that ask whether anything still arrives: what was in flight once more, or a PING.
#include <algorithm>

#include "connection/connection.hpp"

namespace rudp::connection {

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

/// Later probes of a packet ask more than they could bring.
bool Connection::is_first(const PendingProbe& probe) const {
  const recovery::SentPacket* const packet = recovery_.sent().find(probe.copy_of);
  return packet && packet->probes == 1;
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

}  // namespace rudp::connection
