#include "transfer/range_set.hpp"

#include <algorithm>

namespace rudp::transfer {

Range intersection(Range range, Range within) {
  return {std::max(range.begin, within.begin), std::min(range.end, within.end)};
}

std::uint64_t RangeSet::add(Range range) {
  if (range.empty()) return 0;
  const auto first = first_ending_at_or_after(range.begin);
  auto behind = first;
  std::uint64_t known = 0;
  Range joined = range;
  for (; behind != ranges_.end() && behind->begin <= range.end; ++behind) {
    known += intersection(*behind, range).size();
    joined = {std::min(joined.begin, behind->begin), std::max(joined.end, behind->end)};
  }
  const auto at = ranges_.begin() + (first - ranges_.cbegin());
  if (first == behind) {
    ranges_.insert(at, joined);
  } else {
    *at = joined;
    ranges_.erase(first + 1, behind);
  }
  return range.size() - known;
}

std::uint64_t RangeSet::remove(Range range) {
  if (range.empty()) return 0;
  std::uint64_t removed = 0;
  auto at = ranges_.begin() + (first_ending_at_or_after(range.begin) - ranges_.cbegin());
  while (at != ranges_.end() && at->begin < range.end) {
    const Range below{at->begin, std::min(at->end, range.begin)};
    const Range above{std::max(at->begin, range.end), at->end};
    removed += intersection(*at, range).size();
    if (below.empty() && above.empty()) {
      at = ranges_.erase(at);
      continue;
    }
    *at = below.empty() ? above : below;
    if (!below.empty() && !above.empty()) at = ranges_.insert(at + 1, above);
    ++at;
  }
  return removed;
}

bool RangeSet::joins(Range range) const {
  const auto at = first_ending_at_or_after(range.begin);
  return at != ranges_.end() && at->begin <= range.end;
}

Range RangeSet::first_gap(Range range) const {
  auto at = first_ending_at_or_after(range.begin);
  if (at != ranges_.end() && at->begin <= range.begin) range.begin = std::max(range.begin, (at++)->end);
  if (at != ranges_.end()) range.end = std::min(range.end, at->begin);
  return range.empty() ? Range{} : range;
}

/// Most bodies arrive and are acknowledged upwards, so the last range is tried before the search.
RangeSet::const_iterator RangeSet::first_ending_at_or_after(std::uint64_t offset) const {
  if (ranges_.empty() || ranges_.back().end < offset) return ranges_.end();
  if (ranges_.back().begin <= offset) return std::prev(ranges_.end());
  return std::lower_bound(ranges_.begin(), ranges_.end(), offset,
                          [](const Range& range, std::uint64_t at) { return range.end < at; });
}

}  // namespace rudp::transfer
