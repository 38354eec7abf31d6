#include "transfer/send_ranges.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::transfer {

std::optional<Range> SendRanges::first_unacked(Range range) const {
  const Range sent = intersection(tracked(range), {acked_to_, next_});
  if (sent.empty()) return std::nullopt;
  const Range gap = acked_.first_gap(sent);
  if (gap.empty()) return std::nullopt;
  return visible(gap);
}

void SendRanges::on_sent(Range range) {
  range = tracked(range);
  RUDP_ASSERT(range.end <= end_);
  if (range.begin == next_) {
    next_ = range.end;
    return;
  }
  RUDP_ASSERT(range.end <= next_);
  lost_.remove(range);
}

std::uint64_t SendRanges::on_acked(Range range) {
  range = intersection(tracked(range), {acked_to_, next_});
  if (range.empty()) return 0;
  if (!lost_.empty()) lost_.remove(range);
  if (acked_.empty() && range.begin == acked_to_) {
    acked_to_ = range.end;
    return range.size();
  }
  const std::uint64_t fresh = acked_.add(range);
  advance_acked();
  return fresh;
}

bool SendRanges::on_lost(Range range) {
  range = intersection(tracked(range), {acked_to_, next_});
  bool any = false;
  while (!range.empty()) {
    const Range gap = acked_.first_gap(range);
    if (gap.empty()) return any;
    lost_.add(gap);
    any = true;
    range.begin = gap.end;
  }
  return any;
}

void SendRanges::advance_acked() {
  if (acked_.front().begin > acked_to_) return;
  acked_to_ = acked_.front().end;
  acked_.remove({0, acked_to_});
}

}  // namespace rudp::transfer
