// The small datagrams that an endpoint answers with and keeps no state about.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <rudp/types.hpp>

#include "base/assert.hpp"
#include "base/network_path.hpp"

namespace rudp::endpoint {

/// RETRY, VN and RESET waiting for poll_transmit. A fixed ring: a flood of INITs
/// makes no allocation, whoever sends them. By the contract of the door it is
/// drained after every datagram, so it only fills where a socket is stuck.
class StatelessReplies {
 public:
  static constexpr std::size_t kRepliesMax = 64;
  static constexpr std::size_t kReplyBytesMax = 64;  ///< VN is the longest

  bool full() const { return count_ == kRepliesMax; }
  bool empty() const { return count_ == 0; }

  /// REQUIRES: !full(), datagram.size() <= kReplyBytesMax.
  void push(const NetworkPath& to, Bytes datagram) {
    RUDP_ASSERT(!full());
    RUDP_ASSERT(datagram.size() <= kReplyBytesMax);
    Reply& reply = ring_[(head_ + count_++) % kRepliesMax];
    reply.to = to;
    reply.length = datagram.size();
    std::memcpy(reply.bytes.data(), datagram.data(), datagram.size());
  }

  /// Moves the oldest into `out` and answers its length. REQUIRES: !empty(), out large enough.
  std::size_t pop(MutableBytes out, NetworkPath& to) {
    RUDP_ASSERT(!empty());
    const Reply& reply = ring_[head_];
    RUDP_ASSERT(out.size() >= reply.length);
    std::memcpy(out.data(), reply.bytes.data(), reply.length);
    to = reply.to;
    head_ = (head_ + 1) % kRepliesMax;
    --count_;
    return reply.length;
  }

 private:
  struct Reply {
    NetworkPath to;
    std::size_t length = 0;
    std::array<std::uint8_t, kReplyBytesMax> bytes;
  };

  std::array<Reply, kRepliesMax> ring_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
};

}  // namespace rudp::endpoint
