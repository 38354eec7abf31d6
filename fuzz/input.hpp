// What a fuzz target reads its choices from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

namespace fuzz {

/// Reads an input from its front; at its end everything is zero.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t u8() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  /// Numbers of every size: a byte that says how many bytes follow, in its low four bits.
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int bytes = u8() % 16 % 9; bytes > 0; --bytes) value = value << 8 | u8();
    return value;
  }
  rudp::Bytes bytes(std::size_t count) {
    const rudp::Bytes taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  rudp::Bytes rest() { return bytes(rest_.size()); }

 private:
  rudp::Bytes rest_;
};

}  // namespace fuzz
