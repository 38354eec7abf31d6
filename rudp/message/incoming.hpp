// The receiving side of all message channels of a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/ring_queue.hpp"
#include "message/channel_table.hpp"
#include "message/incoming_channel.hpp"
#include "message/limits.hpp"
#include "message/unreliable_partials.hpp"
#include "transfer/body_pool.hpp"
#include "transfer/buffer_pool.hpp"
#include "transfer/credit_budget.hpp"
#include "transfer/flow_control.hpp"
#include "transfer/window_pace.hpp"

namespace rudp::message {

/// What was told to the peer in our parameters.
struct IncomingLimits {
  std::uint64_t message_bytes = 16u << 20;  ///< the largest message; at most 1 GiB
  std::uint64_t window_bytes = 256u << 10;  ///< the credit granted at first
  std::uint32_t channels = 1024;            ///< channels that the peer may ever use
};

/// Puts fragments together, filters duplicates, orders, and grants credit. Everything a peer can make it hold
/// is bounded: reliable messages by credit (real memory at most 1.25 x what was granted, for bodies above a
/// few hundred bytes), and what is here of them beyond the window by the budget, which pays for promises
/// until nothing comes on them, and then for what comes all the same, unreliable ones by the caps of
/// limits.hpp, channels by their number.
///
/// An error of on_message, on_fragment or on_blocked means that the peer broke the protocol: close. Not
/// copied, not moved.
class Incoming {
 public:
  /// `budget` must outlive this object.
  Incoming(IncomingLimits limits, transfer::CreditBudget& budget);
  ~Incoming();
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  /// A MESSAGE frame, or one of a MESSAGES run; `number` has no meaning for unreliable. `bytes` is copied.
  /// Errors: flow_control_violation (more than the credit granted), limit_exceeded (larger than allowed, too
  /// many channels, a number beyond the window), malformed (contradicts an earlier fragment), out_of_memory
  /// (it came late on a promise, and the budget is overdrawn as far as it may be). A value of latest that is
  /// not newer than the one before is dropped.
  Result<void> on_message(Instant now, Delivery delivery, ChannelId channel, std::uint16_t number,
                          Bytes bytes);
  /// A FRAGMENT frame. Errors as on_message, and malformed for a total up to kWholeOnlyBytes, an empty
  /// fragment, one beyond its total, a changed total or kind.
  Result<void> on_fragment(Instant now, Delivery delivery, ChannelId channel, std::uint16_t number,
                           std::uint64_t total, std::uint64_t offset, Bytes bytes);
  /// An item of a SKIP: the peer gives the number up, which cost it `charge`. What is held of it is freed,
  /// and later messages of the channel need not wait for it. Errors: flow_control_violation, limit_exceeded
  /// (too many channels, a number beyond the window), protocol_violation (a charge that no message has),
  /// malformed (contradicts an earlier fragment).
  Result<void> on_skip(Instant now, ChannelId channel, std::uint16_t number, std::uint64_t charge);
  /// MSG_BLOCKED: the peer has a message that needs `need` (length + 64) and no credit for it at `limit`.
  /// Errors: protocol_violation (a need above the largest message, a limit that was never granted).
  Result<void> on_blocked(Instant now, std::uint64_t limit, std::uint64_t need);

  /// Moves the oldest ready message out and frees its credit. False where there is none.
  bool poll(ReceivedMessage& out);
  bool has_ready() const {
    return work_ && (!work_->reliable_ready.empty() || !work_->unreliable_ready.empty());
  }
  /// Takes a buffer that poll gave out back, for the next message.
  void recycle(std::vector<std::uint8_t>&& buffer);

  /// Whether limit_to_announce has something to say.
  bool has_limit_to_announce() const { return credit_.has_limit_to_announce(); }
  /// The MAX_MSG_DATA to send, once for each that is due: call it when the packet has room for the frame.
  std::optional<std::uint64_t> limit_to_announce() { return credit_.limit_to_announce(); }
  /// The packet with the MAX_MSG_DATA was lost.
  void on_limit_lost() { credit_.on_limit_lost(); }

  /// Whether receipt_to_send has something to say.
  bool has_receipt_to_send() const { return work_ && !work_->receipts_due.empty(); }
  /// The next RECEIPT to send. At most kReceiptsDueMax wait; the oldest are forgotten first.
  std::optional<ArrivedMessage> receipt_to_send();
  /// The packet with the RECEIPT was lost, or it is to be said again by a probe.
  void on_receipt_lost(const ArrivedMessage& arrived) { queue_receipt(arrived); }

  /// When on_timeout wants to be called; absent while nothing is partial and nobody waits.
  std::optional<Instant> timeout() const;
  /// Drops partial unreliable messages that are too old, asks the budget again, and gives back what it holds
  /// for promises that are not used.
  void on_timeout(Instant now);
  /// For the timeout of partial unreliable messages, and for windows that grow.
  void set_smoothed_rtt(Duration smoothed_rtt) { smoothed_rtt_ = smoothed_rtt; }

