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
  /// From now on nothing allocates for slots below `slots`.
  void reserve(std::size_t slots);
  void remove(std::uint32_t slot) { set(slot, Instant::max()); }
  /// The earliest deadline, if any.
  std::optional<Entry> earliest() const;
  std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::uint32_t kAbsent = 0xffffffff;

  void place(std::uint32_t at, Entry entry);
  void sift_up(std::uint32_t at);
  void sift_down(std::uint32_t at);
  void erase_at(std::uint32_t at);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> position_;  ///< by slot: its place in heap_, or kAbsent
};

}  // namespace rudp::endpoint
