#include "uv/socket_address.hpp"

#include <cstring>

namespace rudp::uv {
namespace {

constexpr std::size_t kMappedPrefixBytes = 12;  // ::ffff:0:0/96

SocketAddress to_v4(const Address& address) {
  SocketAddress out{};
  out.v4.sin_family = AF_INET;
  out.v4.sin_port = htons(address.port);
  std::memcpy(&out.v4.sin_addr, address.ip.data() + kMappedPrefixBytes, sizeof out.v4.sin_addr);
  return out;
}

SocketAddress to_v6(const Address& address) {
  SocketAddress out{};
  out.v6 = sockaddr_in6{};
  out.v6.sin6_family = AF_INET6;
  out.v6.sin6_port = htons(address.port);
  out.v6.sin6_scope_id = address.scope_id;
  std::memcpy(&out.v6.sin6_addr, address.ip.data(), sizeof out.v6.sin6_addr);
  return out;
}

// The system hands out a sockaddr&; the real type is behind it, to be copied out, not aliased.
Address from_v4(const sockaddr& any) {
  sockaddr_in v4;
  std::memcpy(&v4, &any, sizeof v4);
  std::uint8_t ip[4];
  std::memcpy(ip, &v4.sin_addr, sizeof ip);
  return Address::v4(ip[0], ip[1], ip[2], ip[3], ntohs(v4.sin_port));
}

Address from_v6(const sockaddr& any) {
  sockaddr_in6 v6;
  std::memcpy(&v6, reinterpret_cast<const std::uint8_t*>(&any), sizeof v6);
  Address address;
  std::memcpy(address.ip.data(), &v6.sin6_addr, address.ip.size());
  address.port = ntohs(v6.sin6_port);
  address.scope_id = v6.sin6_scope_id;
  return address;
}

}  // namespace

SocketAddress to_socket_address(const Address& address) {
  return address.is_v4() ? to_v4(address) : to_v6(address);
}

std::optional<Address> from_socket_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) return from_v4(address);
  if (address.sa_family == AF_INET6) return from_v6(address);
  return std::nullopt;
}

}  // namespace rudp::uv
