#include "endpoint/deadline_heap.hpp"

#include <algorithm>

namespace rudp::endpoint {

void DeadlineHeap::set(std::uint32_t slot, Instant at) {
  if (at == Instant::max()) return remove(slot);
  reserve(slot + std::size_t{1});
  const std::uint32_t place_now = position_[slot];
  if (place_now == kAbsent) {
    times_.push_back(at);
    slots_.push_back(slot);
    position_[slot] = static_cast<std::uint32_t>(slots_.size() - 1);
    sift_up(position_[slot]);
    return;
  }
  times_[place_now] = at;
  sift_up(place_now);
  sift_down(position_[slot]);
}

void DeadlineHeap::remove(std::uint32_t slot) {
  if (slot < position_.size() && position_[slot] != kAbsent) erase_at(position_[slot]);
}

void DeadlineHeap::reserve(std::size_t slots) {
  if (position_.size() >= slots) return;
  if (position_.capacity() < slots) {
    const std::size_t room = std::max(slots, position_.size() + position_.size() / 4);
    times_.reserve(room);
    slots_.reserve(room);
    position_.reserve(room);
  }
  position_.resize(slots, kAbsent);
}

std::optional<DeadlineHeap::Entry> DeadlineHeap::earliest() const {
  if (slots_.empty()) return std::nullopt;
  return entry_at(0);
}

void DeadlineHeap::place(std::uint32_t at, Entry entry) {
  times_[at] = entry.at;
  slots_[at] = entry.slot;
  position_[entry.slot] = at;
}

void DeadlineHeap::sift_up(std::uint32_t at) {
  const Entry entry = entry_at(at);
  while (at > 0 && entry.at < times_[(at - 1) / 2]) {
    place(at, entry_at((at - 1) / 2));
    at = (at - 1) / 2;
  }
  place(at, entry);
}

void DeadlineHeap::sift_down(std::uint32_t at) {
  const Entry entry = entry_at(at);
  const auto size = static_cast<std::uint32_t>(slots_.size());
  for (std::uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && times_[child + 1] < times_[child]) ++child;
    if (!(times_[child] < entry.at)) break;
    place(at, entry_at(child));
    at = child;
  }
  place(at, entry);
}

void DeadlineHeap::erase_at(std::uint32_t at) {
  position_[slots_[at]] = kAbsent;
  const Entry last = entry_at(static_cast<std::uint32_t>(slots_.size() - 1));
  times_.pop_back();
  slots_.pop_back();
  if (at == slots_.size()) return;
  place(at, last);
  sift_up(at);
  sift_down(position_[last.slot]);
}

}  // namespace rudp::endpoint
