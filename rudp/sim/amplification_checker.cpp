#include "sim/checkers.hpp"

namespace rudp::sim {
namespace {

constexpr std::uint64_t kAmplificationFactor = 3;  // RFC 9000 section 8.1

}  // namespace

Violation AmplificationChecker::on_connect(const World&, NodeId node, ConnectionHandle connection,
                                           const Address& to) {
  tallies_[{node, to}].validated = true;
  open_.insert({node, connection});
  return {};
}

// What a node means to reach is no stranger's address, as with connect.
Violation AmplificationChecker::on_migrate(const World&, NodeId node, ConnectionHandle, const Address& to) {
  tallies_[{node, to}].validated = true;
  return {};
}

Violation AmplificationChecker::on_event(const World& world, NodeId node, const Event& event) {
  const SideKey key{node, event.connection};
  if (event.type == EventType::closed) open_.erase(key);
  if (event.type == EventType::path_changed) tallies_[{node, event.remote}].validated = true;
  if (event.type != EventType::connected) return {};
  open_.insert(key);
  const auto info = world.endpoint(node).info(event.connection);
  if (info) tallies_[{node, info.value().remote}].validated = true;
  return {};
}

Violation AmplificationChecker::on_datagram_received(const World&, NodeId node, const Datagram& datagram) {
  tallies_[{node, datagram.from}].received += datagram.bytes.size();
  return {};
}

Violation AmplificationChecker::on_datagram_sent(const World& world, NodeId node, const Datagram& datagram) {
  Tally& tally = tallies_[{node, datagram.to}];
  tally.sent += datagram.bytes.size();
  if (tally.validated || tally.sent <= kAmplificationFactor * tally.received) return {};
  tally.validated = has_moved_to(world, node, datagram.to);
  if (tally.validated) return {};
  return "node " + std::to_string(static_cast<std::uint32_t>(node)) + " sent " + std::to_string(tally.sent) +
         " bytes to " + datagram.to.to_string() + ", which is not validated and sent " +
         std::to_string(tally.received);
}

// Its next life knows nobody.
void AmplificationChecker::on_crash(NodeId node) {
  forget_node(open_, node);
  std::erase_if(tallies_, [node](const auto& tally) { return tally.first.first == node; });
}

bool AmplificationChecker::has_moved_to(const World& world, NodeId node, const Address& to) const {
  for (auto entry = open_.lower_bound({node, {0, 0}}); entry != open_.end(); ++entry) {
    if (entry->node != node) return false;
    const auto info = world.endpoint(node).info(entry->connection);
    if (info && info.value().remote == to) return true;
  }
  return false;
}

}  // namespace rudp::sim
