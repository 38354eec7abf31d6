// One connection as the app knows it, from the call of connect on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "uv/connector.hpp"
#include "uv/early_messages.hpp"
#include "uv/relocation.hpp"
#include "uv/resolver.hpp"

namespace rudp::uv {

/// Connection::id(): never 0, never given out twice.
using PeerId = std::uint64_t;

/// What belongs to an attempt that lost the race, or came after close: its events concern nobody.
constexpr PeerId kAbandoned = ~PeerId{0};

/// A peer's slot and its generation, which starts at 1.
constexpr PeerId to_id(ConnectionHandle slot) {
  return static_cast<PeerId>(slot.generation) << 32 | slot.index;
}
constexpr ConnectionHandle to_slot(PeerId id) {
  return {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)};
}

/// A call of close that could not be passed on yet, since messages wait before it.
struct CloseRequest {
  std::uint64_t code = 0;
  std::string reason;
  Instant until;
};

/// From connect to the first address that answers.
struct Connecting {
  Connector connector;
  std::unique_ptr<Resolution> resolution;  // null: the addresses are known
};

/// Those of a connection in its binding; bound ones are shared.
struct PeerSockets {
  SocketId left = 0;  ///< 0 also where none was left: the first bound one
  SocketId current = 0;
  std::optional<SocketId> next;  ///< asked for an answer
};

struct Peer {
  explicit Peer(std::uint64_t send_queue_bytes) : early(send_queue_bytes) {}

  std::unique_ptr<Connecting> connecting;  // null: a route was found, or none will be
  std::optional<Route> route;              // the core connection that carries it
  EarlyMessages early;
  MessageIds ids;
  std::optional<CloseRequest> close_request;
  std::string meets;  ///< a server that was never met before, by the name that its key is kept under
  PeerSockets sockets;
  std::unique_ptr<Relocation> relocation;  ///< of open connections that may move by themselves

  /// Only its on_close is still to come.
  bool is_over() const { return !connecting && !route; }
};

}  // namespace rudp::uv
