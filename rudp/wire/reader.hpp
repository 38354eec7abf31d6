// Takes values out of bytes that a stranger wrote.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

namespace rudp::wire {

/// Reads big-endian values from the front of a span. A read that does not fit returns zero or nothing and
/// makes ok() false for good, so that a parser may read a whole layout and ask once. Never reads outside.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  /// False after the first read that did not fit.
  bool ok() const { return ok_; }
  bool at_end() const { return position_ == bytes_.size(); }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }

  /// A variable-length integer of RFC 9000 16, at most 2^62 - 1. Longer encodings than needed are accepted.
  std::uint64_t varint() {
    if (remaining() == 0) return fail();
    const std::uint8_t first = bytes_[position_];
    if (first < 0x40) return ++position_, first;
    const std::size_t length = std::size_t{1} << (first >> 6);
    return integer(length) & ~(std::uint64_t{3} << (8 * length - 2));
  }

  /// The next `count` bytes where they stand; empty when there are fewer.
  Bytes bytes(std::uint64_t count) {
    if (count > remaining()) return fail(), Bytes();
    const Bytes taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
  }

  /// A copy of the next N bytes; zeros when there are fewer.
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    const Bytes taken = bytes(N);
    for (std::size_t at = 0; at < taken.size(); ++at) out[at] = taken[at];
    return out;
  }

  /// Passes over zeros; says how many.
  std::size_t skip_zeros() {
    const std::size_t start = position_;
    while (position_ < bytes_.size() && bytes_[position_] == 0) ++position_;
    return position_ - start;
  }

  /// All that is left.
  Bytes rest() { return bytes(remaining()); }

  /// What was read since `start`, an earlier position().
  Bytes since(std::size_t start) const { return bytes_.subspan(start, position_ - start); }

 private:
  std::uint64_t fail() {
    ok_ = false;
    position_ = bytes_.size();
    return 0;
  }

  std::uint64_t integer(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes(count)) value = value << 8 | byte;
    return value;
  }

  Bytes bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace rudp::wire
