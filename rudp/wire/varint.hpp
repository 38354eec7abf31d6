// Variable-length integers (RFC 9000 16): how long they are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.hpp"

namespace rudp::wire {

/// A varint never takes more bytes than this.
inline constexpr std::size_t kVarintBytesMax = 8;

/// The bytes that `value` takes in its shortest encoding: 1, 2, 4 or 8. REQUIRES: value <= kVarintMax.
constexpr std::size_t varint_bytes(std::uint64_t value) {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x40000000 ? 4 : 8;
}

}  // namespace rudp::wire
