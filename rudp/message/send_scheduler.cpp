#include "message/send_scheduler.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "transfer/ring_removal.hpp"

namespace rudp::message {
namespace {

bool is_any_queued(const SendFlow& flow) {
  return std::any_of(flow.queued.begin(), flow.queued.end(), [](std::uint32_t count) { return count > 0; });
}

/// The priority of the most urgent message that waits. REQUIRES: there is one.
std::uint8_t most_urgent(const SendFlow& flow) {
  std::uint8_t level = 0;
  while (flow.queued[level] == 0) ++level;
  return level;
}

}  // namespace

void SendScheduler::on_queued(SendFlow& flow, std::uint8_t priority) {
  ++flow.queued[priority];
  const bool is_in_round = flow.state == FlowState::active;
  if (is_in_round && priority >= flow.level) return;
  if (is_in_round) leave(flow);
  flow.level = most_urgent(flow);
  if (flow.state == FlowState::idle) flow.state = FlowState::active;
  if (flow.state == FlowState::active) enter(flow);
}

void SendScheduler::on_dequeued(SendFlow& flow, std::uint8_t priority) {
  RUDP_ASSERT(flow.queued[priority] > 0);
  --flow.queued[priority];
  if (!is_any_queued(flow)) return retire(flow);
  const std::uint8_t level = most_urgent(flow);
  if (level == flow.level) return;
  const bool is_in_round = flow.state == FlowState::active;
  if (is_in_round) leave(flow);
  flow.level = level;
  if (is_in_round) enter(flow);
}

void SendScheduler::retire(SendFlow& flow) {
  if (flow.state == FlowState::active) leave(flow);
  if (flow.state == FlowState::waits_for_credit) transfer::remove_from(credit_waiters_, &flow);
  flow.state = FlowState::idle;
  flow.deficit_bytes = 0;
}

void SendScheduler::park(SendFlow& flow, FlowState reason) {
  RUDP_ASSERT(flow.state == FlowState::active);
  leave(flow);
  flow.state = reason;
  if (reason == FlowState::waits_for_credit) credit_waiters_.push_back(&flow);
}

void SendScheduler::wake(SendFlow& flow) {
  RUDP_ASSERT(is_parked(flow.state));
  if (flow.state == FlowState::waits_for_credit) transfer::remove_from(credit_waiters_, &flow);
  flow.state = FlowState::active;
  enter(flow);
}

void SendScheduler::wake_all_for_credit() {
  while (!credit_waiters_.empty()) {
    SendFlow& flow = *credit_waiters_.pop_front();
    flow.state = FlowState::active;
    enter(flow);
  }
}

void SendScheduler::on_sent(SendFlow& flow, std::size_t bytes) {
  flow.deficit_bytes -= static_cast<std::int64_t>(bytes);
}

void SendScheduler::enter(SendFlow& flow) { rounds_[flow.level].enter(flow); }

void SendScheduler::leave(SendFlow& flow) { rounds_[flow.level].leave(flow); }

}  // namespace rudp::message
