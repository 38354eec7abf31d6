#include "uv/receive_batch.hpp"

#if RUDP_UV_LINUX

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cerrno>
#include <cstring>

namespace rudp::uv {
namespace {

constexpr std::uint8_t kEcnMask = 0x3;  // RFC 3168: the low bits of the former type-of-service byte

template <class T>
T control_value(const cmsghdr& header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&header), sizeof value);
  return value;
}

int control_int(const cmsghdr& header) { return control_value<int>(header); }

// Of a broadcast it is the interface's own address, which an answer can come from (ip(7)).
Address local_v4(const in_pktinfo& info) {
  SocketAddress local{};
  local.v4.sin_family = AF_INET;
  local.v4.sin_addr = info.ipi_spec_dst;
  return *from_socket_address(local.any);
}

// An answer can not come from a multicast address.
std::optional<Address> local_v6(const in6_pktinfo& info) {
  if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) return std::nullopt;
  Address local;
  std::memcpy(local.ip.data(), &info.ipi6_addr, local.ip.size());
  if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) local.scope_id = info.ipi6_ifindex;
  return local;
}

// IPv4 reports the byte alone, IPv6 an int (ip(7), ipv6(7)).
void read_control(const cmsghdr& header, Received& received) {
  if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_TOS)
    received.ecn = static_cast<Ecn>(*CMSG_DATA(&header) & kEcnMask);
  if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_TCLASS)
    received.ecn = static_cast<Ecn>(control_int(header) & kEcnMask);
  if (header.cmsg_level == IPPROTO_UDP && header.cmsg_type == UDP_GRO)
    received.segment_bytes = static_cast<std::size_t>(control_int(header));
  if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO)
    received.to = local_v4(control_value<in_pktinfo>(header));
  if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_PKTINFO)
    received.to = local_v6(control_value<in6_pktinfo>(header));
}

}  // namespace

// Left uninitialised: a page that no datagram reaches is never touched.
ReceiveBatch::ReceiveBatch() : buffers_(new std::uint8_t[kMessagesMax * kReceiveBufferBytes]) {
  for (std::size_t i = 0; i < kMessagesMax; ++i) {
    vectors_[i] = {buffers_.get() + i * kReceiveBufferBytes, kReceiveBufferBytes};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &senders_[i];
    messages_[i].msg_hdr.msg_control = controls_[i].bytes.data();
  }
}

// The system writes over lengths and flags.
void ReceiveBatch::prepare(std::size_t index) {
  msghdr& header = messages_[index].msg_hdr;
  header.msg_namelen = sizeof(SocketAddress);
  header.msg_controllen = controls_[index].bytes.size();
  header.msg_flags = 0;
}

int ReceiveBatch::read(int socket) {
  for (std::size_t i = 0; i < kMessagesMax; ++i) prepare(i);
  const int count = recvmmsg(socket, messages_.data(), kMessagesMax, MSG_DONTWAIT, nullptr);
  return count >= 0 ? count : -errno;
}

std::optional<Received> ReceiveBatch::message(std::size_t index) {
  msghdr& header = messages_[index].msg_hdr;
  const std::optional<Address> from = from_socket_address(senders_[index].any);
  if (!from || (header.msg_flags & MSG_TRUNC)) return std::nullopt;
  Received received;
  received.from = *from;
  received.bytes = {static_cast<std::uint8_t*>(vectors_[index].iov_base), messages_[index].msg_len};
  received.segment_bytes = received.bytes.size();
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control))
    read_control(*control, received);
  return received;
}

}  // namespace rudp::uv

#endif
