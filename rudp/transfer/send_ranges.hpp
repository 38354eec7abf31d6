// Which bytes of a body must be sent, are in flight, are lost, are acknowledged.
#pragma once

#include <cstdint>
#include <optional>

#include "transfer/range_set.hpp"

namespace rudp::transfer {

/// The sending state of one body, a message or a stream. The payload is stored elsewhere,
/// once; this says which ranges of it go next. What was sent and is neither lost nor acknowledged is in
/// flight.
///
/// A body of length 0 is tracked as one virtual byte, so that it too can be in flight, lost and acknowledged:
/// its range is {0, 0} at every call. Bodies that go out and are acknowledged in one piece never allocate.
class SendRanges {
 public:
  SendRanges() = default;
  explicit SendRanges(std::uint64_t length) : end_(length > 0 ? length : 1), is_empty_(length == 0) {}
  /// A body that grows, a stream for example; nothing of it exists yet, and no virtual byte either.
  static SendRanges growing() { return SendRanges(0, false); }
  /// REQUIRES: a growing body. It has `more` bytes more.
  void grow_by(std::uint64_t more) { end_ += more; }

  bool has_lost() const { return !lost_.empty(); }
  bool has_unsent() const { return next_ < end_; }
  bool all_acked() const { return acked_to_ == end_; }
  /// Whether any byte was ever sent.
  bool started() const { return next_ > 0; }
  /// Everything below was sent at least once.
  std::uint64_t sent_to() const { return next_; }
  /// Everything below is acknowledged.
  std::uint64_t acked_to() const { return acked_to_; }

  /// The lowest lost range. REQUIRES: has_lost().
  Range first_lost() const { return visible(lost_.front()); }
  /// What was never sent. REQUIRES: has_unsent().
  Range unsent() const { return visible({next_, end_}); }
  /// The first part of `range` that was sent and is not acknowledged; absent where all of it is.
  std::optional<Range> first_unacked(Range range) const;

  /// `range` leaves: the front of a lost range or of the unsent part.
  void on_sent(Range range);
  /// Late acks of what was declared lost count too. Returns how many bytes were newly acknowledged.
  std::uint64_t on_acked(Range range);
  /// What is not acknowledged of `range` goes back to "lost". True where there is any. What was never sent
  /// stays unsent.
  bool on_lost(Range range);

 private:
  SendRanges(std::uint64_t end, bool is_empty) : end_(end), is_empty_(is_empty) {}
  Range tracked(Range range) const { return is_empty_ ? Range{0, 1} : range; }
  Range visible(Range range) const { return is_empty_ ? Range{0, 0} : range; }
  void advance_acked();

  std::uint64_t end_ = 1;       // one past the last offset
  std::uint64_t next_ = 0;      // everything below was sent at least once
  std::uint64_t acked_to_ = 0;  // everything below is acknowledged
  RangeSet acked_;              // acknowledged, above acked_to_
  RangeSet lost_;
  bool is_empty_ = true;
};

}  // namespace rudp::transfer
