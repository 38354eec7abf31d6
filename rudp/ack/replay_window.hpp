// Which packet numbers were already accepted: a bitmap that slides with the highest one (RFC 6479).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/units.hpp"

namespace rudp::ack {

/// Bits of a fresh window, inside the object; enough for a connection that says little (32 bytes).
inline constexpr std::size_t kReplayBitsMin = 256;
/// Bits that a window grows to, 512 bytes. A packet that is reordered by more than about 4,000 others counts
/// as lost: accepting it could not be told from a replay.
inline constexpr std::size_t kReplayBitsMax = 4096;

/// Two calls, because a number may only be remembered once its packet has proven authentic: ask `is_new`
/// before opening, `accept` after. A forged packet thus leaves no trace.
///
/// Every number above highest - capacity() is told exactly, and up to 63 more, to the end of a word; all
/// below are refused as if seen.
class ReplayWindow {
 public:
  /// Whether `number` was never accepted and is not too old to tell.
  bool is_new(PacketNumber number) const;
  /// Remembers `number`. REQUIRES: is_new(number), and its packet was opened successfully.
  void accept(PacketNumber number);

  /// Nothing is said for a while, so nothing can be overtaken by much any more: gives the memory of a window
  /// that has grown back. Numbers older than kReplayBitsMin allow for are refused as if seen.
  void rest();

  /// How many numbers, counted down from the highest accepted one, are told exactly; grows with use up to
  /// kReplayBitsMax - 64 (one word of the ring is always being cleared).
  std::size_t capacity() const;

 private:
  static constexpr std::size_t kFewWords = kReplayBitsMin / 64;

  std::uint64_t word_of(PacketNumber number) const { return number / 64; }
  std::size_t slot_of(std::uint64_t word) const { return static_cast<std::size_t>(word) & (count_ - 1); }
  std::uint64_t& at(std::uint64_t word) { return (many_ ? many_.get() : few_.data())[slot_of(word)]; }
  std::uint64_t at(std::uint64_t word) const { return (many_ ? many_.get() : few_.data())[slot_of(word)]; }
  void grow_for(PacketNumber number);
  void slide_to(PacketNumber number);

  std::array<std::uint64_t, kFewWords> few_{};
  std::unique_ptr<std::uint64_t[]> many_;  // null: `few_` are enough
  std::size_t count_ = kFewWords;          // of words, a power of two
  PacketNumber highest_ = 0;
};

}  // namespace rudp::ack
