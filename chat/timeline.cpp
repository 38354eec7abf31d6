#include "chat/timeline.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {

void Timeline::begin_after(MessageNumber number) {
  has_base_ = true;
  shown_ = number;
  ahead_.erase(ahead_.begin(), ahead_.upper_bound(number));
}

void Timeline::begin_before_arrivals(MessageNumber number) {
  begin_after(ahead_.empty() ? number : std::min(number, ahead_.begin()->first - 1));
}

void Timeline::begin_with_arrivals() {
  if (!has_base_) begin_after(ahead_.empty() ? last_ : ahead_.begin()->first - 1);
}

void Timeline::learn_last(MessageNumber number) { last_ = std::max(last_, number); }

void Timeline::roll_back_to(MessageNumber number) {
  if (number >= shown_) return;
  shown_ = last_ = complete_ = number;
  ahead_.clear();
}

void Timeline::accept(Arrival arrival) {
  const MessageNumber number = arrival.message.number;
  learn_last(number);
  if (has_base_ && number <= shown_) return;
  ahead_.emplace(number, std::move(arrival));
  if (ahead_.size() > kAheadMax) ahead_.erase(std::prev(ahead_.end()));
}

void Timeline::complete_to(MessageNumber number) {
  complete_ = std::max(complete_, number);
  learn_last(number);
}

std::optional<Arrival> Timeline::next() {
  if (!has_base_) return std::nullopt;
  const auto first = ahead_.begin();
  const bool reachable = first != ahead_.end() && (first->first == shown_ + 1 || first->first <= complete_);
  if (!reachable) {
    // What should be there up to `complete_` was deleted.
    const MessageNumber skip_to = first == ahead_.end() ? complete_ : std::min(complete_, first->first - 1);
    shown_ = std::max(shown_, skip_to);
    if (first == ahead_.end() || first->first != shown_ + 1) return std::nullopt;
  }
  Arrival arrival = std::move(first->second);
  shown_ = first->first;
  ahead_.erase(first);
  return arrival;
}

}  // namespace chat
