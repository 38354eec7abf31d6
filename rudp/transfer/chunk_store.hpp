// Sparse bytes: memory grows with what was written, never with how far away it was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <rudp/types.hpp>

#include "base/block_list.hpp"
#include "transfer/range_set.hpp"

namespace rudp::transfer {

/// One page: small against the bytes that a fragment announces, large against a chunk's bookkeeping.
inline constexpr std::size_t kChunkBytes = 4096;

/// Bytes under 64-bit offsets in chunks of 4 KiB that are allocated when the first byte inside arrives.
class ChunkStore {
 public:
  /// Copies `bytes` to `offset`; what stood there is replaced.
  void write(std::uint64_t offset, Bytes bytes);
  /// Copies out of `range`. REQUIRES: all of it was written; out.size() == range.size().
  void read(Range range, MutableBytes out) const;
  void clear();

  bool empty() const { return chunks_.empty(); }
  /// What the chunks and their table occupy.
  std::size_t memory_bytes() const;

 private:
  struct Chunk {
    std::uint64_t index = 0;
    std::unique_ptr<std::uint8_t[]> bytes;
  };

  using Chunks = base::BlockList<Chunk>;

  std::uint8_t* chunk_at(std::uint64_t index);
  const std::uint8_t* find(std::uint64_t index) const;
  Chunks::Place at_or_above(std::uint64_t index) const;

  Chunks chunks_;  // ascending by index
};

}  // namespace rudp::transfer
