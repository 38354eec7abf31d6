// Connections whose network is gone, or no longer the one that the system prefers: they move by themselves.
#include <algorithm>

#include "uv/clock.hpp"
#include "uv/driver.hpp"
#include "uv/source_address.hpp"

namespace rudp::uv {
namespace {

/// Refusals of one turn that are told apart; a connection that is not among them is in the next turn's.
constexpr std::size_t kRefusalsMax = 16;
/// Connections that lose the same socket within this time share the next one.
constexpr Duration kRefugeTime = Relocation::kRetryMax;

}  // namespace

// Called while a socket sends, so it is only noted.
void Driver::on_unreachable(Binding& binding, SocketId socket, const Address& to) {
  if (!network_watch_ || refusals_.size() == kRefusalsMax) return;
  const Refusal refusal{&binding, socket, to};
  if (std::find(refusals_.begin(), refusals_.end(), refusal) != refusals_.end()) return;
  refusals_.push_back(refusal);
  note_work();
}

void Driver::watch_network(Peer& peer) {
  const auto info = peer.route->binding->core().info(peer.route->handle);
  if (!options_.automatic_migration || !info || info->role != Role::client) return;
  if (!network_watch_) {
    auto watch = NetworkWatch::open(loop_, [this] {
      network_changed_ = true;
      note_work();
    });
    if (!watch) return log(LogLevel::warning, watch.error().sentence());
    network_watch_ = *std::move(watch);
  }
  peer.relocation = std::make_unique<Relocation>(source_of(peer));
}

/// What a socket bound to no address would send from. Absent: there is no way at this time.
std::optional<Address> Driver::source_of(const Peer& peer) {
  const auto info = peer.route->binding->core().info(peer.route->handle);
  if (!info) return std::nullopt;
  const auto source = source_address(loop_, info->remote);
  return source ? std::optional(*source) : std::nullopt;
}

void Driver::look_for_lost() {
  if (refusals_.empty() && !network_changed_) return;
  const Instant now = monotonic_now();
  peers_.for_each([&](ConnectionHandle slot, std::unique_ptr<Peer>& peer) {
    if (!peer->relocation || !peer->route) return;
    const bool was_due = peer->relocation->poll_timeout().has_value();
    tell_refusals(*peer, now);
    if (network_changed_) tell_change(*peer, now);
    if (!peer->relocation->poll_timeout()) return;
    if (was_due)
      waiting_due_ = now;  // it waits already, perhaps for later
    else
      wait_for(to_id(slot), now);
  });
  refusals_.clear();
  network_changed_ = false;
}

void Driver::tell_refusals(Peer& peer, Instant now) {
  const auto info = peer.route->binding->core().info(peer.route->handle);
  if (!info) return;
  for (const Refusal& refusal : refusals_) {
    if (refusal.binding != peer.route->binding || refusal.to != info->remote) continue;
    if (peer.sockets.next && refusal.socket == *peer.sockets.next) peer.relocation->on_next_refused(now);
    if (refusal.socket == peer.sockets.current) peer.relocation->on_refused(now);
  }
}

/// A socket that the app bound to one address sends from that one, whatever the system would choose now.
void Driver::tell_change(Peer& peer, Instant now) {
  const Binding& binding = *peer.route->binding;
  const SocketId socket = peer.sockets.current;
  const bool is_chosen = socket < binding.socket_count() && !binding.info(socket).local.is_unspecified();
  peer.relocation->on_network_change(now, is_chosen ? std::nullopt : source_of(peer));
}

// Without a way there is no use for a socket.
void Driver::relocate(Peer& peer, Instant now) {
  const auto source = source_of(peer);
  if (!source) return peer.relocation->on_failed(now);
  const auto socket = socket_to_relocate(peer, source->is_v4(), now);
  if (!socket || !begin_move(peer, *socket, std::nullopt)) return peer.relocation->on_failed(now);
  peer.relocation->on_begun(now, *source);
}

Result<SocketId, Failure> Driver::socket_to_relocate(const Peer& peer, bool is_v4, Instant now) {
  Binding& binding = *peer.route->binding;
  const bool is_near = refuge_ && refuge_->binding == &binding && refuge_->from == peer.sockets.current &&
                       refuge_->is_v4 == is_v4 && now - refuge_->made_at < kRefugeTime;
  if (is_near && binding.share_socket(refuge_->socket)) return refuge_->socket;
  const auto made = binding.add_socket(is_v4);
  if (made) refuge_ = Refuge{&binding, peer.sockets.current, *made, is_v4, now};
  return made;
}

}  // namespace rudp::uv
