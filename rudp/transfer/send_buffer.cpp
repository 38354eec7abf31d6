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
  const std::size_t at = end_ & (capacity_ - 1);
  const std::size_t first = std::min(bytes.size(), capacity_ - at);
  std::copy_n(bytes.data(), first, bytes_.get() + at);
  std::copy_n(bytes.data() + first, bytes.size() - first, bytes_.get());
  end_ += bytes.size();
}

Bytes SendBuffer::front_of(Range range) const {
  RUDP_ASSERT(range.begin >= begin_ && range.end <= end_ && !range.empty());
  const std::size_t at = range.begin & (capacity_ - 1);
  return {bytes_.get() + at, std::min(static_cast<std::size_t>(range.size()), capacity_ - at)};
}

void SendBuffer::free_to(std::uint64_t offset) {
  begin_ = std::max(begin_, std::min(offset, end_));
  if (begin_ == end_ && capacity_ > kKeptSendBufferBytes) clear();
}

void SendBuffer::clear() {
  bytes_.reset();
  capacity_ = 0;
  begin_ = end_;
}

void SendBuffer::grow_to(std::size_t size) {
  if (size <= capacity_) return;
  const std::size_t capacity = std::max(kCapacityMin, std::bit_ceil(size));
  std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[capacity]);
  Range rest{begin_, end_};
  while (!rest.empty()) {
    Bytes part = front_of(rest);
    const std::size_t at = rest.begin & (capacity - 1);
    part = part.first(std::min(part.size(), capacity - at));
    std::copy(part.begin(), part.end(), bytes.get() + at);
    rest.begin += part.size();
  }
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

}  // namespace rudp::transfer
