#include "sim/peer_finder.hpp"

#include <algorithm>
#include <iterator>

namespace rudp::sim {

// A handle may come again after a restart.
void PeerFinder::on_connect(const SideKey& key) {
  sides_[key] = Side{};
  without_peer_.push_back(key);
}

void PeerFinder::on_event(const World& world, const SideKey& key) {
  Side& side = sides_[key];
  if (!side.peer) learn_hash(world, key, side);
}

// A connecting side has its hash before it can be matched, and may be gone when its
// messages arrive: the hash is taken as soon as there is one, and again where its handshake starts over.
void PeerFinder::on_settled(const World& world, NodeId node) {
  const auto is_done = [&](const SideKey& key) {
    if (key.node != node) return false;
    learn_hash(world, key, sides_[key]);
    return sides_[key].peer.has_value();
  };
  without_peer_.erase(std::remove_if(without_peer_.begin(), without_peer_.end(), is_done),
                      without_peer_.end());
}

// What its peers still get from it, or would have sent it, cannot be compared any more.
void PeerFinder::on_crash(NodeId node) {
  forget_node(sides_, node);
  for (auto& [key, side] : sides_)
    if (side.peer && side.peer->node == node) side.peer.reset();
  for (auto entry = unmatched_.begin(); entry != unmatched_.end();)
    entry = entry->second.node == node ? unmatched_.erase(entry) : std::next(entry);
  const auto is_gone = [node](const SideKey& key) { return key.node == node; };
  without_peer_.erase(std::remove_if(without_peer_.begin(), without_peer_.end(), is_gone),
                      without_peer_.end());
}

std::optional<SideKey> PeerFinder::peer_of(const SideKey& key) const {
  const auto found = sides_.find(key);
  return found == sides_.end() ? std::nullopt : found->second.peer;
}

void PeerFinder::learn_hash(const World& world, const SideKey& key, Side& side) {
  if (side.peer || !world.has_endpoint(key.node)) return;
  const auto info = world.endpoint(key.node).info(key.connection);
  if (!info || info.value().handshake_hash == HandshakeHash{} || info.value().handshake_hash == side.hash)
    return;
  if (side.hash) unmatched_.erase(*side.hash);
  side.hash = info.value().handshake_hash;
  find_peer(key, side);
}

void PeerFinder::find_peer(const SideKey& key, Side& side) {
  const auto [found, inserted] = unmatched_.try_emplace(*side.hash, key);
  if (inserted) return;
  side.peer = found->second;
  sides_[found->second].peer = key;
  unmatched_.erase(found);
}

}  // namespace rudp::sim
