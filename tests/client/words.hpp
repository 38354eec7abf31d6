// Texts that are hard on a terminal, and random mixtures of them.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "support/dice.hpp"

namespace test {

/// Each is one grapheme cluster.
constexpr std::array<std::string_view, 22> kClusters = {
    "a",  "Z",       " ", "7",  "中", "文", "，",       "。",     "𠀀",
    "é",  "e\u0301", "ñ", "ก",  "각", "😀",  "👍🏽", "❤️", "👩‍👩‍👧",
    "🇨🇳", "1️⃣", "ﾊ", "「",
};

inline std::string random_text(Dice& dice, std::size_t clusters_max) {
  std::string text;
  for (std::size_t n = dice.below(clusters_max + 1); n > 0; --n) {
    text += kClusters[static_cast<std::size_t>(dice.below(kClusters.size()))];
  }
  return text;
}

}  // namespace test
