// A datagram finds its connection, or is answered without one, or is dropped and counted.
#include <type_traits>
#include <variant>

#include "endpoint/endpoint_impl.hpp"

namespace rudp {

void Endpoint::Impl::handle_datagram(Instant at, const Address& from, MutableBytes datagram, Ecn ecn,
                                     SocketId socket) {
  arrived_through = socket;
  ++statistics.datagrams_received;
  const auto kind = wire::classify(datagram);
  if (!kind) return count_refused(kind.error());
  if (*kind == wire::PacketKind::short_header) return handle_short(at, from, datagram, ecn);
  handle_long(at, from, datagram);
}

void Endpoint::Impl::handle_short(Instant at, const Address& from, MutableBytes datagram, Ecn ecn) {
  if (datagram.size() < 1 + local_cid_length) return count_refused(Error::truncated);
  const ConnectionId local_cid(datagram.subspan(1, local_cid_length));
  const auto handle = handle_in(by_local_cid.find(local_cid));
  if (!handle) return answer_unknown(at, from, datagram);
  Entry& entry = *connections.find(*handle);
  at_work = *handle;
  const NetworkPath path{from, arrived_through};
  if (!entry.connection->takes_from(path)) {
    ++statistics.dropped_unexpected;
    return;
  }
  const auto taken = entry.connection->handle_packet(at, path, datagram, ecn);
  if (!taken) count_refused(taken.error());
  touch(*handle, entry);
}

void Endpoint::Impl::handle_long(Instant at, const Address& from, Bytes datagram) {
  const auto packet = wire::parse_long_packet(datagram);
  if (packet) return std::visit([&](const auto& known) { on_packet(at, from, known); }, *packet);
  if (packet.error() != Error::unsupported_version) return count_refused(packet.error());
  const auto init = wire::parse_init_invariant(datagram);
  if (!init) return count_refused(init.error());
  handle_unknown_version(from, *init);
}

/// What a server answers goes to the connection whose INIT named that id, if it
/// comes from where the INIT went.
template <class Packet>
void Endpoint::Impl::to_client(Instant at, const Address& from, const Packet& packet) {
  const auto handle = handle_in(by_client_cid.find(packet.client_cid));
  if (!handle) {
    ++statistics.dropped_unknown_connection;
    return;
  }
  Entry& entry = *connections.find(*handle);
  at_work = *handle;
  if (entry.connection->state() != connection::State::handshaking || entry.connection->remote() != from) {
    ++statistics.dropped_unexpected;
    return;
  }
  if constexpr (std::is_same_v<Packet, wire::RetryPacket>) entry.connection->handle_retry(at, packet);
  if constexpr (std::is_same_v<Packet, wire::RespPacket>) entry.connection->handle_response(at, packet);
  if constexpr (std::is_same_v<Packet, wire::VersionNegotiationPacket>)
    entry.connection->handle_version_negotiation(at, packet);
  touch(*handle, entry);
}

void Endpoint::Impl::on_packet(Instant at, const Address& from, const wire::RetryPacket& retry) {
  to_client(at, from, retry);
}

void Endpoint::Impl::on_packet(Instant at, const Address& from, const wire::RespPacket& response) {
  to_client(at, from, response);
}

void Endpoint::Impl::on_packet(Instant at, const Address& from,
                               const wire::VersionNegotiationPacket& packet) {
  to_client(at, from, packet);
}

void Endpoint::Impl::on_packet(Instant at, const Address& from, const wire::FinPacket& fin) {
  const auto handle = config.accept ? handle_in(by_local_cid.find(fin.server_cid)) : std::nullopt;
  if (!handle) {
    ++statistics.dropped_unknown_connection;
    return;
  }
  Entry& entry = *connections.find(*handle);
  at_work = *handle;
  const auto taken = entry.connection->handle_fin(at, {from, arrived_through}, fin);
  if (!taken) count_refused(taken.error());
  touch(*handle, entry);
}

void Endpoint::Impl::on_packet(Instant at, const Address&, const wire::ResetPacket& reset) {
  const auto handle = handle_in(by_remote_cid.find(reset.server_cid));
  if (!handle) {
    ++statistics.dropped_unknown_connection;
    return;
  }
  Entry& entry = *connections.find(*handle);
  at_work = *handle;
  entry.connection->handle_reset(at, reset);
  touch(*handle, entry);
}

void Endpoint::Impl::count_refused(Error error) {
  switch (error) {
    case Error::invalid_state:
      ++statistics.dropped_duplicate;
      break;
    case Error::authentication_failed:
    case Error::bad_key:
    case Error::integrity_limit:
    case Error::protocol_violation:
      ++statistics.dropped_unauthenticated;
      break;
    default:
      ++statistics.dropped_malformed;
  }
}

/// Tells a client of an earlier life of this server that its connection is gone.
void Endpoint::Impl::answer_unknown(Instant at, const Address& from, Bytes datagram) {
  ++statistics.dropped_unknown_connection;
  if (!reset_key || datagram.size() < kResetTriggerBytesMin || replies.full() || !resets.take(at)) return;
  const ConnectionId server_cid(datagram.subspan(1, wire::kLongConnectionIdBytes));
  reply(from, wire::ResetPacket{server_cid, reset_key->make(server_cid.bytes())});
}

}  // namespace rudp
