// Connections that wait for their turn.
#pragma once

#include <cstdint>
#include <deque>

namespace rudp::endpoint {

/// A line of slots, first come first served, each in it at most once; whoever leaves the endpoint leaves the
/// line. Eight bytes a slot, and nothing allocates but reserve().
class TurnQueue {
 public:
  bool empty() const { return first_ == kNone; }
  bool contains(std::uint32_t slot) const { return slot < links_.size() && links_[slot].next != kAbsent; }

  /// Room for slots below `slots`. Throws std::bad_alloc, and nothing changes.
  void reserve(std::size_t slots);
  /// Nothing happens to a slot that waits already. REQUIRES: there is room for it.
  void push_back(std::uint32_t slot);
  /// REQUIRES: !empty().
  std::uint32_t front() const;
  std::uint32_t pop_front();
  /// Nothing happens to a slot that does not wait.
  void remove(std::uint32_t slot);

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;    ///< no slot: an end of the line
  static constexpr std::uint32_t kAbsent = 0xfffffffe;  ///< as `next`: the slot does not wait

  struct Link {
    std::uint32_t previous = kNone;
    std::uint32_t next = kAbsent;
  };

  std::deque<Link> links_;  ///< by slot; a deque grows without a copy, and by no more than is needed
  std::uint32_t first_ = kNone;
  std::uint32_t last_ = kNone;
};

}  // namespace rudp::endpoint
