// What happens when a packet leaves: sealed, remembered for recovery, told to controller and pacer;
// and the numbers that are left out on purpose.
#include <algorithm>
#include <utility>

#include "connection/connection.hpp"

namespace rudp::connection {
namespace {

/// A packet with less room left than 1/20 is padded to full length, so that the run goes on.
constexpr std::size_t kPaddingShare = 20;
/// How far apart deliberately skipped numbers are at least, in packets.
constexpr std::uint64_t kSkipDistanceMin = 16;

/// What ended a side that may seal no more packets, not even a CLOSE.
Error end_of_sending(Error why) {
  return why == Error::packet_numbers_exhausted ? why : Error::integrity_limit;
}

}  // namespace

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
