#include "transfer/receive_buffer.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace rudp::transfer {
namespace {

/// The bits are kept in bytes: a body touches one word more than it fills, and there may be many small bodies.
constexpr std::uint64_t kWordBits = 8;

/// The bits of one word that stand for `range`. REQUIRES: it is not empty and lies in one word.
std::uint8_t mask_of(Range range) {
  const unsigned from_begin = 0xffu << (range.begin % kWordBits);
  const unsigned to_end = 0xffu >> (kWordBits - 1 - (range.end - 1) % kWordBits);
  return static_cast<std::uint8_t>(from_begin & to_end);
}

Range within_one_word(Range range) {
  return {range.begin, std::min(range.end, (range.begin / kWordBits + 1) * kWordBits)};
}

}  // namespace

/// The words at both ends may be used in part.
std::size_t ReceiveBuffer::capacity_for(std::uint64_t bytes, bool generously) {
  const std::uint64_t more = generously ? bytes : bytes / 16;
  return static_cast<std::size_t>((bytes + more + 2 * (kWordBits - 1)) / kWordBits * kWordBits);
}

std::size_t ReceiveBuffer::memory_for(std::uint64_t bytes, bool generously) {
  const std::size_t capacity = capacity_for(bytes, generously);
  return capacity + capacity / 8;
}

bool ReceiveBuffer::has_room_to(std::uint64_t end) const {
  if (end <= highest_ || end <= read_offset_) return true;
  return (end - 1) / kWordBits - read_offset_ / kWordBits < capacity_ / kWordBits;
}

void ReceiveBuffer::grow_to(std::uint64_t end, bool generously) {
  if (!has_room_to(end)) move_to(capacity_for(end - read_offset_, generously));
}

void ReceiveBuffer::shrink() {
  if (highest_ == read_offset_) return clear();
  const std::size_t tight = capacity_for(highest_ - read_offset_, false);
  if (tight < capacity_) move_to(tight);
}

void ReceiveBuffer::clear() {
  bytes_.reset();
  bits_.reset();
  capacity_ = 0;
  read_offset_ = readable_end_ = highest_;
}

void ReceiveBuffer::move_to(std::size_t capacity) {
  // Neither is read where it was not written: bits say which bytes are there, and words are cleared first.
  std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[capacity]);
  auto bits = std::make_unique<std::uint8_t[]>(capacity / kWordBits);
  Range rest{read_offset_, highest_};
  while (!rest.empty()) {
    const Range part = within_one_word(rest);
    std::copy_n(bytes_.get() + part.begin % capacity_, part.size(), bytes.get() + part.begin % capacity);
    bits[part.begin / kWordBits % (capacity / kWordBits)] = word_of(part.begin);
    rest.begin = part.end;
  }
  bytes_ = std::move(bytes);
  bits_ = std::move(bits);
  capacity_ = capacity;
}

void ReceiveBuffer::add(std::uint64_t offset, Bytes bytes) {
  const Range range{std::max(offset, readable_end_), offset + bytes.size()};
  if (range.empty()) return;
  RUDP_ASSERT(has_room_to(range.end));
  const bool has_holes = highest_ > readable_end_;
  highest_ = std::max(highest_, range.end);
  if (!has_holes && range.begin == readable_end_) {
    copy_in(range.begin, bytes.subspan(range.begin - offset));
    readable_end_ = range.end;
    return;
  }
  for (Range rest = range; !rest.empty();) {
    const std::uint64_t begin = find(rest.begin, rest.end, false);
    const std::uint64_t end = find(begin, rest.end, true);
    copy_in(begin, bytes.subspan(begin - offset, end - begin));
    rest.begin = end;
  }
  mark(range, true);
  advance();
}

/// What has become readable needs no bits any more.
void ReceiveBuffer::advance() {
  const std::uint64_t end = find(readable_end_, highest_, false);
  mark({readable_end_, end}, false);
  readable_end_ = end;
}

std::size_t ReceiveBuffer::read(MutableBytes out) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), readable_bytes()));
  copy_out(read_offset_, out.first(count));
  read_offset_ += count;
  return count;
}

void ReceiveBuffer::copy_in(std::uint64_t offset, Bytes bytes) {
  if (bytes.empty()) return;
  const std::size_t at = offset % capacity_;
  const std::size_t first = std::min(bytes.size(), capacity_ - at);
  std::copy_n(bytes.data(), first, bytes_.get() + at);
  std::copy_n(bytes.data() + first, bytes.size() - first, bytes_.get());
}

void ReceiveBuffer::copy_out(std::uint64_t offset, MutableBytes out) const {
  if (out.empty()) return;
  const std::size_t at = offset % capacity_;
  const std::size_t first = std::min(out.size(), capacity_ - at);
  std::copy_n(bytes_.get() + at, first, out.data());
  std::copy_n(bytes_.get(), out.size() - first, out.data() + first);
}

/// The first offset of from..end-1 that is there (or is not); `end` where none is.
std::uint64_t ReceiveBuffer::find(std::uint64_t from, std::uint64_t end, bool present) const {
  while (from < end) {
    const Range part = within_one_word({from, end});
    const unsigned word = present ? word_of(from) : ~unsigned{word_of(from)};
    const unsigned found = word & mask_of(part);
    if (found != 0) return from / kWordBits * kWordBits + static_cast<unsigned>(std::countr_zero(found));
    from = part.end;
  }
  return end;
}

void ReceiveBuffer::mark(Range range, bool present) {
  while (!range.empty()) {
    const Range part = within_one_word(range);
    std::uint8_t& word = word_of(part.begin);
    word = static_cast<std::uint8_t>(present ? word | mask_of(part) : word & ~mask_of(part));
    range.begin = part.end;
  }
}

}  // namespace rudp::transfer
