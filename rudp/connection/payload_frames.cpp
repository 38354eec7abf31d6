// Frames that carry payload: whose turn it is, messages whole or in fragments, and in the low-latency mode
// those of the packets before.
#include <algorithm>

#include "base/assert.hpp"
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {

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

}  // namespace rudp::connection
