// One way between two endpoints.
#pragma once

#include <compare>

#include <rudp/address.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// The peer's address, and the socket of ours through which it is reached. Two paths are the same when both
/// are.
struct NetworkPath {
  Address remote;
  SocketId socket = 0;

  friend auto operator<=>(const NetworkPath&, const NetworkPath&) = default;
};

}  // namespace rudp
