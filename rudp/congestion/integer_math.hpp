// Exact integer arithmetic for controllers: equal on every machine, and it saturates instead of wrapping.
#pragma once

#include <cstdint>
#include <limits>

namespace rudp::congestion {

__extension__ using Uint128 = unsigned __int128;

/// a * b / c, rounded down, at most the largest uint64. REQUIRES: c > 0.
constexpr std::uint64_t mul_div(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const Uint128 quotient = static_cast<Uint128>(a) * b / c;
  constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  return quotient > max ? max : static_cast<std::uint64_t>(quotient);
}

/// The largest r with r * r * r <= value.
constexpr std::uint64_t cube_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (int shift = 63; shift >= 0; shift -= 3) {  // one bit of the root per three of the value
    root <<= 1;
    const Uint128 next = static_cast<Uint128>(root) + 1;
    if (next * next * next <= value >> shift) root |= 1;
  }
  return root;
}

}  // namespace rudp::congestion
