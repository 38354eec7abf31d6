// What is remembered of sent packets: a ring keyed by ascending number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/units.hpp"

namespace rudp::base {

/// The numbers from the oldest remembered packet to the newest span at most this many slots. Twice what 1
/// Gbit/s keeps under way in 280 ms and in a queue four times as long; it bounds what one stuck packet at the
/// front can pin.
inline constexpr std::size_t kPacketWindowSlotsMax = std::size_t{1} << 18;
/// Slots of the first allocation.
inline constexpr std::size_t kPacketWindowSlotsMin = 4;

/// Values of T under packet numbers that are pushed in ascending order, with gaps (a skipped number costs an
/// empty slot), and erased in any order. The storage is a power of two that doubles when the span of live
/// numbers outgrows it, so that the steady state allocates nothing; finding is one index.
///
/// T is default-constructible and movable. An erased value is overwritten with T{} at once.
template <class T>
class PacketWindow {
 public:
  bool empty() const { return live_ == 0; }
  /// The number of values, without the gaps.
  std::size_t size() const { return live_; }

  /// The oldest live number. REQUIRES: !empty().
  PacketNumber front_number() const {
    RUDP_ASSERT(!empty());
    return begin_;
  }
  /// The newest live number. REQUIRES: !empty().
  PacketNumber back_number() const {
    RUDP_ASSERT(!empty());
    return *at_or_before(end_ - 1);
  }
  /// REQUIRES: !empty().
  T& front() { return values_[index_of(front_number())]; }
  const T& front() const { return values_[index_of(front_number())]; }

  /// Whether push_back takes `number`: above the last one pushed since it was empty, and inside the bound.
  bool can_push(PacketNumber number) const {
    if (empty()) return number <= kPacketNumberMax;
    return number >= end_ && number <= kPacketNumberMax && number - begin_ < kPacketWindowSlotsMax;
  }

  /// Remembers `value` under `number`; the reference holds until the next push. REQUIRES: can_push(number).
  T& push_back(PacketNumber number, T value = T{}) {
    RUDP_ASSERT(can_push(number));
    if (empty()) begin_ = number;
    grow_to(number - begin_ + 1);
    const std::size_t index = index_of(number);
    numbers_[index] = number;
    values_[index] = std::move(value);
    end_ = number + 1;
    ++live_;
    return values_[index];
  }

  /// Null where the number was never pushed, or is gone.
  T* find(PacketNumber number) { return holds(number) ? &values_[index_of(number)] : nullptr; }
  const T* find(PacketNumber number) const { return holds(number) ? &values_[index_of(number)] : nullptr; }

  /// Takes the value out. Empty where there is none.
  std::optional<T> take(PacketNumber number) {
    if (!holds(number)) return std::nullopt;
    std::optional<T> taken(std::exchange(values_[index_of(number)], T{}));
    forget(number);
    return taken;
  }

  /// False where there is no such number.
  bool erase(PacketNumber number) { return take(number).has_value(); }

  /// REQUIRES: !empty().
  void pop_front() { erase(front_number()); }

  void clear() {
    while (!empty()) pop_front();
  }

  /// The lowest live number >= `number`, for walks that erase as they go.
  std::optional<PacketNumber> at_or_after(PacketNumber number) const {
    for (PacketNumber at = number < begin_ ? begin_ : number; !empty() && at < end_; ++at) {
      if (holds(at)) return at;
    }
    return std::nullopt;
  }

  /// The highest live number <= `number`.
  std::optional<PacketNumber> at_or_before(PacketNumber number) const {
    if (empty() || number < begin_) return std::nullopt;
    PacketNumber at = number < end_ ? number : end_ - 1;
    while (!holds(at) && at > begin_) --at;
    return at;
  }

  /// Calls visit(number, value) in ascending order. The visit may erase its own number, nothing else.
  template <class Visit>
  void for_each(Visit&& visit) {
    const PacketNumber end = end_;
    for (auto at = at_or_after(0); at && *at < end; at = at_or_after(*at + 1)) {
      visit(*at, values_[index_of(*at)]);
    }
  }

 private:
  static constexpr PacketNumber kNoNumber = std::numeric_limits<PacketNumber>::max();

  std::size_t index_of(PacketNumber number) const {
    return static_cast<std::size_t>(number) & (numbers_.size() - 1);
  }

  bool holds(PacketNumber number) const {
    return !numbers_.empty() && number != kNoNumber && numbers_[index_of(number)] == number;
  }

  /// The front is kept on a live number, and never goes back. The end stays where it is: with an old number alive
  /// far below, whoever pushes one number and erases it again would walk all the way down to that each time.
  void forget(PacketNumber number) {
    numbers_[index_of(number)] = kNoNumber;
    --live_;
    while (live_ > 0 && !holds(begin_)) ++begin_;
  }

  void grow_to(std::uint64_t span) {
    if (span <= numbers_.size()) return;
    std::size_t slots = numbers_.empty() ? kPacketWindowSlotsMin : numbers_.size();
    while (slots < span) slots *= 2;
    std::vector<PacketNumber> numbers(slots, kNoNumber);
    std::vector<T> values(slots);
    for_each([&](PacketNumber number, T& value) {
      const std::size_t index = static_cast<std::size_t>(number) & (slots - 1);
      numbers[index] = number;
      values[index] = std::move(value);
    });
    numbers_ = std::move(numbers);
    values_ = std::move(values);
  }

  std::vector<PacketNumber> numbers_;  // apart from the values: a walk over gaps touches these alone
  std::vector<T> values_;
  PacketNumber begin_ = 0;
  PacketNumber end_ = 0;  // above the last one pushed
  std::size_t live_ = 0;
};

}  // namespace rudp::base
