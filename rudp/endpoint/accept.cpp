// INITs of strangers: everything is stateless until a cookie has come back.
#include <algorithm>
#include <array>

#include "connection/pattern_choice.hpp"
#include "endpoint/endpoint_impl.hpp"

namespace rudp {
namespace {

crypto::RetryTokenSubject subject_of(const Address& from, const wire::InitPacket& init) {
  return {.client = from,
          .client_cid = init.client_cid.bytes(),
          .version = init.version,
          .pattern = connection::noise_pattern_name(init.pattern)};
}

}  // namespace

void Endpoint::Impl::on_packet(Instant at, const Address& from, const wire::InitPacket& init) {
  ++statistics.inits_received;
  if (!config.accept || !connection::is_accepted(config, init.pattern)) {
    ++statistics.dropped_unexpected;
    return;
  }
  const AddressProof proof = proof_of(at, from, init);
  if (proof == AddressProof::cookie) return accept(at, from, init, proof);
  const bool has_cookie = init.token.size() == wire::kCookieBytes;
  if (has_cookie) ++statistics.cookies_refused;
  // A crowd is asked for cookies: those who hold one prove that they are there now.
  const bool is_crowded = statistics.half_open >= (config.max_half_open + 1) / 2;
  const bool may_skip_cookie = proof == AddressProof::token || (!has_cookie && cookie_free.take(at));
  if (!is_crowded && may_skip_cookie) return accept(at, from, init, proof);
  send_retry(at, from, init);
}

Endpoint::Impl::AddressProof Endpoint::Impl::proof_of(Instant at, const Address& from,
                                                      const wire::InitPacket& init) const {
  if (init.token.size() == wire::kCookieBytes && retry_key.verify(at, subject_of(from, init), init.token))
    return AddressProof::cookie;
  if (address_key && address_key->verify(at, from, init.token)) return AddressProof::token;
  return AddressProof::none;
}

void Endpoint::Impl::send_retry(Instant at, const Address& from, const wire::InitPacket& init) {
  if (replies.full() || !retries.take(at)) {
    ++statistics.dropped_limit;
    return;
  }
  reply(from, wire::RetryPacket{init.client_cid, retry_key.make(at, subject_of(from, init))});
  ++statistics.retries_sent;
}

void Endpoint::Impl::handle_unknown_version(const Address& from, const wire::InitInvariant& init) {
  ++statistics.inits_received;
  if (!config.accept || replies.full()) {
    ++statistics.dropped_limit;
    return;
  }
  reply(from, wire::VersionNegotiationPacket{init.client_cid, {wire::kVersion1}});
}

void Endpoint::Impl::reply(const Address& to, const wire::LongPacket& packet) {
  std::array<std::uint8_t, endpoint::StatelessReplies::kReplyBytesMax> bytes{};
  wire::Writer writer(bytes);
  const bool fits = wire::write_long_packet(writer, packet);
  RUDP_ASSERT(fits);
  replies.push({to, arrived_through}, writer.written());
}

void Endpoint::Impl::accept(Instant at, const Address& from, const wire::InitPacket& init,
                            AddressProof proof) {
  const endpoint::HandshakeKey key{from, init.client_cid};
  if (const auto known = handle_in(by_handshake.find(key))) {
    Entry& entry = *connections.find(*known);
    at_work = *known;
    entry.is_proven = entry.is_proven || proof == AddressProof::cookie;
    if (!entry.connection->handle_duplicate_init(at, init)) ++statistics.dropped_unexpected;
    return touch(*known, entry);
  }
  if (!has_room_for(proof)) {
    ++statistics.dropped_limit;
    return;
  }
  if (!accept_limiter.take(at, from, statistics.half_open, config.max_half_open)) {
    ++statistics.dropped_limit;
    return;
  }
  const ConnectionId server_cid = draw_server_cid();
  ++statistics.key_agreements;
  auto accepted = connection::accept(environment, init,
                                     {.server_cid = server_cid,
                                      .reset_token = reset_key->make(server_cid.bytes()),
                                      .retry_used = proof == AddressProof::cookie,
                                      .address_token = token_for(at, from, proof)});
  if (!accepted) return count_refused(accepted.error());
  if (is_full()) give_up_unproven();

  if (proof != AddressProof::cookie) make_place_among_unproven();
  const ConnectionHandle handle = begin_connection();
  Entry& entry = *connections.find(handle);
  entry.origin = by_handshake.name_of(key);
  entry.is_accepted = true;
  entry.is_proven = proof == AddressProof::cookie;
  entry.connection =
      connection::Connection::answer(environment, at, handle, {from, arrived_through}, std::move(*accepted));
  by_local_cid.insert(server_cid, handle.index);
  by_handshake.insert(key, handle.index);
  entry.is_made = true;
  entry.counts_as_half_open = true;
  ++statistics.connections;
  ++statistics.half_open;
  if (proof != AddressProof::cookie) unproven.push_back(handle);
  touch(handle, entry);
}

std::optional<AddressToken> Endpoint::Impl::token_for(Instant at, const Address& from,
                                                      AddressProof proof) const {
  if (proof == AddressProof::none) return std::nullopt;
  return address_key->make(at, from);
}

bool Endpoint::Impl::is_full() const {
  return connections.size() >= config.max_connections || statistics.half_open >= config.max_half_open;
}

/// Whoever comes with a cookie may take the place of the one without that has waited longest (H12).
bool Endpoint::Impl::has_room_for(AddressProof proof) {
  while (!unproven.empty() && !is_evictable(unproven.front())) unproven.pop_front();
  if (!is_full()) return true;
  return proof == AddressProof::cookie && !unproven.empty();
}

/// REQUIRES: the oldest of them is evictable, as has_room_for() leaves them.
void Endpoint::Impl::give_up_unproven() {
  const ConnectionHandle oldest = unproven.pop_front();
  forget(oldest, *connections.find(oldest));
  ++statistics.half_open_evicted;
}

/// Those that have gone on stand in the line until those before them are gone; where they are half of it,
/// they all leave. Memory may run out here, and nothing has changed.
void Endpoint::Impl::make_place_among_unproven() {
  if (unproven.size() >= 2 * std::size_t{config.max_half_open}) {
    for (std::size_t left = unproven.size(); left > 0; --left) {
      const ConnectionHandle handle = unproven.pop_front();
      if (is_evictable(handle)) unproven.push_back(handle);
    }
  }
  unproven.reserve(unproven.size() + 1);
}

bool Endpoint::Impl::is_evictable(ConnectionHandle handle) {
  const Entry* const entry = connections.find(handle);
  return entry && entry->counts_as_half_open && !entry->is_proven;
}

ConnectionId Endpoint::Impl::draw_server_cid() {
  ConnectionId server_cid;
  do {
    std::array<std::uint8_t, wire::kLongConnectionIdBytes> bytes{};
    random.public_fill(bytes);
    server_cid = ConnectionId(bytes);
  } while (by_local_cid.contains(server_cid));
  return server_cid;
}

}  // namespace rudp
