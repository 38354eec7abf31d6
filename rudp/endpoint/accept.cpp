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
  const bool has_cookie = init.token.size() == wire::kCookieBytes;
  if (is_token_good(at, from, init)) return accept(at, from, init, true);
  if (has_cookie) ++statistics.cookies_refused;
  if (!has_cookie && cookie_free.take(at)) return accept(at, from, init, false);
  send_retry(at, from, init);
}

bool Endpoint::Impl::is_token_good(Instant at, const Address& from, const wire::InitPacket& init) const {
  return init.token.size() == wire::kCookieBytes && retry_key.verify(at, subject_of(from, init), init.token);
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

void Endpoint::Impl::accept(Instant at, const Address& from, const wire::InitPacket& init, bool retry_used) {
  const endpoint::HandshakeKey key{from, init.client_cid};
  if (const auto known = by_handshake.find(key)) {
    Entry& entry = *connections.find(*known);
    if (!entry.connection->handle_duplicate_init(at, init)) ++statistics.dropped_unexpected;
    return touch(*known, entry);
  }
  if (connections.size() >= config.max_connections || statistics.half_open >= config.max_half_open) {
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
                                      .retry_used = retry_used});
  if (!accepted) return count_refused(accepted.error());

  const ConnectionHandle handle = connections.insert({});
  Entry& entry = *connections.find(handle);
  entry.handshake = key;
  entry.counts_as_half_open = true;
  entry.connection =
      connection::Connection::answer(environment, at, handle, {from, arrived_through}, std::move(*accepted));
  by_local_cid.insert(server_cid, handle);
  by_handshake.insert(key, handle);
  ++statistics.connections;
  ++statistics.half_open;
  touch(handle, entry);
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
