// rudp addresses as the system's socket addresses, and back.
#pragma once

#include <uv.h>

#include <optional>

#include <rudp/address.hpp>

namespace rudp::uv {

/// A sockaddr of either family. An IPv4 address is a sockaddr_in, never a mapped sockaddr_in6: sockets
/// here serve one family each.
union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

SocketAddress to_socket_address(const Address& address);

/// Of what to_socket_address made, in bytes.
inline unsigned int length_of(const SocketAddress& address) {
  return address.any.sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

/// Absent for families other than IPv4 and IPv6.
std::optional<Address> from_socket_address(const sockaddr& address);

}  // namespace rudp::uv
