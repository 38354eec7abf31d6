// Whose turn it is among the messages of a level: round robin by bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

#include "base/ring_queue.hpp"
#include "message/flow_queue.hpp"
#include "message/outgoing_message.hpp"
#include "transfer/fair_round.hpp"
#include "transfer/send_order.hpp"

namespace rudp::message {

using transfer::kLevels;
using transfer::kQuantumBytes;

enum class FlowState : std::uint8_t {
  idle,              ///< nothing to send for the first time
  active,            ///< in the round of its level
  waits_for_credit,  ///< its next message needs more credit than there is
  waits_for_number,  ///< its channel has used up the window of numbers
};

/// The messages of one channel that go out one after the other: all ordered ones of the channel, or those of
/// one other kind and priority.
struct SendFlow {
  OutgoingChannel* channel = nullptr;
  Delivery delivery = Delivery::reliable_ordered;
  std::uint8_t priority = 0;  // of its messages; no meaning for the ordered flow
  std::uint8_t level = 0;     // its round; that of the most urgent message for the ordered flow
  FlowState state = FlowState::idle;
  std::int64_t deficit_bytes = 0;
  std::array<std::uint32_t, kLevels> queued{};  // messages by priority
  FlowQueue messages;
};

inline void OutgoingChannel::rest() {
  finished.rest();
  talk.reset();
}

constexpr bool is_parked(FlowState state) {
  return state == FlowState::waits_for_credit || state == FlowState::waits_for_number;
}

/// Orders flows. Knows nothing of credit or packets: it is told what was sent and which flow must wait.
class SendScheduler {
 public:
  /// A message of `priority` was queued at the end of `flow`.
  void on_queued(SendFlow& flow, std::uint8_t priority);
  /// A message of `priority` left the queue of `flow`, nearly always the first. A parked flow stays parked,
  /// unless it was the last.
  void on_dequeued(SendFlow& flow, std::uint8_t priority);
  /// `flow` leaves its round until it is woken. REQUIRES: flow.state == active.
  void park(SendFlow& flow, FlowState reason);
  /// Its channel has numbers again, or what it waited with is gone. REQUIRES: flow is parked.
  void wake(SendFlow& flow);
  /// There is more credit. All flows wake that wait for it: who fits is seen at their turn.
  void wake_all_for_credit();

  /// Whether the round of `level` holds anyone.
  bool has_active(std::uint8_t level) const { return !rounds_[level].empty(); }
  std::size_t active_count(std::uint8_t level) const { return rounds_[level].size(); }
  /// Whose turn it is in a round; null where it is empty.
  SendFlow* turn(std::uint8_t level) { return rounds_[level].turn(); }
  /// The flow whose turn it is cannot use the space that is left: the next one may try.
  void pass(std::uint8_t level) { rounds_[level].pass(); }
  /// The flow whose turn it is sent `bytes`.
  void on_sent(SendFlow& flow, std::size_t bytes);

 private:
  void enter(SendFlow& flow);
  void leave(SendFlow& flow);
  void retire(SendFlow& flow);

  std::array<transfer::FairRound<SendFlow>, kLevels> rounds_;
  base::RingQueue<SendFlow*> credit_waiters_;
};

}  // namespace rudp::message
