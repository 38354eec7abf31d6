// The messages of a flow, in the order of send.
#pragma once

#include <algorithm>
#include <cstddef>

#include <rudp/types.hpp>

#include "base/assert.hpp"
#include "base/ring_queue.hpp"

namespace rudp::message {

/// A queue of handles out of whose middle deadlines take some. A handle that is out stays behind, for whoever
/// owns the messages to tell that it names nothing, and is dropped when it comes to the front, or with all
/// others once they are the larger part. So each costs the same wherever it stood, and memory follows what
/// waits.
class FlowQueue {
 public:
  using Handle = ConnectionHandle;

  bool empty() const { return handles_.empty(); }
  /// The next that goes out: it waits. REQUIRES: !empty().
  Handle front() const { return handles_.front(); }
  /// What was queued last; it may be out. REQUIRES: !empty().
  Handle back() { return handles_.back(); }
  void push_back(Handle handle) { handles_.push_back(handle); }

  /// Takes out `handle`. `is_out` answers for those that were taken out before, and need not for this one.
  /// REQUIRES: it was queued, and not taken out.
  template <class IsOut>
  void remove(Handle handle, IsOut&& is_out) {
    RUDP_ASSERT(!empty());
    if (front() == handle) {
      handles_.pop_front();
    } else {
      ++out_count_;
    }
    for (; out_count_ > 0 && is_out(front()); --out_count_) handles_.pop_front();
    if (out_count_ > std::max(kOutKept, handles_.size() / 2)) drop_all(handle, is_out);
  }

 private:
  /// Fewer are not worth a walk through the queue.
  static constexpr std::size_t kOutKept = 32;

  template <class IsOut>
  void drop_all(Handle handle, IsOut&& is_out) {
    for (std::size_t left = handles_.size(); left > 0; --left) {
      const Handle next = handles_.pop_front();
      if (next != handle && !is_out(next)) handles_.push_back(next);
    }
    out_count_ = 0;
  }

  base::RingQueue<Handle> handles_;  // the first waits
  std::size_t out_count_ = 0;        // of those behind it
};

}  // namespace rudp::message
