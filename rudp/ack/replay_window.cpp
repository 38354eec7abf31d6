#include "ack/replay_window.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::ack {
namespace {

constexpr std::size_t kWordBits = 64;

std::uint64_t bit_of(PacketNumber number) { return std::uint64_t{1} << (number % kWordBits); }

}  // namespace

ReplayWindow::ReplayWindow() : words_(kReplayBitsMin / kWordBits, 0) {}

std::size_t ReplayWindow::capacity() const { return (words_.size() - 1) * kWordBits; }

bool ReplayWindow::is_new(PacketNumber number) const {
  if (number > highest_) return true;
  const std::uint64_t age_words = word_of(highest_) - word_of(number);
  if (age_words >= words_.size()) return false;
  return (words_[slot_of(word_of(number))] & bit_of(number)) == 0;
}

void ReplayWindow::accept(PacketNumber number) {
  RUDP_ASSERT(is_new(number));
  if (number > highest_) {
    grow_for(number);
    slide_to(number);
  }
  words_[slot_of(word_of(number))] |= bit_of(number);
}

// The window grows while all numbers since 0 still fit, so growing never has to guess what slid out before.
void ReplayWindow::grow_for(PacketNumber number) {
  constexpr std::size_t kWordsMax = kReplayBitsMax / kWordBits;
  if (words_.size() == kWordsMax || word_of(number) < words_.size()) return;
  std::size_t size = words_.size();
  while (size < kWordsMax && word_of(number) >= size) size *= 2;
  // No number went beyond the old size yet, so every word sits at its own index.
  words_.resize(size, 0);
}

void ReplayWindow::slide_to(PacketNumber number) {
  const std::uint64_t from = word_of(highest_);
  const std::uint64_t steps = std::min<std::uint64_t>(word_of(number) - from, words_.size());
  for (std::uint64_t step = 1; step <= steps; ++step) words_[slot_of(from + step)] = 0;
  highest_ = number;
}

}  // namespace rudp::ack
