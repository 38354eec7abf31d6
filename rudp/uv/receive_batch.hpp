// recvmmsg: many datagrams in one system call, runs of equal ones in one message (Linux).
#pragma once

#include "uv/platform.hpp"
#if RUDP_UV_LINUX

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "uv/socket_address.hpp"
#include "uv/socket_receiver.hpp"

namespace rudp::uv {

/// Buffers of one socket, allocated once.
class ReceiveBatch {
 public:
  /// Messages in one call. With GRO each may be a run of 64 KiB, so more would outgrow the cache.
  static constexpr std::size_t kMessagesMax = 16;

  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  /// How many messages arrived, or the negative errno. Never waits.
  int read(int socket);
  /// Message `index` of the last read; absent when the system truncated it.
  std::optional<Received> message(std::size_t index);

 private:
  struct alignas(cmsghdr) Control {
    // ECN as an int or a byte, the segment size of a GRO run, and the address of ours.
    std::array<std::uint8_t, 2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
  };
  void prepare(std::size_t index);

  std::unique_ptr<std::uint8_t[]> buffers_;
  std::array<mmsghdr, kMessagesMax> messages_{};
  std::array<iovec, kMessagesMax> vectors_{};
  std::array<SocketAddress, kMessagesMax> senders_{};
  std::array<Control, kMessagesMax> controls_{};
};

}  // namespace rudp::uv

#endif
