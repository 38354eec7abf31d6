// The machine's addresses that datagrams came to, at a socket that is bound to all of them: what belongs to a
// peer leaves from the one that the peer writes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <rudp/address.hpp>
#include <rudp/types.hpp>

namespace rudp::uv {

/// Names such an address at its socket, in 24 bits; 0: none.
using LocalName = std::uint32_t;

class LocalAddresses {
 public:
  /// A machine has a handful, but whole networks may be routed to it. The one that went longest without a
  /// datagram gives way, and the system chooses what its peers are answered from until they are heard again.
  static constexpr std::size_t kLocalAddressesMax = 256;

  /// A datagram came to `local`, whose port means nothing. The same name while the address is remembered.
  LocalName note(const Address& local);
  /// Null: there is none, it has given way, or it was lost and nothing has come to it since. Valid until the
  /// next note().
  const Address* find(LocalName name) const;
  /// The system sends nothing from there any more. REQUIRES: find(name).
  void lose(LocalName name);

 private:
  struct Slot {
    Address address;
    std::uint64_t noted_at = 0;
    std::uint16_t generation = 1;
    bool lost = false;
  };
  std::size_t slot_of(const Address& local);
  std::size_t free_slot();

  std::vector<Slot> slots_;
  std::size_t last_ = 0;  // the one noted last, as the next often is
  std::uint64_t notes_ = 0;
};

/// Sockets that have names for local addresses; those beyond leave the choice to the system.
constexpr SocketId kNamingSocketsMax = 128;
constexpr SocketId kNamedBit = SocketId{1} << 31;
constexpr int kLocalNameBits = 24;

/// A socket together with an address of ours: one number, which the core takes as one way to a peer.
/// REQUIRES: socket < kNamedBit.
constexpr SocketId with_local(SocketId socket, LocalName local) {
  if (local == 0 || socket >= kNamingSocketsMax) return socket;
  return kNamedBit | socket << kLocalNameBits | local;
}
constexpr SocketId socket_of(SocketId id) {
  return id & kNamedBit ? (id & ~kNamedBit) >> kLocalNameBits : id;
}
constexpr LocalName local_of(SocketId id) {
  return id & kNamedBit ? id & ((SocketId{1} << kLocalNameBits) - 1) : 0;
}

}  // namespace rudp::uv
