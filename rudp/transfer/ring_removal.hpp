// Taking one element out of a queue, wherever it stands.
#pragma once

#include <cstddef>

#include "base/ring_queue.hpp"

namespace rudp::transfer {

/// The others keep their order. O(1) for the front, which is nearly always meant, else O(n).
template <class T>
void remove_from(base::RingQueue<T>& queue, const T& element) {
  if (!queue.empty() && queue.front() == element) {
    queue.pop_front();
    return;
  }
  for (std::size_t count = queue.size(); count > 0; --count) {
    T next = queue.pop_front();
    if (next != element) queue.push_back(next);
  }
}

}  // namespace rudp::transfer
