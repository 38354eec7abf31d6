// The IP address as a hashed field of tokens.
#pragma once

#include <rudp/address.hpp>
#include <rudp/types.hpp>

namespace rudp::crypto {

/// 4 bytes for IPv4, mapped or not, and 16 for IPv6: as a field with a length the
/// two never collide. Valid while the address lives.
inline Bytes ip_field(const Address& address) {
  const Bytes ip(address.ip);
  return address.is_v4() ? ip.last(4) : ip;
}

}  // namespace rudp::crypto
