// What will happen, ordered by time and, at one time, by who came first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include <rudp/sim.hpp>
#include <rudp/types.hpp>

namespace rudp::sim {

using Action = std::function<void()>;
using Happening = std::variant<Datagram, Action>;

/// A priority queue whose order is total, so that equal times never depend on a container's habits.
class EventQueue {
 public:
  void push(Instant at, Happening what);
  /// Absent: empty.
  std::optional<Instant> next_at() const;
  /// REQUIRES: not empty.
  Happening pop();
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Instant at;
    std::uint64_t sequence;
    Happening what;
  };
  static bool later(const Entry& a, const Entry& b);

  std::vector<Entry> heap_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace rudp::sim
