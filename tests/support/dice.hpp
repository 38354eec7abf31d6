// Seeded integers and byte patterns for property tests: the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace test {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Uniform enough for tests. REQUIRES: limit > 0.
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool percent(unsigned chance) { return below(100) < chance; }

 private:
  std::uint64_t state_;
};

/// Bytes in which no two places look alike for long, so that a misplaced range shows.
inline std::vector<std::uint8_t> pattern(std::size_t size, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes(size);
  Dice dice(seed);
  std::uint64_t word = 0;
  for (std::size_t at = 0; at < size; ++at) {
    if (at % 8 == 0) word = dice.next();
    bytes[at] = static_cast<std::uint8_t>(word >> (at % 8 * 8));
  }
  return bytes;
}

}  // namespace test
