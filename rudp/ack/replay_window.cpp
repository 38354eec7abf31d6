#include "ack/replay_window.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace rudp::ack {
namespace {

constexpr std::size_t kWordBits = 64;

std::uint64_t bit_of(PacketNumber number) { return std::uint64_t{1} << (number % kWordBits); }

}  // namespace

std::size_t ReplayWindow::capacity() const { return (count_ - 1) * kWordBits; }

bool ReplayWindow::is_new(PacketNumber number) const {
  if (number > highest_) return true;
  const std::uint64_t age_words = word_of(highest_) - word_of(number);
  if (age_words >= count_) return false;
  return (at(word_of(number)) & bit_of(number)) == 0;
}

void ReplayWindow::accept(PacketNumber number) {
  RUDP_ASSERT(is_new(number));
  if (number > highest_) {
    grow_for(number);
    slide_to(number);
  }
  at(word_of(number)) |= bit_of(number);
}

// The window grows as far as numbers have come, for a connection that says little needs little.
void ReplayWindow::grow_for(PacketNumber number) {
  constexpr std::size_t kWordsMax = kReplayBitsMax / kWordBits;
  if (count_ == kWordsMax || word_of(number) < count_) return;
  std::size_t count = count_;
  while (count < kWordsMax && word_of(number) >= count) count *= 2;
  // What was not told exactly until now stays refused.
  auto words = std::make_unique<std::uint64_t[]>(count);
  std::fill_n(words.get(), count, ~std::uint64_t{0});
  const std::uint64_t newest = word_of(highest_);
  for (std::uint64_t age = 0; age < count_ && age <= newest; ++age)
    words[static_cast<std::size_t>(newest - age) & (count - 1)] = at(newest - age);
  many_ = std::move(words);
  count_ = count;
}

void ReplayWindow::slide_to(PacketNumber number) {
  const std::uint64_t from = word_of(highest_);
  const std::uint64_t steps = std::min<std::uint64_t>(word_of(number) - from, count_);
  for (std::uint64_t step = 1; step <= steps; ++step) at(from + step) = 0;
  highest_ = number;
}

void ReplayWindow::rest() {
  if (!many_) return;
  const std::uint64_t newest = word_of(highest_);
  for (std::uint64_t age = 0; age < kFewWords && age <= newest; ++age)
    few_[static_cast<std::size_t>(newest - age) & (kFewWords - 1)] = at(newest - age);
  many_.reset();
  count_ = kFewWords;
}

}  // namespace rudp::ack
