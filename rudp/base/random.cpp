// Uniform numbers from bytes.
#include <rudp/random.hpp>

#include <array>

#include "base/assert.hpp"

namespace rudp {

namespace {

/// Little-endian on every machine, so that a seed gives the same numbers everywhere.
std::uint64_t draw_u64(Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.public_fill(bytes);
  std::uint64_t value = 0;
  for (std::size_t at = bytes.size(); at > 0; --at) value = value << 8 | bytes[at - 1];
  return value;
}

}  // namespace

std::uint64_t Random::below(std::uint64_t limit) {
  RUDP_ASSERT(limit > 0);
  // The lowest 2^64 mod limit draws are refused; what is left divides evenly among the results.
  const std::uint64_t refused = (0 - limit) % limit;
  std::uint64_t draw = draw_u64(*this);
  while (draw < refused) draw = draw_u64(*this);
  return draw % limit;
}

}  // namespace rudp
