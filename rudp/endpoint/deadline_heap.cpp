#include "endpoint/deadline_heap.hpp"

#include <algorithm>

namespace rudp::endpoint {

void DeadlineHeap::set(std::uint32_t slot, Instant at) {
  if (slot >= position_.size()) position_.resize(slot + 1, kAbsent);
  const std::uint32_t place_now = position_[slot];
  if (at == Instant::max()) {
    if (place_now != kAbsent) erase_at(place_now);
    return;
  }
  if (place_now == kAbsent) {
    heap_.push_back({at, slot});
    position_[slot] = static_cast<std::uint32_t>(heap_.size() - 1);
    sift_up(position_[slot]);
    return;
  }
  heap_[place_now].at = at;
  sift_up(place_now);
  sift_down(position_[slot]);
}

void DeadlineHeap::reserve(std::size_t slots) {
  if (heap_.capacity() < slots) heap_.reserve(std::max(slots, 2 * heap_.capacity()));
  if (position_.size() < slots) position_.resize(slots, kAbsent);
}

std::optional<DeadlineHeap::Entry> DeadlineHeap::earliest() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front();
}

void DeadlineHeap::place(std::uint32_t at, Entry entry) {
  heap_[at] = entry;
  position_[entry.slot] = at;
}

void DeadlineHeap::sift_up(std::uint32_t at) {
  const Entry entry = heap_[at];
  while (at > 0 && entry.at < heap_[(at - 1) / 2].at) {
    place(at, heap_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(at, entry);
}

void DeadlineHeap::sift_down(std::uint32_t at) {
  const Entry entry = heap_[at];
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (std::uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && heap_[child + 1].at < heap_[child].at) ++child;
    if (!(heap_[child].at < entry.at)) break;
    place(at, heap_[child]);
    at = child;
  }
  place(at, entry);
}

void DeadlineHeap::erase_at(std::uint32_t at) {
  position_[heap_[at].slot] = kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  place(at, last);
  sift_up(at);
  sift_down(position_[last.slot]);
}

}  // namespace rudp::endpoint
