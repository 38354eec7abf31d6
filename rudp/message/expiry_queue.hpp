// Which message reaches its deadline next.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <rudp/types.hpp>

#include "base/slot_map.hpp"
#include "message/outgoing_message.hpp"

namespace rudp::message {

/// A heap of deadlines. A message that is done may stay in it for a while: its handle is stale, and whoever
/// takes it out sees that. Nothing is allocated before the first deadline.
class ExpiryQueue {
 public:
  using Handle = base::SlotMap<OutgoingMessage>::Handle;

  void add(Instant at, Handle handle);
  /// The earliest deadline.
  std::optional<Instant> next() const;
  /// Takes out the message whose deadline is the earliest, if that has come.
  std::optional<Handle> pop_due(Instant now);
  /// Takes stale handles out: all that stand first, and the others once they are the larger part.
  void prune(const base::SlotMap<OutgoingMessage>& messages);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Instant at;
    Handle handle;
  };
  static bool is_later(const Entry& a, const Entry& b);
  void pop_first();

  std::vector<Entry> entries_;  // a heap, the earliest first
};

}  // namespace rudp::message
