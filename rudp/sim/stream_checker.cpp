#include <algorithm>

#include "sim/checkers.hpp"

namespace rudp::sim {
namespace {

// What was read is forgotten in blocks of this size.
constexpr std::size_t kForgetBytes = 1u << 20;

std::string describe(const StreamSeen& seen) {
  return "node " + std::to_string(static_cast<std::uint32_t>(seen.node)) + " read of stream " +
         std::to_string(seen.stream) + " ";
}

}  // namespace

Violation StreamChecker::on_connect(const World&, NodeId node, ConnectionHandle connection, const Address&) {
  const SideKey key{node, connection};
  peers_.on_connect(key);
  written_[key].clear();
  return {};
}

Violation StreamChecker::on_event(const World& world, NodeId node, const Event& event) {
  peers_.on_event(world, {node, event.connection});
  return {};
}

Violation StreamChecker::on_settled(const World& world, NodeId node) {
  peers_.on_settled(world, node);
  return {};
}

void StreamChecker::on_crash(NodeId node) {
  peers_.on_crash(node);
  forget_node(written_, node);
}

Violation StreamChecker::on_stream_write(const World&, const StreamSeen& seen) {
  Written& written = written_[{seen.node, seen.connection}][seen.stream];
  if (written.has_ended) return describe(seen) + "after its end was written";
  written.bytes.insert(written.bytes.end(), seen.bytes.begin(), seen.bytes.end());
  written.has_ended = seen.fin;
  report_.bytes_written += seen.bytes.size();
  if (seen.fin) ++report_.ends_written;
  return {};
}

// A side without a peer talks with a host that speaks for itself: there is nothing to compare with.
Violation StreamChecker::on_stream_read(const World&, const StreamSeen& seen) {
  const std::optional<SideKey> peer = peers_.peer_of({seen.node, seen.connection});
  if (!peer) return {};
  Written& written = written_[*peer][seen.stream];
  const auto next = written.bytes.begin() + static_cast<std::ptrdiff_t>(written.read);
  if (seen.bytes.size() > written.bytes.size() - written.read)
    return describe(seen) + "more than was written";
  if (!std::equal(seen.bytes.begin(), seen.bytes.end(), next)) return describe(seen) + "what was not written";
  written.read += seen.bytes.size();
  if (seen.fin && (!written.has_ended || written.read != written.bytes.size()))
    return describe(seen) + "an end that is not there";
  report_.bytes_read += seen.bytes.size();
  if (seen.fin) ++report_.ends_read;
  if (written.read >= kForgetBytes) {
    written.bytes.erase(written.bytes.begin(), next + static_cast<std::ptrdiff_t>(seen.bytes.size()));
    written.read = 0;
  }
  return {};
}

}  // namespace rudp::sim
