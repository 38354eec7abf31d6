// Buffers that are used again, so that a steady flow of messages does not allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <rudp/types.hpp>

namespace rudp::transfer {

/// At most this many buffers wait for use: a burst of small messages, 64 in a packet.
inline constexpr std::size_t kPooledBuffersMax = 64;
/// A larger buffer goes back to the allocator: its price is small against the bytes it carried.
inline constexpr std::size_t kPooledBufferBytesMax = 64 * 1024;
/// What all that wait may take.
inline constexpr std::size_t kPooledBytesMax = 256 * 1024;

/// Recycled vectors. A buffer is given out again only for contents that fill at least 4/5 of it (but 64
/// bytes): a byte must not pin a page, or the limits on payload would say nothing about memory.
class BufferPool {
 public:
  /// A buffer that holds a copy of `bytes`.
  std::vector<std::uint8_t> copy(Bytes bytes);
  /// An empty buffer with room for `size` bytes, or without memory where none waits.
  std::vector<std::uint8_t> take(std::uint64_t size);
  /// Takes a buffer back; its contents are forgotten.
  void recycle(std::vector<std::uint8_t>&& buffer);
  /// Gives everything back to the allocator, for a connection that has gone idle.
  void release();

  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  std::vector<std::uint8_t> find(std::size_t size);

  std::vector<std::vector<std::uint8_t>> free_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace rudp::transfer
