// The 16-bit numbers of a channel: which are finished, above the lowest that is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "message/limits.hpp"

namespace rudp::message {

/// Both ends keep one for each channel: the sender finishes a number when all of it is acknowledged, the
/// receiver when all of it has arrived. Inside, numbers are 64 bits wide and never wrap.
class NumberWindow {
 public:
  enum class Place : std::uint8_t {
    open,      ///< unfinished, inside the window
    finished,  ///< was finished before: a duplicate
    beyond,    ///< kNumberSpan or more above the lowest unfinished: the peer broke the rule
  };
  struct Located {
    Place place = Place::beyond;
    std::uint64_t number = 0;  ///< of Place::open: the whole number
  };

  /// Finds the number whose low 16 bits stand on the wire, serially from the lowest unfinished one.
  Located locate(std::uint16_t wire) const;
  /// Whether a message may be started under `number`.
  bool admits(std::uint64_t number) const { return number - lowest_ < kNumberSpan; }
  /// True where the lowest unfinished number moved. REQUIRES: number is open.
  bool finish(std::uint64_t number);

  std::uint64_t lowest_unfinished() const { return lowest_; }
  std::size_t memory_bytes() const { return words_count_ * sizeof(std::uint64_t); }
  /// Nothing is said for a while: gives memory back where no number is finished before its time.
  void rest() {
    if (finished_above_ > 0) return;
    words_.reset();
    words_count_ = 0;
  }

 private:
  bool is_finished(std::uint64_t number) const;
  void grow_to(std::uint64_t span);
  std::uint64_t& word_of(std::uint64_t number);

  std::uint64_t lowest_ = 0;
  std::uint32_t finished_above_ = 0;        // how many are finished above lowest_
  std::uint32_t words_count_ = 0;           // a power of two, or 0
  std::unique_ptr<std::uint64_t[]> words_;  // a ring of bits; null while all comes in order
};

}  // namespace rudp::message
