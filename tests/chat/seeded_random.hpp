// Reproducible randomness for the chat's tests; no secrets are safe with it.
#pragma once

#include <cstdint>

#include <rudp/random.hpp>

class SeededRandom final : public rudp::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void public_fill(rudp::MutableBytes out) override { fill(out); }
  void secret_fill(rudp::MutableBytes out) override { fill(out); }

  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  // SplitMix64 (Steele, Lea, Flood 2014): every seed is a good one.
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  void fill(rudp::MutableBytes out) {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next());
  }

  std::uint64_t state_;
};
