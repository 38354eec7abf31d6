// What a socket tells its owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include <rudp/address.hpp>
#include <rudp/types.hpp>

#include "uv/local_addresses.hpp"

namespace rudp::uv {

/// Datagrams of one sender that arrived together; the mirror image of Transmit. The bytes may be
/// overwritten, and are valid during the call.
struct Received {
  Address from;
  MutableBytes bytes;
  std::size_t segment_bytes = 0;  ///< each datagram but the last, which may be shorter
  Ecn ecn = Ecn::not_ect;
  std::optional<Address> to{};  ///< the address of ours, without a port; where the socket was asked for it
  LocalName local = 0;          ///< and its name there

  /// Calls visit(datagram) for each datagram; once for an empty one.
  template <class Visit>
  void for_each_datagram(Visit&& visit) const {
    if (segment_bytes == 0 || bytes.size() <= segment_bytes) return visit(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += segment_bytes)
      visit(bytes.subspan(at, std::min(segment_bytes, bytes.size() - at)));
  }
};

/// Which address of the machine datagrams leave from, at a socket that is bound to all of them.
enum class Source : std::uint8_t {
  chosen_by_system,
  where_asked,  ///< the one that local_of(Transmit::socket) names; Linux only, else as above
};

/// Called from the loop. None of these may destroy the socket.
class SocketReceiver {
 public:
  virtual void on_received(const Received& received) = 0;
  /// What waited has been sent; there is space again.
  virtual void on_writable() = 0;
  /// The system knows no way there any more, or has taken away the address that the socket is bound to. Only
  /// its own word counts for that, never an ICMP message's (threat M7).
  virtual void on_unreachable(const Address& to) = 0;

 protected:
  ~SocketReceiver() = default;
};

/// Receive buffer for one datagram or one GRO run: the largest that IP can carry, so that none is truncated.
constexpr std::size_t kReceiveBufferBytes = 64 << 10;

}  // namespace rudp::uv
