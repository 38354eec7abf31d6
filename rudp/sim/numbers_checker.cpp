#include <iterator>

#include "sim/checkers.hpp"

namespace rudp::sim {

Violation NumbersChecker::on_trace(NodeId node, const TraceEvent& event) {
  Numbers& numbers = numbers_[{node, event.connection}];
  const std::string number = "packet number " + std::to_string(event.number);
  if (event.kind == TraceKind::packet_sent) {
    if (numbers.last_sent && event.number <= *numbers.last_sent) return number + " is sent again";
    numbers.last_sent = event.number;
  }
  if (event.kind == TraceKind::packet_acked && (!numbers.last_sent || event.number > *numbers.last_sent))
    return number + " is acknowledged, but was not sent";
  if (event.kind == TraceKind::packet_received && !add(numbers.received, event.number))
    return number + " is accepted a second time";
  return {};
}

bool NumbersChecker::add(std::map<std::uint64_t, std::uint64_t>& ranges, std::uint64_t number) {
  const auto next = ranges.upper_bound(number);
  const auto before = next == ranges.begin() ? ranges.end() : std::prev(next);
  if (before != ranges.end() && number <= before->second) return false;
  const bool joins_next = next != ranges.end() && next->first == number + 1;
  const bool joins_before = before != ranges.end() && before->second + 1 == number;
  const std::uint64_t last = joins_next ? next->second : number;
  if (joins_next) ranges.erase(next);
  if (joins_before)
    before->second = last;
  else
    ranges.emplace(number, last);
  return true;
}

}  // namespace rudp::sim
