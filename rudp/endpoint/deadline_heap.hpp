// Which of many connections is due first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <rudp/types.hpp>

namespace rudp::endpoint {

/// A binary heap of deadlines, at most one for each slot, movable in O(log n).
/// Equal deadlines come in an order that depends on the calls alone, so that
/// simulated runs repeat.
class DeadlineHeap {
 public:
  struct Entry {
    Instant at;
    std::uint32_t slot = 0;
  };

  /// Sets or moves the deadline of a slot; Instant::max() removes it.
  void set(std::uint32_t slot, Instant at);
  /// From now on nothing allocates for slots below `slots`. Grows by a quarter: 16 to 20 bytes a slot.
  void reserve(std::size_t slots);
  /// Nothing happens where it has none. Never allocates.
  void remove(std::uint32_t slot);
  /// The earliest deadline, if any.
  std::optional<Entry> earliest() const;
  std::size_t size() const { return slots_.size(); }

 private:
  static constexpr std::uint32_t kAbsent = 0xffffffff;

  Entry entry_at(std::uint32_t place) const { return {times_[place], slots_[place]}; }
  void place(std::uint32_t at, Entry entry);
  void sift_up(std::uint32_t at);
  void sift_down(std::uint32_t at);
  void erase_at(std::uint32_t at);

  std::vector<Instant> times_;           ///< the heap; apart from
  std::vector<std::uint32_t> slots_;     ///< whose deadline each is, so that no padding stands between them
  std::vector<std::uint32_t> position_;  ///< by slot: its place in the heap, or kAbsent
};

}  // namespace rudp::endpoint
