// Puts values into a buffer of fixed size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

#include "base/assert.hpp"
#include "base/units.hpp"
#include "wire/varint.hpp"

namespace rudp::wire {

/// Appends big-endian values to a borrowed buffer. A value that does not fit writes nothing and makes ok()
/// false until `rewind`, so that a layout can be written whole and taken back whole. Never writes outside.
class Writer {
 public:
  explicit Writer(MutableBytes buffer) : buffer_(buffer) {}

  /// False after the first value that did not fit.
  bool ok() const { return ok_; }
  std::size_t size() const { return size_; }
  std::size_t remaining() const { return buffer_.size() - size_; }
  /// What was written so far; valid while the buffer lives.
  MutableBytes written() const { return buffer_.first(size_); }

  void u8(std::uint8_t value) { integer(value, 1); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  /// The low `count` bytes of value. REQUIRES: count <= 8.
  void integer(std::uint64_t value, std::size_t count) {
    if (!fits(count)) return;
    for (std::size_t at = count; at > 0; --at) {
      buffer_[size_ + at - 1] = static_cast<std::uint8_t>(value);
      value >>= 8;
    }
    size_ += count;
  }

  /// In the shortest encoding. REQUIRES: value <= kVarintMax.
  void varint(std::uint64_t value) {
    RUDP_ASSERT(value <= kVarintMax);
    const std::size_t length = varint_bytes(value);
    const std::uint64_t prefix = length == 1 ? 0 : length == 2 ? 1 : length == 4 ? 2 : 3;
    integer(value | prefix << (8 * length - 2), length);
  }

  void bytes(Bytes value) {
    if (!fits(value.size())) return;
    std::copy(value.begin(), value.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += value.size();
  }

  void zeros(std::size_t count) {
    if (!fits(count)) return;
    std::fill_n(buffer_.begin() + static_cast<std::ptrdiff_t>(size_), count, std::uint8_t{0});
    size_ += count;
  }

  /// Claims `count` bytes to be filled later by the caller; empty when they do not fit.
  MutableBytes reserve(std::size_t count) {
    if (!fits(count)) return {};
    size_ += count;
    return buffer_.subspan(size_ - count, count);
  }

  /// Nothing more fits: what was written reaches to the end.
  void end() { buffer_ = buffer_.first(size_); }

  /// Takes back everything after `size`, an earlier size() at which ok() held.
  void rewind(std::size_t size) {
    RUDP_ASSERT(size <= size_);
    size_ = size;
    ok_ = true;
  }

  /// True when all fitted since `start`; otherwise takes all of it back. For all-or-nothing layouts.
  bool commit(std::size_t start) {
    if (ok_) return true;
    rewind(start);
    return false;
  }

 private:
  bool fits(std::size_t count) {
    ok_ = ok_ && count <= remaining();
    return ok_;
  }

  MutableBytes buffer_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace rudp::wire
