// How much of a body goes into the room that a packet has left.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rudp::transfer {

/// Bytes of a varint (RFC 9000 16).
constexpr std::size_t varint_size(std::uint64_t value) {
  if (value < 1u << 6) return 1;
  if (value < 1u << 14) return 2;
  return value < 1u << 30 ? 4 : 8;
}

/// How much data, with its length as a varint before it, fits behind `fixed` bytes of header in `space` bytes;
/// 0 where none does.
constexpr std::uint64_t data_capacity(std::size_t fixed, std::size_t space) {
  if (space <= fixed + 1) return 0;
  const std::uint64_t rest = space - fixed;
  std::uint64_t fits = rest - varint_size(rest);
  // The length may need a shorter varint than `rest` does; then a few bytes more fit.
  while (varint_size(fits + 1) + fits + 1 <= rest) ++fits;
  return fits;
}

}  // namespace rudp::transfer
