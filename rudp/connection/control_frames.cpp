// Frames that carry no payload: acks, what acks are wished for, credit, numbers that will not come, receipts.
#include <array>
#include <span>

#include "base/assert.hpp"
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {
namespace {

/// A control frame at its longest: a type and two varints.
constexpr std::size_t kControlBytesMax = 1 + 8 + 8;
/// In the low-latency mode an ack goes out again so much later, before the peer's probe timer has run out: a
/// lost ack costs a probe with a whole packet, and nearly half of all probes are such.
constexpr Duration kAckRepeatAfter = std::chrono::milliseconds(2);

}  // namespace

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

}  // namespace rudp::connection
