// A bounded set of numbers, held as the intervals that they form.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

#include "base/assert.hpp"
#include "base/units.hpp"

namespace rudp::base {

/// An ascending set of disjoint closed intervals of u64 that never touch each other, at most `Max` of them,
/// in fixed storage. When one more would not fit, the lowest is forgotten: for received packet numbers the
/// old ones matter least (RFC 9000 13.2.3).
///
/// Adding at the upper end costs O(1), anywhere else O(log Max) and a move of the intervals above.
template <std::size_t Max>
class IntervalSet {
 public:
  static_assert(Max >= 1);
  using const_iterator = const Interval*;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;

  /// Adds first..last, joining what it overlaps or touches. False when the lowest interval (the added one,
  /// where that is the lowest) was forgotten to keep the bound. REQUIRES: first <= last.
  bool insert(std::uint64_t first, std::uint64_t last) {
    RUDP_ASSERT(first <= last);
    Interval* const begin = first_joinable(first);
    Interval* const end = behind_joinable(begin, last);
    if (begin == end) return insert_alone(begin, {first, last});
    begin->first = std::min(begin->first, first);
    begin->last = std::max(std::prev(end)->last, last);
    close_gap(std::next(begin), end);
    return true;
  }
  bool insert(std::uint64_t value) { return insert(value, value); }

  bool contains(std::uint64_t value) const {
    const const_iterator at = std::lower_bound(begin(), end(), value, ends_before);
    return at != end() && at->first <= value;
  }

  /// Forgets every number below `limit`.
  void remove_below(std::uint64_t limit) {
    Interval* const at = std::lower_bound(mutable_begin(), mutable_end(), limit, ends_before);
    close_gap(mutable_begin(), at);
    if (!empty()) intervals_[0].first = std::max(intervals_[0].first, limit);
  }

  void clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }
  /// The number of intervals, not of numbers.
  std::size_t size() const { return size_; }

  /// REQUIRES: !empty().
  std::uint64_t min() const { return lowest().first; }
  /// REQUIRES: !empty().
  std::uint64_t max() const { return highest().last; }
  /// REQUIRES: !empty().
  const Interval& lowest() const {
    RUDP_ASSERT(!empty());
    return intervals_[0];
  }
  /// REQUIRES: !empty().
  const Interval& highest() const {
    RUDP_ASSERT(!empty());
    return intervals_[size_ - 1];
  }

  /// Ascending; `rbegin` to `rend` descends, as an ACK frame does. Any change ends an iteration.
  const_iterator begin() const { return intervals_.data(); }
  const_iterator end() const { return intervals_.data() + size_; }
  const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
  const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }

 private:
  static bool ends_before(const Interval& interval, std::uint64_t value) { return interval.last < value; }

  Interval* mutable_begin() { return intervals_.data(); }
  Interval* mutable_end() { return intervals_.data() + size_; }

  /// The first interval that ends at or above first - 1. Packets mostly arrive in order, so the upper end is
  /// tried before the search.
  Interval* first_joinable(std::uint64_t first) {
    const std::uint64_t touching = first == 0 ? 0 : first - 1;
    if (empty() || highest().last < touching) return mutable_end();
    if (highest().first <= touching) return std::prev(mutable_end());
    return std::lower_bound(mutable_begin(), mutable_end(), touching, ends_before);
  }

  Interval* behind_joinable(Interval* from, std::uint64_t last) {
    const std::uint64_t touching = last == std::numeric_limits<std::uint64_t>::max() ? last : last + 1;
    while (from != mutable_end() && from->first <= touching) ++from;
    return from;
  }

  bool insert_alone(Interval* at, Interval interval) {
    if (size_ < Max) {
      std::copy_backward(at, mutable_end(), std::next(mutable_end()));
      *at = interval;
      ++size_;
      return true;
    }
    if (at != mutable_begin()) {
      std::copy(std::next(mutable_begin()), at, mutable_begin());
      *std::prev(at) = interval;
    }
    return false;
  }

  void close_gap(Interval* from, Interval* to) {
    std::copy(to, mutable_end(), from);
    size_ -= static_cast<std::size_t>(to - from);
  }

  std::array<Interval, Max> intervals_{};
  std::size_t size_ = 0;
};

}  // namespace rudp::base
