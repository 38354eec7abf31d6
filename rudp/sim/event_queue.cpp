#include "sim/event_queue.hpp"

#include <algorithm>
#include <tuple>

namespace rudp::sim {

bool EventQueue::later(const Entry& a, const Entry& b) {
  return std::tie(a.at, a.sequence) > std::tie(b.at, b.sequence);
}

void EventQueue::push(Instant at, Happening what) {
  heap_.push_back({.at = at, .sequence = next_sequence_++, .what = std::move(what)});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<Instant> EventQueue::next_at() const {
  if (heap_.empty()) return {};
  return heap_.front().at;
}

Happening EventQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Happening what = std::move(heap_.back().what);
  heap_.pop_back();
  return what;
}

}  // namespace rudp::sim
