// A first-in, first-out queue that stops allocating once it has grown.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace rudp::base {

/// A FIFO of T in one power-of-two ring that doubles when full; elements are never allocated one by one. It
/// has no bound of its own: whoever pushes what a peer can cause checks size() against a named limit first.
/// T is default-constructible and movable; a popped element is overwritten with T{}.
template <class T>
class RingQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void push_back(T value) {
    reserve_one();
    slots_[index_of(size_++)] = std::move(value);
  }
  /// For what must go again before all others.
  void push_front(T value) {
    reserve_one();
    head_ = (head_ + slots_.size() - 1) & (slots_.size() - 1);
    slots_[head_] = std::move(value);
    ++size_;
  }

  /// REQUIRES: !empty().
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  /// REQUIRES: !empty().
  T& back() { return (*this)[size_ - 1]; }

  /// The element that `at` others precede. REQUIRES: at < size().
  T& operator[](std::size_t at) {
    RUDP_ASSERT(at < size_);
    return slots_[index_of(at)];
  }
  const T& operator[](std::size_t at) const {
    RUDP_ASSERT(at < size_);
    return slots_[index_of(at)];
  }

  /// Takes the oldest element out. REQUIRES: !empty().
  T pop_front() {
    RUDP_ASSERT(!empty());
    T value = std::exchange(slots_[head_], T{});
    head_ = index_of(1);
    --size_;
    return value;
  }

  /// From now on push_back allocates only where more than `count` elements are in the queue.
  void reserve(std::size_t count) {
    while (slots_.size() < count) grow();
  }

  void clear() {
    while (!empty()) pop_front();
  }

  /// Gives the memory back; for a connection that has gone idle. REQUIRES: empty().
  void release() {
    RUDP_ASSERT(empty());
    std::vector<T>().swap(slots_);
    head_ = 0;
  }

 private:
  static constexpr std::size_t kSlotsMin = 8;

  std::size_t index_of(std::size_t at) const { return (head_ + at) & (slots_.size() - 1); }

  void reserve_one() {
    if (size_ == slots_.size()) grow();
  }

  void grow() {
    std::vector<T> slots(slots_.empty() ? kSlotsMin : slots_.size() * 2);
    for (std::size_t at = 0; at < size_; ++at) slots[at] = std::move(slots_[index_of(at)]);
    slots_ = std::move(slots);
    head_ = 0;
  }

  std::vector<T> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace rudp::base
