// How large packets are: what path/mtu_discovery.hpp asks to be tried, and what follows from its answers.
#include <algorithm>

#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {

path::MtuDiscovery Connection::discovery_for(const TransportOptions& options, const Address& remote,
                                             std::uint64_t limit_bytes) {
  const std::uint64_t allowed = std::min<std::uint64_t>(options.max_datagram_bytes, limit_bytes);
  if (!options.discover_mtu) {
    const auto fixed = static_cast<std::uint32_t>(allowed);
    return {fixed, fixed};
  }
  const std::uint32_t most = path::largest_datagram(remote, allowed);
  return {std::min(kBaseDatagramBytes, most), most};
}

void Connection::begin_discovery(Instant now) {
  mtu_ = discovery_for(environment_.config.transport, path_.remote, session_.peer.max_udp_payload);
  packets_are_full_ = false;
  take_datagram_size(now);
}

void Connection::take_datagram_size(Instant now) {
  const std::uint32_t bytes = mtu_.datagram_bytes();
  if (bytes != max_datagram_bytes_) trace(now, TraceKind::mtu_changed, 0, bytes, max_datagram_bytes_);
  max_datagram_bytes_ = bytes;
  controller_->on_max_datagram(bytes);
  pacer_.set_max_datagram(bytes);
}

/// PING and padding, so that nothing needs to be sent again (RFC 9000 14.4), alone in its run. It
/// waits for window and pacer like all else, but no timer brings it back: the next full packet does.
bool Connection::transmit_mtu_probe(Instant now, MutableBytes buffer, Transmit& transmit) {
  if (!packets_are_full_ || state_ != State::open || recovery_.sent().is_full()) return false;
  const auto bytes = mtu_.next_probe(now);
  if (!bytes || *bytes > buffer.size() || !window_has_room(*bytes) || pacer_.next_send(now, *bytes))
    return false;
  ecn_.begin_run(true);
  PacketBuilder builder(buffer.first(*bytes), next_header());
  wire::write(builder.frames(), wire::PingFrame{});
  builder.record(record_of(RecordType::mtu_probe, *bytes));
  builder.set_ack_eliciting();
  const auto sealed = builder.finish(*session_.protection, *bytes);
  if (!sealed) return finish_silently(now, Error::integrity_limit), false;
  on_sent(now, builder, *sealed, recovery::PacketPurpose::mtu_probe, std::nullopt);
  pacer_.on_sent(now, *sealed);
  mtu_.on_probe_sent(now, *bytes);
  packets_are_full_ = false;
  ++counters_.mtu_probes_sent;
  transmit = {.to = path_.remote,
              .bytes = *sealed,
              .segment_bytes = *sealed,
              .ecn = ecn_.end_run(),
              .socket = path_.socket};
  return true;
}

/// What a black hole took says nothing of congestion either, also what is missed later of what was under way.
bool Connection::is_black_hole(Instant now, const recovery::LossReport& lost) {
  if (lost.large_packets == 0) return false;
  if (lost.large_packets == lost.packets && lost.largest < black_hole_below_) return true;
  if (!mtu_.on_large_lost(now, lost.large_packets)) return false;
  black_hole_below_ = next_number_;
  ++counters_.mtu_black_holes;
  take_datagram_size(now);
  return true;
}

}  // namespace rudp::connection
