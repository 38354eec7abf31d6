// Values named by handles that cannot dangle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include <rudp/types.hpp>

#include "base/assert.hpp"

namespace rudp::base {

/// Owns values of T under (index, generation) handles. A handle resolves until its value is erased and never
/// again: a slot's generation rises with each erasure, and a slot whose generations are used up is retired.
/// Pointers that `find` returns hold until the value is erased. Values lie in small blocks, so that no more
/// memory is taken than the most values at a time needed.
template <class T>
class SlotMap {
 public:
  using Handle = ConnectionHandle;

  /// Takes ownership. Reuses the slot that was freed last. O(1).
  Handle insert(T value) {
    if (free_head_ == kNone) return append(std::move(value));
    const std::uint32_t index = free_head_;
    Slot& slot = slots_[index];
    free_head_ = slot.next_free;
    slot.value.emplace(std::move(value));
    ++size_;
    return Handle{index, slot.generation};
  }

  /// Null for a handle that is stale or was never given out.
  T* find(Handle handle) {
    Slot* const slot = resolve(handle);
    return slot ? &*slot->value : nullptr;
  }
  const T* find(Handle handle) const { return const_cast<SlotMap*>(this)->find(handle); }

  /// The handle of the value that lives in slot `index` now, if any.
  std::optional<Handle> handle_at(std::uint32_t index) const {
    if (index >= slots_.size() || !slots_[index].value) return std::nullopt;
    return Handle{index, slots_[index].generation};
  }

  /// Destroys the value. False for a handle that does not resolve.
  bool erase(Handle handle) {
    Slot* const slot = resolve(handle);
    if (!slot) return false;
    slot->value.reset();
    --size_;
    retire_generation(*slot, handle.index);
    return true;
  }

  /// Calls visit(handle, value) for each value in index order. The visit may erase any value, also its own;
  /// it may insert, and then may or may not be called for the new value.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
      Slot& slot = slots_[index];
      if (slot.value) visit(Handle{index, slot.generation}, *slot.value);
    }
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  struct Slot {
    std::optional<T> value;
    std::uint32_t generation = 1;
    std::uint32_t next_free = kNone;
  };

  Handle append(T value) {
    RUDP_ASSERT(slots_.size() < kNone);
    Slot& slot = slots_.emplace_back();
    slot.value.emplace(std::move(value));
    ++size_;
    return Handle{static_cast<std::uint32_t>(slots_.size() - 1), slot.generation};
  }

  Slot* resolve(Handle handle) {
    if (handle.index >= slots_.size()) return nullptr;
    Slot& slot = slots_[handle.index];
    return slot.value && slot.generation == handle.generation ? &slot : nullptr;
  }

  void retire_generation(Slot& slot, std::uint32_t index) {
    if (++slot.generation == kNone) return;
    slot.next_free = free_head_;
    free_head_ = index;
  }

  std::deque<Slot> slots_;
  std::uint32_t free_head_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace rudp::base
