// The sending side of all message channels of a connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <rudp/config.hpp>
#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/ring_queue.hpp"
#include "base/slot_map.hpp"
#include "message/channel_table.hpp"
#include "message/expiry_queue.hpp"
#include "message/limits.hpp"
#include "message/outgoing_frame.hpp"
#include "message/outgoing_message.hpp"
#include "message/outgoing_values.hpp"
#include "message/send_scheduler.hpp"
#include "transfer/buffer_pool.hpp"
#include "transfer/flow_control.hpp"

namespace rudp::message {

/// What a receipt that was not polled is counted with.
inline constexpr std::uint64_t kReceiptBytes = 32;
/// Largest message taken while the peer's limit is not known: its default.
inline constexpr std::uint64_t kAssumedMessageBytesMax = 16u << 20;
/// There are no more numbers for channels.
inline constexpr std::uint32_t kChannelsMax = 65'536;
/// Largest message ever, whatever the peer says: offsets in tags have 32 bits.
inline constexpr std::uint64_t kMessageBytesMax = 1u << 30;

struct OutgoingLimits {
  /// Payload and overhead of messages that are not finished (sent and acknowledged), and of receipts that
  /// were not polled. A larger message is taken when nothing else is queued.
  std::uint64_t queue_bytes = 1u << 20;
  /// Channels ever used on this connection, where the peer takes as many: either end keeps a channel's
  /// numbers for its life.
  std::uint32_t channels = 1024;
};

/// Takes messages in, cuts them to the space that packets offer, sends again what was lost. Each payload is
/// copied and stored once.
///
/// The reliable kinds of a channel share its numbers: an ordered message waits for every earlier one of its
/// channel, also for unordered ones. Ordered messages of a channel go out in the order of send, at the
/// priority of the most urgent of them.
///
/// Peer input reaches this class as tags and limits only. Not copied, not moved.
class Outgoing {
 public:
  explicit Outgoing(OutgoingLimits limits);
  ~Outgoing();
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  /// What the peer's parameters say: its largest message, the first limit of its credit, and how many
  /// channels it takes. Until then messages are queued (up to 16 MiB each) and no reliable one starts. Those
  /// queued that are larger than the peer takes, or on more channels (those used first stay), are given up,
  /// with receipts that say `lost`; returns how many. Once more where the peer's handshake starts over.
  /// REQUIRES: no limit is smaller than it was.
  std::size_t set_peer_limits(std::uint64_t max_message_bytes, std::uint64_t initial_credit_bytes,
                              std::uint32_t channels = kChannelsMax);

  /// Queues a copy of `payload`. A value of latest replaces the one before it in its channel: what was not
  /// begun of that never leaves, what was begun goes out once. Errors: too_large (above max_message_bytes()),
  /// would_block (the queue is full; writable_again() follows), limit_exceeded (a channel beyond either end's
  /// limit), invalid_argument (priority).
  Result<MessageId> send(Instant now, ChannelId channel, Bytes payload, const SendOptions& options);
  /// The largest message that send takes, for Error::too_large.
  std::uint64_t max_message_bytes(Delivery delivery) const;

  /// Whether a packet with room would get a frame from next_frame. After next_frame has answered nothing at
  /// every level for a packet with at least kSpaceForAnyFrame bytes, this is false until something changes.
  bool has_work() const;
  static constexpr std::size_t kSpaceForAnyFrame = 968;

  /// How many flows have work at a level, what was lost counting as one.
  std::size_t waiting_at(std::uint8_t level) const {
    if (!work_) return 0;
    return work_->scheduler.active_count(level) + (work_->lost[level].empty() ? 0 : 1);
  }

  /// The next frame of a level for a packet that has `space` bytes left for it, header included; accounted as
  /// sent. Absent where nothing fits or nothing may go.
  std::optional<OutgoingFrame> next_frame(Instant now, std::uint8_t level, std::size_t space);
  /// Up to `space` bytes of what `tag` carried and is not acknowledged yet, once more, for a probe. The
  /// accounting is as before; the returned tag belongs to the packet that carries the copy.
  std::optional<OutgoingFrame> frame_again(Instant now, const FrameTag& tag, std::size_t space);

  /// The packet that carried the tag was acknowledged; also after it was declared lost.
  void on_acked(const FrameTag& tag);
  /// The packet that carried the tag was declared lost.
  void on_lost(const FrameTag& tag);

  /// The next deadline.
  std::optional<Instant> timeout() const { return work_ ? work_->expiry.next() : std::nullopt; }
  /// Gives up messages whose deadline has come: what was not sent yet is dropped; what has started and is not
  /// all under way is ended by a SKIP; for the rest, ack or loss decides. The receipts say `expired`. The
  /// functions that take `now` do the same first: no payload byte leaves at or after its deadline.
  void on_timeout(Instant now);

  /// A RECEIPT: all of a fragmented unreliable message has arrived. One that nobody waits for is ignored.
  void on_receipt(ChannelId channel, std::uint16_t number);

  /// Whether next_skip has something to say.
  bool has_skip_to_send() const { return work_ && !work_->skips_due.empty(); }
  /// The next SKIP for a packet with `space` bytes left, of at most `items_max` items; accounted as sent.
  std::optional<OutgoingSkip> next_skip(std::size_t space, std::size_t items_max);
  /// The packet that carried the item was acknowledged: its number is finished.
  void on_skip_acked(std::uint64_t id);
  /// The packet that carried the item was declared lost, or is to be said again by a probe.
  void on_skip_lost(std::uint64_t id);

