#include "endpoint/turn_queue.hpp"

#include "base/assert.hpp"

namespace rudp::endpoint {

void TurnQueue::reserve(std::size_t slots) {
  RUDP_ASSERT(slots <= kAbsent);
  if (links_.size() < slots) links_.resize(slots);
}

void TurnQueue::push_back(std::uint32_t slot) {
  RUDP_ASSERT(slot < links_.size());
  if (contains(slot)) return;
  links_[slot] = {.previous = last_, .next = kNone};
  (last_ == kNone ? first_ : links_[last_].next) = slot;
  last_ = slot;
}

std::uint32_t TurnQueue::front() const {
  RUDP_ASSERT(!empty());
  return first_;
}

std::uint32_t TurnQueue::pop_front() {
  const std::uint32_t slot = front();
  remove(slot);
  return slot;
}

void TurnQueue::remove(std::uint32_t slot) {
  if (!contains(slot)) return;
  const Link link = links_[slot];
  (link.previous == kNone ? first_ : links_[link.previous].next) = link.next;
  (link.next == kNone ? last_ : links_[link.next].previous) = link.previous;
  links_[slot] = Link{};
}

}  // namespace rudp::endpoint
