// The part of an endless body that has arrived and was not read: a window that slides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <rudp/types.hpp>

#include "transfer/range_set.hpp"

namespace rudp::transfer {

/// Bytes from the first unread one to the highest that arrived, in one ring, with one bit for each byte that
/// says whether it is there. So holes cost nothing, however many there are and wherever they lie (S3), and of
/// bytes that arrive twice the first win (S4).
///
/// It knows no limit: whoever adds has checked the peer's credit before, and decides how generously it grows.
class ReceiveBuffer {
 public:
  /// The offset of the next byte to be read.
  std::uint64_t read_offset() const { return read_offset_; }
  /// How many bytes can be read now.
  std::uint64_t readable_bytes() const { return readable_end_ - read_offset_; }
  /// One past the highest byte that arrived.
  std::uint64_t highest() const { return highest_; }

  /// Whether bytes up to `end` can be stored without growing.
  bool has_room_to(std::uint64_t end) const;
  /// What the buffer would occupy after growing to hold bytes up to `end`: a sixteenth more than they need,
  /// or, where memory is plenty, twice as much.
  static std::size_t memory_for(std::uint64_t bytes, bool generously);
  void grow_to(std::uint64_t end, bool generously);
  /// Gives back what is not needed for the bytes it holds.
  void shrink();

  /// REQUIRES: has_room_to(offset + bytes.size()).
  void add(std::uint64_t offset, Bytes bytes);
  /// Moves the next bytes out, as many as there are and fit; returns how many.
  std::size_t read(MutableBytes out);
  /// Forgets what it holds, and gives all memory back.
  void clear();

  /// Payload and bits.
  std::size_t memory_bytes() const { return capacity_ + capacity_ / 8; }

 private:
  static std::size_t capacity_for(std::uint64_t bytes, bool generously);
  void move_to(std::size_t capacity);
  void copy_in(std::uint64_t offset, Bytes bytes);
  void copy_out(std::uint64_t offset, MutableBytes out) const;
  void advance();

  std::uint8_t& word_of(std::uint64_t offset) const { return bits_[offset / 8 % (capacity_ / 8)]; }
  std::uint64_t find(std::uint64_t from, std::uint64_t end, bool present) const;
  void mark(Range range, bool present);

  std::unique_ptr<std::uint8_t[]> bytes_;  // the byte of an offset stands at offset % capacity_
  std::unique_ptr<std::uint8_t[]> bits_;   // only above readable_end_; zero elsewhere
  std::size_t capacity_ = 0;               // a multiple of 8
  std::uint64_t read_offset_ = 0;
  std::uint64_t readable_end_ = 0;  // everything below has arrived
  std::uint64_t highest_ = 0;
};

}  // namespace rudp::transfer
