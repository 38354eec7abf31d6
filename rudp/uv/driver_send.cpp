// What the app asks of a connection, and what of it has to wait until there is a core connection to ask.
#include <algorithm>

#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {

SendResult Driver::send(PeerId id, ChannelId channel, Bytes message, const SendOptions& options) {
  Peer* const found = peer(id);
  if (!found || found->is_over() || found->close_request) return {SendStatus::closed, 0, 0};
  const Instant now = monotonic_now();
  if (found->route && found->early.empty()) {
    const Route& route = *found->route;
    SendResult result = route.binding->command().send(now, route.handle, channel, message, options);
    if (result) result.id = found->ids.on_sent(result.id);
    return result;
  }
  const SendResult result = found->early.push(now, found->ids.next_early(), channel, message, options);
  if (result) found->ids.on_early(result.id);
  return result;
}

Result<void> Driver::update_keys(PeerId id) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return Error::closed;
  if (!found->route) return Error::invalid_state;
  return found->route->binding->command().update_keys(monotonic_now(), found->route->handle);
}

void Driver::close_peer(PeerId id, std::uint64_t code, std::string_view reason, Duration drain) {
  Peer* const found = peer(id);
  if (!found || found->is_over() || found->close_request) return;
  const Instant now = monotonic_now();
  if (!found->early.empty()) {
    found->close_request = CloseRequest{code, std::string(reason), now + drain};
    return wait_for(id, now);
  }
  if (!found->route) return end(id, *found, {.error = Error::closed_locally});
  found->route->binding->command().close(now, found->route->handle, code, reason, drain);
}

void Driver::close_peer_now(PeerId id, std::uint64_t code, std::string_view reason) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return;
  if (!found->route) return end(id, *found, {.error = Error::closed_locally});
  found->route->binding->command().close_now(monotonic_now(), found->route->handle, code, reason);
}

Result<ConnectionInfo> Driver::info(PeerId id) const {
  const Peer* const found = peer(id);
  if (!found || found->is_over()) return Error::closed;
  if (found->route) return found->route->binding->core().info(found->route->handle);
  ConnectionInfo info;
  const std::vector<Address>& addresses = found->connecting->connector.addresses();
  if (!addresses.empty()) info.remote = addresses.front();
  return info;
}

Result<ConnectionStatistics> Driver::statistics(PeerId id) const {
  const Peer* const found = peer(id);
  if (!found || found->is_over()) return Error::closed;
  if (!found->route) return ConnectionStatistics{};
  return found->route->binding->core().statistics(found->route->handle);
}

void Driver::forward_early(PeerId id, Peer& peer) {
  for (; !peer.early.empty(); peer.early.pop())
    if (!forward(id, peer, peer.early.front())) return;
  pass_on_close(peer);
  // The core's queue may be full of these; it then answers would_block and tells its own writable.
  if (!peer.early.take_wants_writable()) return;
  local_.push_back({id, Writable{}});
  note_work();
}

// False: the core's queue is full, and says when it is not.
bool Driver::forward(PeerId id, Peer& peer, const EarlyMessage& message) {
  const Instant now = monotonic_now();
  if (message.expires_at && now >= *message.expires_at) {
    give_receipt(id, message, ReceiptStatus::expired);
    return true;
  }
  SendOptions options = message.options;
  if (message.expires_at) options.deadline = *message.expires_at - now;
  const Route& route = *peer.route;
  const SendResult result =
      route.binding->command().send(now, route.handle, message.channel, message.bytes, options);
  if (result.status == SendStatus::would_block) return false;
  if (result) {
    peer.ids.on_forwarded(message.id, result.id);
    return true;
  }
  log(LogLevel::warning, "a message of " + std::to_string(message.bytes.size()) +
                             " bytes, sent before the connection was open, was refused when it was");
  give_receipt(id, message, ReceiptStatus::lost);
  return true;
}

void Driver::drop_early(PeerId id, Peer& peer) {
  for (; !peer.early.empty(); peer.early.pop()) give_receipt(id, peer.early.front(), ReceiptStatus::lost);
}

void Driver::give_receipt(PeerId id, const EarlyMessage& message, ReceiptStatus status) {
  if (!message.options.receipt) return;
  local_.push_back({id, Receipt{message.id, status}});
  note_work();
}

void Driver::pass_on_close(Peer& peer) {
  if (!peer.close_request) return;
  const CloseRequest request = *std::exchange(peer.close_request, std::nullopt);
  const Instant now = monotonic_now();
  peer.route->binding->command().close(now, peer.route->handle, request.code, request.reason,
                                       std::max(request.until - now, Duration::zero()));
}

}  // namespace rudp::uv
