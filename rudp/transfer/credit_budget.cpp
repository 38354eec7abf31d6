#include "transfer/credit_budget.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::transfer {

bool CreditBudget::take(std::uint64_t bytes, Ticket& ticket) {
  if (bytes > capacity_) return false;
  const bool is_first = queue_.empty() || queue_.front() == ticket;
  if (is_first && bytes <= free_bytes()) {
    leave(ticket);
    taken_bytes_ += bytes;
    return true;
  }
  if (ticket == 0) {
    queue_.push_back(next_ticket_);
    ticket = next_ticket_++;
  }
  return false;
}

bool CreditBudget::take_spare(std::uint64_t bytes) {
  if (!queue_.empty() || free_bytes() < capacity_ / 2 || free_bytes() - capacity_ / 2 < bytes) return false;
  taken_bytes_ += bytes;
  return true;
}

bool CreditBudget::take_for_arrived(std::uint64_t bytes) {
  const std::uint64_t overdrawn = taken_bytes_ + bytes - std::min(taken_bytes_ + bytes, capacity_);
  if (overdrawn > capacity_) return false;
  taken_bytes_ += bytes;
  return true;
}

void CreditBudget::give_back(std::uint64_t bytes) {
  RUDP_ASSERT(bytes <= taken_bytes_);
  taken_bytes_ -= bytes;
}

void CreditBudget::leave(Ticket& ticket) {
  if (ticket == 0) return;
  queue_.erase(std::remove(queue_.begin(), queue_.end(), ticket), queue_.end());
  ticket = 0;
}

}  // namespace rudp::transfer
