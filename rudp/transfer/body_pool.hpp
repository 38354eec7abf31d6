// Reassemblers that are used again, so that a steady flow of fragmented messages does not allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "transfer/buffer_pool.hpp"
#include "transfer/reassembler.hpp"

namespace rudp::transfer {

/// At most this many wait for use: a peer has few messages under way at once.
inline constexpr std::size_t kSpareBodiesMax = 4;
/// One that holds more than this of its own goes back to the allocator; only gap bombs need so much.
inline constexpr std::size_t kSpareBodyBytesMax = 1024;

/// Bodies whose buffers come from a BufferPool, where one that fits waits there.
class BodyPool {
 public:
  /// REQUIRES: total > 0.
  Reassembler begin(std::uint64_t total, BufferPool& buffers) {
    Reassembler body(total);
    if (!spare_.empty()) {
      body = std::move(spare_.back());
      spare_.pop_back();
    }
    body.restart(total, buffers.take(total));
    return body;
  }
  /// Takes one back that is finished with.
  void recycle(Reassembler&& body) {
    if (spare_.size() < kSpareBodiesMax && body.reusable_bytes() <= kSpareBodyBytesMax)
      spare_.push_back(std::move(body));
  }
  void release() { std::vector<Reassembler>().swap(spare_); }

 private:
  std::vector<Reassembler> spare_;
};

}  // namespace rudp::transfer
