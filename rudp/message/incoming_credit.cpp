// Credit: what the peer uses of it, what goes back, and what the endpoint's budget pays for beyond the
// window.
#include <algorithm>

#include "message/incoming.hpp"

namespace rudp::message {

/// The peer uses credit when the first bytes of a message arrive; all of it, so that it can always finish.
bool Incoming::take_credit(std::uint64_t length) {
  const std::uint64_t charge = length + kMessageChargeBytes;
  if (!credit_.on_received(charge)) return false;
  if (pace_.on_progress(work_->now, credit_.received(), credit_.window(), smoothed_rtt_)) grow_window();
  // Beyond the limit at which it waited it can only be with a newer one; whatever came before may have been
  // sent before the report.
  if (work_->blocked && credit_.received() > work_->blocked->limit) stop_waiting();
  return true;
}

void Incoming::give_credit_back(std::uint64_t charge) {
  credit_.on_consumed(charge);
  settle_budget();
  if (work_->blocked && !work_->blocked->boosted) try_boost();
}

Result<void> Incoming::on_blocked(Instant now, std::uint64_t limit, std::uint64_t need) {
  if (need > message_bytes_max_ + kMessageChargeBytes || limit > credit_.promised()) {
    return Error::protocol_violation;
  }
  // A larger limit is on its way: where that does not help either, the peer says so again.
  if (limit < credit_.promised()) return {};
  work().now = now;
  credit_.set_eager(true);
  work_->blocked = PeerBlocked{limit, need, need <= credit_.window()};
  if (work_->blocked->boosted) {
    budget_.leave(work_->ticket);
    work_->retry_at.reset();
    return {};
  }
  try_boost();
  return {};
}

/// What fits the window comes free as the application consumes. What is larger is promised on top of the
/// limit at which the peer waits, so that it can start at once, out of the endpoint's budget; at most one
/// largest message of it, since more would only serve an application that does not read. Who asks again
/// without having used what was promised gets nothing for it.
void Incoming::try_boost() {
  const std::uint64_t window_end = credit_.consumed() + credit_.window();
  const std::uint64_t wanted = work_->blocked->limit + work_->blocked->need;
  const std::uint64_t limit = std::min(wanted, window_end + message_bytes_max_ + kMessageChargeBytes);
  const std::uint64_t beyond = limit > window_end ? limit - window_end : 0;
  const std::uint64_t to_pay =
      beyond > credit_.beyond_window() ? beyond - std::min(beyond, budget_bytes_) : 0;
  work_->retry_at.reset();
  if (to_pay > 0 && !budget_.take(to_pay, work_->ticket)) {
    if (work_->ticket != 0) work_->retry_at = work_->now + kBudgetRetryInterval;
    return;
  }
  budget_bytes_ += to_pay;
  credit_.raise_to(limit);
  work_->blocked->boosted = limit == wanted;
  watch_promise();
}

void Incoming::stop_waiting() {
  work_->blocked.reset();
  credit_.set_eager(false);
  budget_.leave(work_->ticket);
  work_->retry_at.reset();
}

void Incoming::grow_window() {
  const std::uint64_t window = credit_.window();
  if (window >= kWindowBytesMax) return;
  const std::uint64_t more = std::min(window, kWindowBytesMax - window);
  if (!budget_.take_spare(more)) return;
  window_budget_bytes_ += more;
  credit_.set_window(window + more);
  settle_budget();
}

/// All that has ever come of reliable messages.
std::uint64_t Incoming::arrived_bytes() const {
  return credit_.received() - (work_ ? work_->missing_bytes : 0);
}

/// What is here of them and was not taken, beyond what the window allows for.
std::uint64_t Incoming::bytes_beyond_window() const {
  const std::uint64_t here = arrived_bytes() - credit_.consumed();
  return here - std::min(here, credit_.window());
}

/// The budget pays for what is promised beyond the window; each consumed byte moves the window up to it.
/// Where it holds less than that, the promise has lapsed, and what is here of it is paid for alone.
void Incoming::settle_budget() {
  const std::uint64_t beyond = credit_.beyond_window();
  const std::uint64_t due = budget_bytes_ < beyond ? bytes_beyond_window() : beyond;
  if (budget_bytes_ <= due) return;
  budget_.give_back(budget_bytes_ - due);
  budget_bytes_ = due;
}

/// False: more has come on promises that had lapsed than the endpoint has memory for.
bool Incoming::pay_for_arrived() {
  const std::uint64_t due = bytes_beyond_window();
  if (due <= budget_bytes_) return true;
  if (!budget_.take_for_arrived(due - budget_bytes_)) return false;
  budget_bytes_ = due;
  return true;
}

/// It begins with the next timeout, which is at once: when the application takes a message nobody says how
/// late it is.
void Incoming::watch_promise() {
  if (work_->promise_due_at || budget_bytes_ <= bytes_beyond_window()) return;
  work_->promise_due_at = work_->now;
  work_->arrived_before.reset();
}

/// The promise itself stands, for it cannot be taken back. But others need not wait for whoever does not use
/// it.
void Incoming::judge_promise() {
  const bool is_judged = work_->arrived_before.has_value();
  if (is_judged && arrived_bytes() - *work_->arrived_before < kPromiseProgressBytes) let_promise_lapse();
  work_->promise_due_at.reset();
  if (budget_bytes_ <= bytes_beyond_window()) return;
  work_->promise_due_at = work_->now + std::max(kPromiseTimeMin, kPromiseRoundTrips * smoothed_rtt_);
  work_->arrived_before = arrived_bytes();
}

void Incoming::let_promise_lapse() {
  const std::uint64_t due = std::min(budget_bytes_, bytes_beyond_window());
  budget_.give_back(budget_bytes_ - due);
  budget_bytes_ = due;
  if (work_->blocked && !hears_of_each_byte()) stop_waiting();
}

/// Whether the peer waits for what comes free, be it for want of a promise or since its message fits the
/// window and was promised nothing.
bool Incoming::hears_of_each_byte() const {
  return work_->blocked && (!work_->blocked->boosted || work_->blocked->need <= credit_.window());
}

/// Nothing is held for what is promised and not here; the window is that of the beginning.
void Incoming::leave_budget() {
  if (work_) budget_.leave(work_->ticket);
  budget_.give_back(budget_bytes());
  credit_.set_window(credit_.window() - window_budget_bytes_);
  budget_bytes_ = window_budget_bytes_ = 0;
}

}  // namespace rudp::message
