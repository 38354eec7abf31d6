#include "endpoint/connection_id_map.hpp"

#include <array>
#include <cstring>

namespace rudp::endpoint {

std::size_t KeyedHash::operator()(const ConnectionId& id) const {
  return static_cast<std::size_t>(crypto::short_hash(key_, id.bytes()));
}

std::size_t KeyedHash::operator()(const HandshakeKey& handshake) const {
  std::array<std::uint8_t, 16 + 2 + ConnectionId::kBytesMax> bytes{};
  std::memcpy(bytes.data(), handshake.client.ip.data(), 16);
  bytes[16] = static_cast<std::uint8_t>(handshake.client.port >> 8);
  bytes[17] = static_cast<std::uint8_t>(handshake.client.port);
  const Bytes id = handshake.client_cid.bytes();
  std::memcpy(bytes.data() + 18, id.data(), id.size());
  return static_cast<std::size_t>(crypto::short_hash(key_, bytes));
}

}  // namespace rudp::endpoint
