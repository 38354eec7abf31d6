// Which two ends belong to one connection.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <optional>
#include <vector>

#include <rudp/sim.hpp>

namespace rudp::sim {

/// A connection as one of its two ends knows it.
struct SideKey {
  NodeId node{};
  ConnectionHandle connection;
  friend auto operator<=>(const SideKey&, const SideKey&) = default;
};

/// Of a map or set by SideKey, all of one node.
template <class Container>
void forget_node(Container& container, NodeId node) {
  for (auto entry = container.lower_bound({node, {0, 0}}); entry != container.end();) {
    if constexpr (requires { entry->second; }) {
      if (entry->first.node != node) return;
    } else {
      if (entry->node != node) return;
    }
    entry = container.erase(entry);
  }
}

/// Matches the two ends of each connection by their handshake hash. A checker passes on what it is told.
class PeerFinder {
 public:
  void on_connect(const SideKey& key);
  void on_event(const World& world, const SideKey& key);
  void on_settled(const World& world, NodeId node);
  void on_crash(NodeId node);

  /// The other end. Absent: not known yet, crashed, or a host that speaks for itself.
  std::optional<SideKey> peer_of(const SideKey& key) const;

 private:
  using HandshakeHash = std::array<std::uint8_t, 64>;
  struct Side {
    std::optional<HandshakeHash> hash;
    std::optional<SideKey> peer;
  };
  void learn_hash(const World& world, const SideKey& key, Side& side);
  void find_peer(const SideKey& key, Side& side);

  std::map<SideKey, Side> sides_;
  std::map<HandshakeHash, SideKey> unmatched_;
  std::vector<SideKey> without_peer_;  ///< yet
};

}  // namespace rudp::sim
