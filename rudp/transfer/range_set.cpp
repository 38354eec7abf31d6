#include "transfer/range_set.hpp"

#include <algorithm>

namespace rudp::transfer {

Range intersection(Range range, Range within) {
  return {std::max(range.begin, within.begin), std::min(range.end, within.end)};
}

std::uint64_t RangeSet::add(Range range) {
  if (range.empty()) return 0;
  const Ranges::Place first = first_ending_at_or_after(range.begin);
  const auto is_joined = [&](Ranges::Place at) {
    return at != ranges_.end() && ranges_[at].begin <= range.end;
  };
  if (!is_joined(first)) {
    ranges_.insert(first, range);
    return range.size();
  }
  std::uint64_t known = 0;
  Range joined = range;
  for (Ranges::Place at = first; is_joined(at); at = ranges_.next(at)) {
    known += intersection(ranges_[at], range).size();
    joined = {std::min(joined.begin, ranges_[at].begin), std::max(joined.end, ranges_[at].end)};
  }
  ranges_[first] = joined;
  for (Ranges::Place at = ranges_.next(first); is_joined(at);) at = ranges_.erase(at);
  return range.size() - known;
}

std::uint64_t RangeSet::remove(Range range) {
  if (range.empty()) return 0;
  std::uint64_t removed = 0;
  Ranges::Place at = first_ending_at_or_after(range.begin);
  while (at != ranges_.end() && ranges_[at].begin < range.end) {
    const Range found = ranges_[at];
    const Range below{found.begin, std::min(found.end, range.begin)};
    const Range above{std::max(found.begin, range.end), found.end};
    removed += intersection(found, range).size();
    if (below.empty() && above.empty()) {
      at = ranges_.erase(at);
      continue;
    }
    ranges_[at] = below.empty() ? above : below;
    at = ranges_.next(at);
    if (!below.empty() && !above.empty()) at = ranges_.next(ranges_.insert(at, above));
  }
  return removed;
}

bool RangeSet::joins(Range range) const {
  const Ranges::Place at = first_ending_at_or_after(range.begin);
  return at != ranges_.end() && ranges_[at].begin <= range.end;
}

Range RangeSet::first_gap(Range range) const {
  Ranges::Place at = first_ending_at_or_after(range.begin);
  if (at != ranges_.end() && ranges_[at].begin <= range.begin) {
    range.begin = std::max(range.begin, ranges_[at].end);
    at = ranges_.next(at);
  }
  if (at != ranges_.end()) range.end = std::min(range.end, ranges_[at].begin);
  return range.empty() ? Range{} : range;
}

/// Most bodies arrive and are acknowledged upwards, so the last range is tried before the search.
RangeSet::Ranges::Place RangeSet::first_ending_at_or_after(std::uint64_t offset) const {
  if (ranges_.empty()) return ranges_.end();
  const Range& last = ranges_[ranges_.last()];
  if (last.end < offset) return ranges_.end();
  if (last.begin <= offset) return ranges_.last();
  return ranges_.first_not([offset](const Range& range) { return range.end < offset; });
}

}  // namespace rudp::transfer
