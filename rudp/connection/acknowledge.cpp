// What an ack, a loss or a probe timeout means: facts from recovery, routed to
// messages, rate control and the receiver's own acks. No mechanism knows another.
#include <algorithm>
#include <limits>

#include "connection/connection.hpp"

namespace rudp::connection {

void Connection::on_ack_outcome(Instant now, const wire::AckFrame& frame,
                                const recovery::AckOutcome& outcome) {
  const PacketNumber largest = frame.largest();
  const bool is_newest = !largest_acked_ || largest > *largest_acked_;
  largest_acked_ = largest_acked_ ? std::max(*largest_acked_, largest) : largest;
  session_.protection->on_acked(largest);
  // What was in flight went to the path in use.
  if (outcome.newest) hear_old_path(now);
  route_acked(now, outcome.acked_frames);
  route_acked(now, outcome.spurious_frames);
  route_lost(now, outcome.lost.frames);
  if (outcome.large_acked) mtu_.on_large_acked();
  counters_.packets_spuriously_lost += outcome.spurious_packets;
  incoming_.set_smoothed_rtt(recovery_.rtt().smoothed_rtt());
  if (streams_) streams_->set_smoothed_rtt(recovery_.rtt().smoothed_rtt());

  // The order that the controllers ask for: losses, then marks, then the ack.
  for (const recovery::SpuriousLoss& late : outcome.spurious)
    controller_->on_spurious_loss(now, late.number, late.bytes);
  report_losses(now, outcome.lost);
  note_marks(now, frame, is_newest, outcome);
  report_ack(now, outcome);
  update_pacing(now);
  trace(now, TraceKind::packet_acked, largest, outcome.acked_bytes, recovery_.bytes_in_flight());
}

void Connection::route_acked(Instant now, std::span<const recovery::SentFrame> frames) {
  for (const recovery::SentFrame& frame : frames) {
    switch (type_of(frame)) {
      case RecordType::ack:
        received_.on_ack_acked(static_cast<ack::AckSequence>(frame.id));
        break;
      case RecordType::message:
        outgoing_.on_acked(tag_of(frame));
        break;
      case RecordType::skip:
        outgoing_.on_skip_acked(frame.id);
        break;
      case RecordType::retire_connection_id:
        remote_ids_.on_retirement_acked(frame.id);
        break;
      case RecordType::stream:
        streams_->on_acked(stream_tag_of(frame));
        break;
      case RecordType::stream_control:
        streams_->on_control_acked(control_kind_of(frame), frame.id);
        break;
      case RecordType::mtu_probe:
        if (mtu_.on_probe_acked(now, static_cast<std::uint32_t>(frame.id))) take_datagram_size(now);
        break;
      case RecordType::max_msg_data:
      case RecordType::msg_blocked:
      case RecordType::receipt:
      case RecordType::new_connection_id:
      case RecordType::ack_frequency:
        break;
    }
  }
}

void Connection::route_lost(Instant now, std::span<const recovery::SentFrame> frames) {
  for (const recovery::SentFrame& frame : frames) {
    if (is_repeated(frame)) continue;
    switch (type_of(frame)) {
      case RecordType::ack:
        break;  // the next ack says all of it again
      case RecordType::message:
        outgoing_.on_lost(tag_of(frame));
        break;
      case RecordType::max_msg_data:
        incoming_.on_limit_lost();
        break;
      case RecordType::msg_blocked:
        outgoing_.on_blocked_lost();
        break;
      case RecordType::skip:
        outgoing_.on_skip_lost(frame.id);
        break;
      case RecordType::receipt:
        incoming_.on_receipt_lost(arrived_of(frame));
        break;
      case RecordType::new_connection_id:
        local_ids_.on_lost(frame.id);
        break;
      case RecordType::retire_connection_id:
        remote_ids_.on_retirement_lost(frame.id);
        break;
      case RecordType::stream:
        streams_->on_lost(stream_tag_of(frame));
        break;
      case RecordType::stream_control:
        streams_->on_control_lost(control_kind_of(frame), frame.id);
        break;
      case RecordType::mtu_probe:
        mtu_.on_probe_lost(now, static_cast<std::uint32_t>(frame.id));
        break;
      case RecordType::ack_frequency:
        ack_request_.on_lost(frame.id);
        break;
    }
  }
}

void Connection::report_losses(Instant now, const recovery::LossReport& lost) {
  counters_.packets_lost += lost.packets;
  counters_.mtu_probes_lost += lost.mtu_probes;
  if (lost.packets > 0)
    trace(now, TraceKind::packet_lost, lost.largest, lost.bytes, recovery_.bytes_in_flight());
  const bool black_hole = is_black_hole(now, lost);
  ecn_.on_lost(lost.marked_packets);
  if (!lost.is_congestion() || black_hole) return;
  controller_->on_loss({.now = now,
                        .largest_lost = lost.largest,
                        .lost_bytes = lost.bytes,
                        .lost_packets = lost.packets,
                        .bytes_in_flight = recovery_.bytes_in_flight(),
                        .smoothed_rtt = recovery_.rtt().smoothed_rtt(),
                        .min_rtt = recovery_.rtt().min_rtt()});
  if (lost.persistent_congestion) controller_->on_persistent_congestion(now);
}

void Connection::report_ack(Instant now, const recovery::AckOutcome& outcome) {
  if (!outcome.newest) return;
  const recovery::RttEstimator& rtt = recovery_.rtt();
  const auto rate = rate_sampler_.on_acked(now, outcome.acked_bytes,
                                           {outcome.newest->sent_at, outcome.newest->rate}, rtt.min_rtt());
  bandwidth_.on_ack(outcome.newest->number, rate);
  controller_->on_ack({.now = now,
                       .largest_acked = outcome.newest->number,
                       .acked_bytes = outcome.acked_bytes,
                       .bytes_in_flight = recovery_.bytes_in_flight(),
                       .rtt_sample = outcome.rtt_sample,
                       .smoothed_rtt = rtt.smoothed_rtt(),
                       .min_rtt = rtt.min_rtt(),
                       .rate = rate});
  if (!outcome.rtt_sample) return;
  trace(now, TraceKind::rtt_updated, 0, static_cast<std::uint64_t>(rtt.latest_rtt().count()),
        static_cast<std::uint64_t>(rtt.smoothed_rtt().count()));
}

/// The delay may be shorter than what we offered, never longer than the peer can mean.
Result<void> Connection::on_frame(Instant, const wire::AckFrequencyFrame& frame) {
  if (frame.max_ack_delay_us < wire::TransportParameters{}.min_ack_delay_us) return Error::protocol_violation;
  if (frame.sequence < ack_frequency_next_) return {};
  ack_frequency_next_ = frame.sequence + 1;
  constexpr std::uint64_t kPacketsMax = std::numeric_limits<std::uint32_t>::max();
  constexpr std::uint64_t kDelayUsMax = wire::kMaxAckDelayMsMax * 1'000;
  // The threshold counts packets that may go without an ack; the next one has it.
  received_.set_frequency(
      {.packets = static_cast<std::uint32_t>(std::min(frame.ack_eliciting_threshold + 1, kPacketsMax)),
       .gaps_at_once = frame.reordering_threshold > 0,
       .max_delay = std::chrono::microseconds(std::min(frame.max_ack_delay_us, kDelayUsMax))});
  return {};
}

Result<void> Connection::on_frame(Instant, const wire::ImmediateAckFrame&) {
  immediate_ack_asked_ = true;
  return {};
}

void Connection::update_pacing(Instant now) {
  const std::uint64_t rate = controller_->pacing_rate(recovery_.rtt().smoothed_rtt());
  pacer_.set_rate(now, rate);
  trace(now, TraceKind::window_updated, 0, controller_->congestion_window(), rate);
}

}  // namespace rudp::connection
