#include "message/number_window.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::message {
namespace {

constexpr std::uint64_t kBitsPerWord = 64;

std::uint64_t bit_of(std::uint64_t number) { return std::uint64_t{1} << (number % kBitsPerWord); }

}  // namespace

NumberWindow::Located NumberWindow::locate(std::uint16_t wire) const {
  const auto ahead = static_cast<std::uint16_t>(wire - static_cast<std::uint16_t>(lowest_));
  if (ahead < kNumberSpan) {
    const std::uint64_t number = lowest_ + ahead;
    return {is_finished(number) ? Place::finished : Place::open, number};
  }
  // In the upper half of the serial circle it lies below; but nothing lies below number 0.
  const std::uint64_t behind = 0x10000u - ahead;
  const bool existed = ahead >= 0x8000u && behind <= lowest_;
  return {existed ? Place::finished : Place::beyond, 0};
}

bool NumberWindow::finish(std::uint64_t number) {
  RUDP_ASSERT(admits(number) && !is_finished(number));
  if (number != lowest_) {
    grow_to(number - lowest_ + 1);
    word_of(number) |= bit_of(number);
    ++finished_above_;
    return false;
  }
  for (++lowest_; is_finished(lowest_); ++lowest_) {
    word_of(lowest_) &= ~bit_of(lowest_);
    --finished_above_;
  }
  return true;
}

bool NumberWindow::is_finished(std::uint64_t number) const {
  if (finished_above_ == 0) return false;
  const std::uint64_t bits = words_count_ * kBitsPerWord;
  if (number - lowest_ >= bits) return false;
  return (words_[(number % bits) / kBitsPerWord] & bit_of(number)) != 0;
}

void NumberWindow::grow_to(std::uint64_t span) {
  std::uint32_t count = std::max(words_count_, 1u);
  while (count * kBitsPerWord < span) count *= 2;
  if (count == words_count_) return;
  auto old = std::make_unique<std::uint64_t[]>(count);  // all zero
  const std::uint64_t old_bits = words_count_ * kBitsPerWord;
  old.swap(words_);
  words_count_ = count;
  for (std::uint64_t number = lowest_; number < lowest_ + old_bits; ++number) {
    const bool was_finished = (old[(number % old_bits) / kBitsPerWord] & bit_of(number)) != 0;
    if (was_finished) word_of(number) |= bit_of(number);
  }
}

std::uint64_t& NumberWindow::word_of(std::uint64_t number) {
  return words_[(number / kBitsPerWord) % words_count_];
}

}  // namespace rudp::message
