// Connections that move to another socket, and what the core says of it. A connection keeps the socket that
// it left until it moves again, for what is still on its way there.
#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {

Result<void> Driver::migrate(PeerId id, const std::optional<Address>& to) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return Error::closed;
  if (!found->route) return Error::invalid_state;
  Binding& binding = *found->route->binding;
  const auto info = binding.core().info(found->route->handle);
  if (!info) return info.error();
  const auto socket = binding.add_socket(to.value_or(info->remote).is_v4());
  if (!socket) return socket.error().code;
  const auto moved = binding.command().migrate(monotonic_now(), found->route->handle,
                                               MigrateOptions{.to = to, .socket = *socket});
  if (!moved) {
    binding.close_socket(*socket);
    return moved;
  }
  if (found->sockets.next) binding.close_socket(*found->sockets.next);
  found->sockets.next = *socket;
  return {};
}

void Driver::on_path_changed(PeerId id, const Event& event) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return;
  if (const auto arrived = std::exchange(found->sockets.next, std::nullopt)) {
    found->route->binding->close_socket(found->sockets.left);
    found->sockets.left = std::exchange(found->sockets.current, *arrived);
  }
  on_path_change(connection(id), event.remote);
}

void Driver::close_sockets(Peer& peer) {
  if (!peer.route) return;
  Binding& binding = *peer.route->binding;
  binding.close_socket(peer.sockets.left);
  binding.close_socket(peer.sockets.current);
  if (peer.sockets.next) binding.close_socket(*peer.sockets.next);
  peer.sockets = {};
}

}  // namespace rudp::uv
