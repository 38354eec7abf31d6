#include "uv/send_batch.hpp"

#if RUDP_UV_LINUX

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cerrno>
#include <cstring>

#include "base/assert.hpp"

namespace rudp::uv {
namespace {

// Writes one control message after those that header.msg_controllen counts.
template <class T>
void append(msghdr& header, int level, int type, T value) {
  auto* const control =
      reinterpret_cast<cmsghdr*>(static_cast<std::uint8_t*>(header.msg_control) + header.msg_controllen);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(control), &value, sizeof value);
  header.msg_controllen += CMSG_SPACE(sizeof value);
}

// No interface is named: the way out stays the routes' choice.
void append_source_v4(msghdr& header, const Address& source) {
  in_pktinfo info{};
  info.ipi_spec_dst = to_socket_address(source).v4.sin_addr;
  append(header, IPPROTO_IP, IP_PKTINFO, info);
}

// But where the address is one only together with its interface.
void append_source_v6(msghdr& header, const Address& source) {
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, source.ip.data(), source.ip.size());
  info.ipi6_ifindex = source.scope_id;
  append(header, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

}  // namespace

SendBatch::SendBatch() {
  for (std::size_t i = 0; i < kMessagesMax; ++i) {
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &targets_[i];
  }
}

void SendBatch::write_control(msghdr& header, const Chunk& chunk) {
  header.msg_controllen = 0;
  const bool is_v4 = chunk.to.is_v4();
  if (chunk.ecn != Ecn::not_ect)
    append(header, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_TOS : IPV6_TCLASS,
           static_cast<int>(chunk.ecn));
  // Never for a single datagram: some drivers take a longer way then.
  if (chunk.segments() > 1)
    append(header, IPPROTO_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(chunk.segment_bytes));
  if (chunk.source) is_v4 ? append_source_v4(header, *chunk.source) : append_source_v6(header, *chunk.source);
  if (header.msg_controllen == 0) header.msg_control = nullptr;
}

void SendBatch::prepare(std::size_t index, const Chunk& chunk) {
  msghdr& header = messages_[index].msg_hdr;
  vectors_[index] = {chunk.bytes.data(), chunk.bytes.size()};
  targets_[index] = to_socket_address(chunk.to);
  header.msg_namelen = length_of(targets_[index]);
  header.msg_control = controls_[index].bytes.data();
  write_control(header, chunk);
}

int SendBatch::send(int socket, std::span<const Chunk> chunks) {
  RUDP_ASSERT(!chunks.empty() && chunks.size() <= kMessagesMax);
  for (std::size_t i = 0; i < chunks.size(); ++i) prepare(i, chunks[i]);
  const int count = sendmmsg(socket, messages_.data(), static_cast<unsigned>(chunks.size()), MSG_DONTWAIT);
  return count >= 0 ? count : -errno;
}

}  // namespace rudp::uv

#endif
