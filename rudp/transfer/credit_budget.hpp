// Memory for large messages, shared by all connections of an endpoint, first come first served.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rudp::transfer {

/// Owned by the endpoint and passed to each connection's Incoming, which must not outlive it. A connection
/// whose peer wants to send more than the window it has takes what is missing from here, and gives it back as
/// the application consumes.
class CreditBudget {
 public:
  /// A place in the queue; 0: none.
  using Ticket = std::uint64_t;

  explicit CreditBudget(std::uint64_t capacity_bytes) : capacity_(capacity_bytes) {}
  CreditBudget(const CreditBudget&) = delete;
  CreditBudget& operator=(const CreditBudget&) = delete;

  /// Takes `bytes`, unless there are too few or others wait longer: then false, and `ticket` holds a place in
  /// the queue for the next try. What exceeds the whole budget is refused without a place.
  bool take(std::uint64_t bytes, Ticket& ticket);
  /// Takes `bytes` for a window that grows: only where nobody waits, and half of the budget stays free for large
  /// messages, which cannot do without. False: nothing was taken.
  bool take_spare(std::uint64_t bytes);
  /// Takes `bytes` that have arrived on a promise for which nothing is held any more: at once, whoever waits,
  /// and beyond the capacity if need be, up to twice of it. False: that would not do, and nothing was taken.
  bool take_for_arrived(std::uint64_t bytes);
  /// REQUIRES: they were taken.
  void give_back(std::uint64_t bytes);
  /// Gives up the place in the queue, if there is one.
  void leave(Ticket& ticket);

  std::uint64_t free_bytes() const { return capacity_ - std::min(taken_bytes_, capacity_); }
  std::uint64_t taken_bytes() const { return taken_bytes_; }
  std::uint64_t capacity_bytes() const { return capacity_; }
  /// At most one for each connection.
  std::size_t waiting() const { return queue_.size(); }

 private:
  std::uint64_t capacity_;
  std::uint64_t taken_bytes_ = 0;
  Ticket next_ticket_ = 1;
  std::vector<Ticket> queue_;  // who waits longest is first
};

}  // namespace rudp::transfer
