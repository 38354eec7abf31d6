// Randomness whose secrets a test chooses.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include <rudp/random.hpp>

namespace test {

/// Gives the scripted secrets one after the other; then, as for public bytes, a
/// fixed sequence that never repeats a draw.
class ScriptedRandom final : public rudp::Random {
 public:
  ScriptedRandom() = default;
  explicit ScriptedRandom(std::uint64_t seed) : state_(seed) {}
  explicit ScriptedRandom(std::vector<std::uint8_t> secret) { secrets_.push_back(std::move(secret)); }

  void public_fill(rudp::MutableBytes out) override { draw(out); }
  void secret_fill(rudp::MutableBytes out) override {
    ++secret_draws;
    if (secrets_.empty()) return draw(out);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = secrets_.front().at(i);
    secrets_.pop_front();
  }

  int secret_draws = 0;

 private:
  void draw(rudp::MutableBytes out) {
    for (std::uint8_t& byte : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      byte = static_cast<std::uint8_t>(state_ >> 56);
    }
  }

  std::deque<std::vector<std::uint8_t>> secrets_;
  std::uint64_t state_ = 1;
};

}  // namespace test
