// sendmmsg: many runs of datagrams in one system call, each cut into its datagrams by the kernel (Linux).
#pragma once

#include "uv/platform.hpp"
#if RUDP_UV_LINUX

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>

#include "uv/send_queue.hpp"
#include "uv/socket_address.hpp"

namespace rudp::uv {

class SendBatch {
 public:
  /// Messages in one call; as many as runs fit the queue.
  static constexpr std::size_t kMessagesMax = SendQueue::kRunsMax;

  SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  /// Sends the chunks in order: how many the system took, at least one, or the negative errno of the first.
  /// A chunk of several datagrams needs a system that knows UDP_SEGMENT. REQUIRES: 1 to kMessagesMax chunks.
  int send(int socket, std::span<const Chunk> chunks);

 private:
  struct alignas(cmsghdr) Control {
    // ECN as an int, the segment size, and the source.
    std::array<std::uint8_t,
               CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint16_t)) + CMSG_SPACE(sizeof(in6_pktinfo))>
        bytes;
  };
  void prepare(std::size_t index, const Chunk& chunk);
  void write_control(msghdr& header, const Chunk& chunk);

  std::array<mmsghdr, kMessagesMax> messages_{};
  std::array<iovec, kMessagesMax> vectors_{};
  std::array<SocketAddress, kMessagesMax> targets_{};
  std::array<Control, kMessagesMax> controls_{};
};

}  // namespace rudp::uv

#endif
