#include "transfer/send_buffer.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace rudp::transfer {
namespace {

constexpr std::size_t kCapacityMin = 256;

}  // namespace

void SendBuffer::append(Bytes bytes) {
  if (bytes.empty()) return;
  grow_to(static_cast<std::size_t>(size()) + bytes.size());
  const std::size_t at = place_of(end_);
  const std::size_t first = std::min(bytes.size(), ring_.capacity - at);
  std::copy_n(bytes.data(), first, ring_.bytes.get() + at);
  std::copy_n(bytes.data() + first, bytes.size() - first, ring_.bytes.get());
  end_ += bytes.size();
}

Bytes SendBuffer::front_of(Range range) const {
  RUDP_ASSERT(range.begin >= begin_ && range.end <= end_ && !range.empty());
  const std::size_t at = place_of(range.begin);
  return {ring_.bytes.get() + at, std::min(static_cast<std::size_t>(range.size()), ring_.capacity - at)};
}

void SendBuffer::free_to(std::uint64_t offset) {
  begin_ = std::max(begin_, std::min(offset, end_));
  if (begin_ == end_ && ring_.capacity > kKeptSendBufferBytes) clear();
}

void SendBuffer::clear() {
  if (ring_.capacity > kKeptSendBufferBytes) spare_->keep(std::move(ring_));
  ring_ = {};
  begin_ = end_;
}

void SendBuffer::grow_to(std::size_t size) {
  if (size <= ring_.capacity) return;
  RingStorage larger = storage_for(size);
  copy_to(larger);
  ring_ = std::move(larger);
}

RingStorage SendBuffer::storage_for(std::size_t size) {
  const std::size_t capacity = std::max(kCapacityMin, std::bit_ceil(size));
  if (capacity > kKeptSendBufferBytes)
    if (RingStorage spare = spare_->take(capacity); spare.capacity > 0) return spare;
  return {std::unique_ptr<std::uint8_t[]>(new std::uint8_t[capacity]), capacity};
}

void SendBuffer::copy_to(RingStorage& larger) const {
  Range rest{begin_, end_};
  while (!rest.empty()) {
    Bytes part = front_of(rest);
    const std::size_t at = rest.begin & (larger.capacity - 1);
    part = part.first(std::min(part.size(), larger.capacity - at));
    std::copy(part.begin(), part.end(), larger.bytes.get() + at);
    rest.begin += part.size();
  }
}

}  // namespace rudp::transfer
