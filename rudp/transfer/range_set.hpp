// Offsets of a body as half-open ranges: which of them are lost, acknowledged, or have arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/block_list.hpp"

namespace rudp::transfer {

/// The offsets begin..end-1 of a body, in bytes.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool empty() const { return begin >= end; }
  std::uint64_t size() const { return empty() ? 0 : end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// The part of `range` that lies inside `within`; may be empty.
Range intersection(Range range, Range within);

/// A set of offsets, held as ascending disjoint ranges that never touch. It has no bound of its own: whoever
/// adds what a peer chose checks size() against a named limit. In whatever order ranges come, each costs
/// about the same. Empty until the first add, without allocation.
class RangeSet {
 public:
  /// Adds what is new of `range`, joining what it overlaps or touches; returns how many offsets were new.
  std::uint64_t add(Range range);
  /// Takes out what is there of `range`; returns how many offsets were there.
  std::uint64_t remove(Range range);

  bool empty() const { return ranges_.empty(); }
  /// The number of ranges, not of offsets.
  std::size_t size() const { return ranges_.size(); }
  /// REQUIRES: !empty().
  const Range& front() const { return ranges_[ranges_.begin()]; }
  bool contains(Range range) const { return first_gap(range).empty(); }
  /// Whether adding `range` would not make one more: it overlaps or touches what is there.
  bool joins(Range range) const;
  /// The first part of `range` that is not in the set; empty where all of it is.
  Range first_gap(Range range) const;
  void clear() { ranges_.clear(); }

  std::size_t memory_bytes() const { return ranges_.memory_bytes(); }

  /// Calls visit(range) for each, upwards.
  template <class Visit>
  void for_each(Visit&& visit) const {
    ranges_.for_each(std::forward<Visit>(visit));
  }

 private:
  using Ranges = base::BlockList<Range>;

  Ranges::Place first_ending_at_or_after(std::uint64_t offset) const;

  Ranges ranges_;
};

}  // namespace rudp::transfer