  /// Whether nothing would be lost by rest().
  bool can_rest() const;
  /// Nothing comes for a while: what stays are credit and the channels' numbers; all other memory is given
  /// back, until the next frame, and everything to the budget: the window is as small as at first. REQUIRES:
  /// can_rest().
  void rest();

  /// What this side holds beside the object itself, in real memory.
  std::size_t memory_bytes() const;
  /// Unreliable messages and values that were dropped for age, for the caps, or for a newer value.
  std::uint64_t unreliable_dropped() const {
    return unreliable_dropped_ + (work_ ? work_->partials.dropped() : 0);
  }
  /// What is taken from the endpoint's budget now.
  std::uint64_t budget_bytes() const { return budget_bytes_ + window_budget_bytes_; }

 private:
  /// What the peer said when it had no credit for a message.
  struct PeerBlocked {
    std::uint64_t limit = 0;
    std::uint64_t need = 0;
    bool boosted = false;  // all that it needs is promised
  };
  struct Ready {
    ReceivedMessage message;
    std::uint64_t order = 0;  // of arrival, over both queues
  };
  /// What there is only while messages come.
  struct Work {
    std::size_t memory_bytes() const;

    Instant now;  // of the latest call that had one
    UnreliablePartials partials;
    transfer::BufferPool pool;
    transfer::BodyPool bodies;
    base::RingQueue<Ready> reliable_ready;
    base::RingQueue<Ready> unreliable_ready;
    base::RingQueue<ArrivedMessage> receipts_due;
    std::uint64_t next_order = 0;
    std::size_t held_bytes = 0;              // of reliable messages that are complete
    std::size_t unreliable_ready_bytes = 0;  // of unreliable ones
    std::uint64_t missing_bytes = 0;         // of reliable messages that have begun
    std::optional<PeerBlocked> blocked;      // until the message starts
    transfer::CreditBudget::Ticket ticket = 0;
    std::optional<Instant> retry_at;
    std::optional<Instant> promise_due_at;        // something must have arrived on what is promised
    std::optional<std::uint64_t> arrived_before;  // when that was set; absent: it is to be set
  };

  Work& work();
  Result<IncomingChannel*> channel_at(ChannelId id);
  Result<void> on_reliable_whole(Delivery delivery, ChannelId id, std::uint16_t number, Bytes bytes);
  Result<void> on_reliable_fragment(Delivery delivery, ChannelId id, std::uint16_t number,
                                    std::uint64_t total, std::uint64_t offset, Bytes bytes);
  Result<void> begin_partial(IncomingChannel& channel, std::uint64_t number, Delivery delivery,
                             std::uint64_t total, std::uint64_t offset, Bytes bytes);
  Result<void> add_to_partial(IncomingChannel& channel, ReliablePartial& partial, Delivery delivery,
                              std::uint64_t total, std::uint64_t offset, Bytes bytes);
  bool take_credit(std::uint64_t length);
  void give_credit_back(std::uint64_t charge);
  void complete(IncomingChannel& channel, std::uint64_t number, ReceivedMessage&& message);
  void release_held(IncomingChannel& channel);
  void push_reliable(ReceivedMessage&& message);
  void push_unreliable(ReceivedMessage&& message);
  Result<void> on_value(ChannelId id, std::uint16_t number, Bytes bytes);
  Result<void> on_value_fragment(ChannelId id, std::uint16_t number, std::uint64_t total,
                                 std::uint64_t offset, Bytes bytes);
  void deliver_value(IncomingChannel& channel, std::uint16_t number, ReceivedMessage&& message);
  void bound_ready();
  void drop_oldest_unreliable();
  void queue_receipt(const ArrivedMessage& arrived);

  UnreliablePartials::Patience patience() const;
  void try_boost();
  void stop_waiting();
  std::uint64_t arrived_bytes() const;
  std::uint64_t bytes_beyond_window() const;
  bool pay_for_arrived();
  void settle_budget();
  void watch_promise();
  void judge_promise();
  void let_promise_lapse();
  bool hears_of_each_byte() const;
  void leave_budget();
  void grow_window();

  std::uint64_t message_bytes_max_;
  std::uint32_t channels_max_;
  transfer::CreditBudget& budget_;
  transfer::ReceiveCredit credit_;
  transfer::WindowPace pace_;
  std::uint64_t window_budget_bytes_ = 0;  // what the window grew by, of the budget
  /// For what is promised beyond the window; once that has lapsed, for what of it is here.
  std::uint64_t budget_bytes_ = 0;
  ChannelTable<IncomingChannel> channels_;
  Duration smoothed_rtt_{0};
  std::uint64_t unreliable_dropped_ = 0;  // those of `work_` not counted yet
  std::unique_ptr<Work> work_;            // null: nothing came, or not for long
};

}  // namespace rudp::message
