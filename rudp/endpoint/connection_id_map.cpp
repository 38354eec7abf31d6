#include "endpoint/connection_id_map.hpp"

#include <array>
#include <cstring>

namespace rudp::endpoint {

std::uint64_t KeyedHash::operator()(const ConnectionId& id) const {
  return crypto::short_hash(key_, id.bytes());
}

std::uint64_t KeyedHash::operator()(const HandshakeKey& handshake) const {
  std::array<std::uint8_t, 16 + 2 + 4 + ConnectionId::kBytesMax> bytes{};
  std::memcpy(bytes.data(), handshake.client.ip.data(), 16);
  bytes[16] = static_cast<std::uint8_t>(handshake.client.port >> 8);
  bytes[17] = static_cast<std::uint8_t>(handshake.client.port);
  for (std::size_t at = 0; at < 4; ++at)
    bytes[18 + at] = static_cast<std::uint8_t>(handshake.client.scope_id >> 8 * at);
  const Bytes id = handshake.client_cid.bytes();
  std::memcpy(bytes.data() + 22, id.data(), id.size());
  return crypto::short_hash(key_, bytes);
}

}  // namespace rudp::endpoint
