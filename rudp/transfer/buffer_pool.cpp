#include "transfer/buffer_pool.hpp"

#include <algorithm>
#include <utility>

namespace rudp::transfer {
namespace {

constexpr std::size_t kAnyContentBytes = 32;  // the smallest buffer: an allocation costs about as much

bool suits(std::size_t capacity, std::size_t size) {
  return capacity >= size && (capacity <= kAnyContentBytes || capacity <= size + size / 4);
}

}  // namespace

std::vector<std::uint8_t> BufferPool::copy(Bytes bytes) {
  std::vector<std::uint8_t> buffer = find(bytes.size());
  buffer.reserve(std::max(bytes.size(), kAnyContentBytes));
  buffer.assign(bytes.begin(), bytes.end());
  return buffer;
}

std::vector<std::uint8_t> BufferPool::take(std::uint64_t size) {
  if (size > kPooledBufferBytesMax) return {};
  std::vector<std::uint8_t> buffer = find(static_cast<std::size_t>(size));
  buffer.clear();
  return buffer;
}

void BufferPool::recycle(std::vector<std::uint8_t>&& buffer) {
  // What is not kept is freed here, not at the caller's leisure.
  std::vector<std::uint8_t> taken = std::move(buffer);
  if (taken.capacity() == 0 || taken.capacity() > kPooledBufferBytesMax) return;
  if (free_.size() >= kPooledBuffersMax || memory_bytes_ + taken.capacity() > kPooledBytesMax) return;
  const std::size_t capacity = taken.capacity();
  free_.push_back(std::move(taken));
  memory_bytes_ += capacity;
}

void BufferPool::release() {
  std::vector<std::vector<std::uint8_t>>().swap(free_);
  memory_bytes_ = 0;
}

/// The youngest buffers are tried first: they are the ones in the cache.
std::vector<std::uint8_t> BufferPool::find(std::size_t size) {
  for (std::size_t at = free_.size(); at-- > 0;) {
    if (!suits(free_[at].capacity(), size)) continue;
    std::swap(free_[at], free_.back());
    std::vector<std::uint8_t> found = std::move(free_.back());
    free_.pop_back();
    memory_bytes_ -= found.capacity();
    return found;
  }
  return {};
}

}  // namespace rudp::transfer
