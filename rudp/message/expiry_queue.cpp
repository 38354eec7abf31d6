#include "message/expiry_queue.hpp"

#include <algorithm>

namespace rudp::message {
namespace {

/// Below this many entries it is not worth looking for stale ones.
constexpr std::size_t kEntriesKept = 64;

}  // namespace

void ExpiryQueue::add(Instant at, Handle handle) {
  entries_.push_back({at, handle});
  std::push_heap(entries_.begin(), entries_.end(), is_later);
}

std::optional<Instant> ExpiryQueue::next() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.front().at;
}

std::optional<ExpiryQueue::Handle> ExpiryQueue::pop_due(Instant now) {
  if (entries_.empty() || entries_.front().at > now) return std::nullopt;
  const Handle handle = entries_.front().handle;
  pop_first();
  return handle;
}

void ExpiryQueue::prune(const base::SlotMap<OutgoingMessage>& messages) {
  while (!entries_.empty() && !messages.find(entries_.front().handle)) pop_first();
  if (entries_.size() <= std::max(kEntriesKept, 2 * messages.size())) return;
  const auto is_stale = [&](const Entry& entry) { return !messages.find(entry.handle); };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_stale), entries_.end());
  std::make_heap(entries_.begin(), entries_.end(), is_later);
}

/// Equal deadlines are told apart by their handles, so that every run of a seed takes the same order.
bool ExpiryQueue::is_later(const Entry& a, const Entry& b) {
  if (a.at != b.at) return a.at > b.at;
  return a.handle > b.handle;
}

void ExpiryQueue::pop_first() {
  std::pop_heap(entries_.begin(), entries_.end(), is_later);
  entries_.pop_back();
}

}  // namespace rudp::message
