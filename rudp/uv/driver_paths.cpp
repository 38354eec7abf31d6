// Connections that move to another socket, and what the core says of it. A connection keeps the socket that
// it left until it moves again, for what is still on its way there.
#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {
namespace {

/// A CLOSE that got lost is repeated a PTO later, and once more, and again for a peer that goes on talking:
/// from where the connection was, so that nobody can tell that it was elsewhere before. A path whose PTO is
/// longer than half of this hears it fewer times.
constexpr Duration kFarewell = std::chrono::seconds(1);

}  // namespace

Result<void> Driver::migrate(PeerId id, const std::optional<Address>& to) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return Error::closed;
  if (!found->route) return Error::invalid_state;
  Binding& binding = *found->route->binding;
  const auto info = binding.core().info(found->route->handle);
  if (!info) return info.error();
  const auto socket = binding.add_socket(to.value_or(info->remote).is_v4());
  if (!socket) return socket.error().code;
  return begin_move(*found, *socket, to);
}

// The socket is the connection's, or closed.
Result<void> Driver::begin_move(Peer& peer, SocketId socket, const std::optional<Address>& to) {
  Binding& binding = *peer.route->binding;
  const auto begun = binding.command().migrate(monotonic_now(), peer.route->handle,
                                               MigrateOptions{.to = to, .socket = socket});
  if (!begun) {
    binding.close_socket(socket);
    return begun;
  }
  if (peer.sockets.next) binding.close_socket(*peer.sockets.next);
  peer.sockets.next = socket;
  return {};
}

void Driver::on_path_changed(PeerId id, const Event& event) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return;
  if (const auto arrived = std::exchange(found->sockets.next, std::nullopt)) {
    found->route->binding->close_socket(found->sockets.left);
    found->sockets.left = std::exchange(found->sockets.current, *arrived);
  }
  if (found->relocation) found->relocation->on_moved(source_of(*found));
  on_path_change(connection(id), event.remote);
}

void Driver::close_sockets(Peer& peer) {
  if (!peer.route) return;
  Binding& binding = *peer.route->binding;
  binding.close_socket(peer.sockets.left);
  binding.close_socket(peer.sockets.current, kFarewell);
  if (peer.sockets.next) binding.close_socket(*peer.sockets.next);
  peer.sockets = {};
}

}  // namespace rudp::uv
