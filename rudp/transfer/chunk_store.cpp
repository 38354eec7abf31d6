#include "transfer/chunk_store.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace rudp::transfer {
namespace {

/// The part of `range` inside the chunk that holds its first byte.
Range within_one_chunk(Range range) {
  const std::uint64_t chunk_end = (range.begin / kChunkBytes + 1) * kChunkBytes;
  return {range.begin, std::min(range.end, chunk_end)};
}

}  // namespace

void ChunkStore::write(std::uint64_t offset, Bytes bytes) {
  Range rest{offset, offset + bytes.size()};
  while (!rest.empty()) {
    const Range part = within_one_chunk(rest);
    std::uint8_t* const chunk = chunk_at(part.begin / kChunkBytes);
    std::copy_n(bytes.data() + (part.begin - offset), part.size(), chunk + part.begin % kChunkBytes);
    rest.begin = part.end;
  }
}

void ChunkStore::read(Range range, MutableBytes out) const {
  RUDP_ASSERT(out.size() == range.size());
  Range rest = range;
  while (!rest.empty()) {
    const Range part = within_one_chunk(rest);
    const std::uint8_t* const chunk = find(part.begin / kChunkBytes);
    RUDP_ASSERT(chunk != nullptr);
    std::copy_n(chunk + part.begin % kChunkBytes, part.size(), out.data() + (part.begin - range.begin));
    rest.begin = part.end;
  }
}

void ChunkStore::clear() { chunks_ = {}; }

std::size_t ChunkStore::memory_bytes() const { return chunks_.size() * kChunkBytes + chunks_.memory_bytes(); }

std::uint8_t* ChunkStore::chunk_at(std::uint64_t index) {
  const Chunks::Place at = at_or_above(index);
  if (at != chunks_.end() && chunks_[at].index == index) return chunks_[at].bytes.get();
  // Not value-initialised: only written bytes are ever read.
  std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[kChunkBytes]);
  return chunks_[chunks_.insert(at, Chunk{index, std::move(bytes)})].bytes.get();
}

const std::uint8_t* ChunkStore::find(std::uint64_t index) const {
  const Chunks::Place at = at_or_above(index);
  return at != chunks_.end() && chunks_[at].index == index ? chunks_[at].bytes.get() : nullptr;
}

ChunkStore::Chunks::Place ChunkStore::at_or_above(std::uint64_t index) const {
  return chunks_.first_not([index](const Chunk& chunk) { return chunk.index < index; });
}

}  // namespace rudp::transfer