  /// MAX_MSG_DATA. A limit that does not grow is ignored; false then.
  bool set_limit(std::uint64_t limit);
  /// Whether blocked_to_report has something to say.
  bool has_blocked_to_report() const;
  /// The MSG_BLOCKED to send, once for each limit at which a message waits.
  std::optional<MsgBlocked> blocked_to_report();
  /// The packet with the MSG_BLOCKED was lost.
  void on_blocked_lost() {
    if (work_) work_->reported_limit.reset();
  }
  /// Whether a reliable message waits for the peer's credit.
  bool blocked_by_credit() const { return work_ && work_->claim; }

  /// The next receipt.
  std::optional<Receipt> poll_receipt();
  /// The connection has ended: every receipt that is still owed says `lost`, in the order of send.
  void give_up_receipts();
  /// True once after send answered would_block, when the queue has fallen below half.
  bool writable_again();

  /// Whether every message is finished: nothing queued, nothing unacknowledged, no SKIP either.
  bool drained() const { return !work_ || work_->messages.empty(); }
  /// Whether nothing would be lost by rest().
  bool can_rest() const { return drained() && (!work_ || work_->receipts.empty()); }
  /// Nothing is sent for a while: what stays are credit and the channels' numbers; all other memory is given
  /// back, until the next send. What packets carried must be forgotten everywhere: tags of before name
  /// nothing any more. REQUIRES: can_rest().
  void rest();
  /// As counted against OutgoingLimits::queue_bytes.
  std::uint64_t queued_bytes() const { return work_ ? work_->queued_bytes : 0; }

 private:
  using Handle = base::SlotMap<OutgoingMessage>::Handle;

  /// What there is only while messages are.
  struct Work {
    base::SlotMap<OutgoingMessage> messages;
    SendScheduler scheduler;
    std::array<base::RingQueue<Handle>, kLevels> lost;  // messages with lost ranges, oldest loss first
    ExpiryQueue expiry;
    base::RingQueue<Handle> skips_due;
    /// Fragmented unreliable messages and values whose RECEIPT is awaited, by channel and number.
    std::unordered_map<std::uint32_t, Handle> awaited;
    Instant now;                                  // of the latest call that had one
    std::optional<Handle> claim;                  // the message that gets the next credit
    std::uint64_t owed_to_claim = 0;              // of what others took since
    std::optional<std::uint64_t> reported_limit;  // at which the claim was reported
    transfer::BufferPool pool;
    std::vector<std::uint8_t> last_payload;  // of an unreliable message whose view was just handed out
    base::RingQueue<Receipt> receipts;
    std::uint64_t queued_bytes = 0;
  };

  Result<void> check(Bytes payload, const SendOptions& options) const;
  std::size_t withdraw_too_large();
  std::size_t withdraw_beyond_channels();
  OutgoingChannel* channel_at(ChannelId id);
  SendFlow& flow_at(OutgoingChannel& channel, Delivery delivery, std::uint8_t priority);
  bool is_full_for(std::uint64_t cost) const;

  std::optional<OutgoingFrame> lost_frame(std::uint8_t level, std::size_t space);
  std::optional<OutgoingFrame> new_frame(std::uint8_t level, std::size_t space);
  std::optional<OutgoingFrame> start_or_go_on(SendFlow& flow, Handle handle, std::size_t space);
  bool may_start(SendFlow& flow, Handle handle);
  bool reserve_credit(const SendFlow& flow, Handle handle);
  std::uint64_t kept_for_claim();
  void note_passing(const SendFlow& flow, std::uint64_t charge);
  void end_claim();
  void assign_number(Handle handle, FrameKind kind);
  void assign_fragment_number(Handle handle, OutgoingChannel& channel);
  void await_receipt_of(Handle handle, OutgoingMessage& message);
  bool may_start_value(SendFlow& flow);
  void wake_values(const OutgoingMessage& message);
  void replace_value(SendFlow& flow);
  void note_fragment(Handle handle, OutgoingMessage& message, FrameKind kind);
  void on_all_sent(SendFlow& flow, Handle handle);
  void take_out(SendFlow& flow, Handle handle, std::uint8_t priority);
  void release_unreliable(Handle handle);

  void expire(Instant now, Handle handle);
  void give_up(Handle handle);
  void withdraw(Handle handle, ReceiptStatus status);
  void leave_flow(Handle handle, const OutgoingMessage& message);
  void drop_claim();
  void offer_credit();

  std::uint8_t level_of(const OutgoingMessage& message);
  OutgoingMessage* find(std::uint64_t id);
  OutgoingMessage* find_sent(const FrameTag& tag);
  void finish(Handle handle);
  void finish_value(OutgoingMessage& message);
  void on_value_acked(Handle handle, const FrameTag& tag);
  void on_receipt_overdue(Handle handle);
  void settle(Handle handle, ReceiptStatus status);
  void finish_number(const OutgoingMessage& message);
  void give_receipts(OutgoingChannel& channel, const OutgoingMessage& message);
  void push_receipt(MessageId id, ReceiptStatus status);
  void stop_awaiting(Handle handle, const OutgoingMessage& message);
  void forget(Handle handle);

  OutgoingLimits limits_;
  std::uint64_t peer_message_bytes_max_ = kAssumedMessageBytesMax;
  std::uint32_t channels_max_;            // of both ends
  std::uint64_t first_credit_bytes_ = 0;  // the peer's window never is smaller
  transfer::SendCredit credit_;
  ChannelTable<OutgoingChannel> channels_;
  MessageId next_id_ = 1;
  std::uint64_t refused_cost_ = 0;  // of the message for which send answered would_block; 0: none
  std::unique_ptr<Work> work_;      // null: nothing was sent, or not for long
  bool peer_is_known_ = false;
};

}  // namespace rudp::message
