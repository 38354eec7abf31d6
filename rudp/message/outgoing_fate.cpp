// What becomes of a message: acknowledged, lost, expired, skipped; and what its receipt says.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "message/frame_size.hpp"
#include "message/outgoing.hpp"
#include "message/outgoing_values.hpp"

namespace rudp::message {
namespace {

auto held_at_or_above(const base::BlockList<HeldReceipt>& held, std::uint64_t number) {
  return held.first_not([number](const HeldReceipt& other) { return other.number < number; });
}

}  // namespace

OutgoingMessage* Outgoing::find(std::uint64_t id) {
  return work_ ? work_->messages.find(to_handle(id)) : nullptr;
}

/// The message of a tag, while its bytes matter.
OutgoingMessage* Outgoing::find_sent(const FrameTag& tag) {
  OutgoingMessage* const message = find(tag.id);
  return message && message->stage != SendStage::skipped ? message : nullptr;
}

void Outgoing::on_acked(const FrameTag& tag) {
  OutgoingMessage* const message = find_sent(tag);
  if (!message) return;
  message->ranges.on_acked(range_of(tag));
  if (message->is_latest()) return on_value_acked(to_handle(tag.id), tag);
  if (!message->ranges.all_acked()) return;
  if (message->is_reliable()) return finish(to_handle(tag.id));
  if (!message->is_fragmented) settle(to_handle(tag.id), ReceiptStatus::delivered);
}

void Outgoing::on_lost(const FrameTag& tag) {
  const Handle handle = to_handle(tag.id);
  OutgoingMessage* const message = find_sent(tag);
  if (!message) return;
  if (message->is_unreliable()) return settle(handle, ReceiptStatus::lost);
  if (!message->ranges.on_lost(range_of(tag))) return;
  if (message->is_overdue || message->is_replaced) return give_up(handle);
  if (std::exchange(message->in_lost_queue, true)) return;
  work_->lost[level_of(*message)].push_back(handle);
}

void Outgoing::on_receipt(ChannelId channel, std::uint16_t number) {
  if (!work_) return;
  const auto found = work_->awaited.find(receipt_key(channel, number));
  if (found == work_->awaited.end()) return;
  const Handle handle = found->second;
  const OutgoingMessage& message = *work_->messages.find(handle);
  if (message.is_latest() && !message.ranges.has_unsent()) return finish(handle);
  if (message.stage == SendStage::awaited) settle(handle, ReceiptStatus::delivered);
}

/// What later messages of an ordered channel wait for is as urgent as they are.
std::uint8_t Outgoing::level_of(const OutgoingMessage& message) {
  if (message.delivery != Delivery::reliable_ordered) return message.priority;
  const SendFlow& flow = flow_at(*channels_.find(message.channel), message.delivery, message.priority);
  return flow.state == FlowState::idle ? message.priority : std::min(message.priority, flow.level);
}

void Outgoing::on_timeout(Instant now) {
  if (!work_) return;
  work_->now = now;
  while (const std::optional<Handle> handle = work_->expiry.pop_due(now)) {
    if (work_->messages.find(*handle)) expire(now, *handle);
  }
}

void Outgoing::expire(Instant now, Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (message.stage == SendStage::awaited) {
    if (message.expires_at <= now) settle(handle, ReceiptStatus::lost);
    return;
  }
  if (message.awaits_receipt && message.receipt_due_at <= now) return on_receipt_overdue(handle);
  if (message.expires_at > now) return;
  if (message.stage != SendStage::started) return withdraw(handle, ReceiptStatus::expired);
  message.is_overdue = true;
  // What is all under way may arrive in time, or has: the ack or the loss tells.
  if (message.ranges.has_unsent() || message.ranges.has_lost()) give_up(handle);
}

/// Ends a message that has started. Its number stays open until the peer has acknowledged the SKIP.
void Outgoing::give_up(Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (message.ranges.has_unsent()) leave_flow(handle, message);
  if (std::exchange(message.wants_receipt, false)) push_receipt(message.id, ReceiptStatus::expired);
  if (!message.is_reliable()) return forget(handle);
  message.charge = charge_of(message);
  work_->queued_bytes -= message.payload.size();
  work_->pool.recycle(std::exchange(message.payload, {}));
  message.stage = SendStage::skipped;
  message.in_skip_queue = true;
  work_->skips_due.push_back(handle);
}

/// Takes a message back of which no byte was sent.
void Outgoing::withdraw(Handle handle, ReceiptStatus status) {
  OutgoingMessage& message = *work_->messages.find(handle);
  RUDP_ASSERT(message.stage == SendStage::queued || message.stage == SendStage::admitted);
  if (message.stage == SendStage::admitted) credit_.give_back(charge_of(message));
  const bool frees_credit = message.stage == SendStage::admitted;
  leave_flow(handle, message);
  if (message.wants_receipt) push_receipt(message.id, status);
  forget(handle);
  if (frees_credit) offer_credit();
}

void Outgoing::leave_flow(Handle handle, const OutgoingMessage& message) {
  SendFlow& flow = flow_at(*channels_.find(message.channel), message.delivery, message.priority);
  const bool was_next = flow.messages.front() == handle;
  take_out(flow, handle, message.priority);
  // The flow waited with this message; the one that follows may need less.
  if (was_next && is_parked(flow.state)) work_->scheduler.wake(flow);
  if (work_->claim == handle) drop_claim();
}

/// Others wait for credit too: the next one makes the claim its own, and reports it.
void Outgoing::drop_claim() {
  end_claim();
  work_->reported_limit.reset();
  work_->scheduler.wake_all_for_credit();
}

std::optional<OutgoingSkip> Outgoing::next_skip(std::size_t space, std::size_t items_max) {
  if (!work_) return std::nullopt;
  OutgoingSkip skip;
  items_max = std::min(items_max, skip.items.size());
  while (!work_->skips_due.empty() && skip.count < items_max) {
    OutgoingMessage* const message = work_->messages.find(work_->skips_due.front());
    if (!message) {
      work_->skips_due.pop_front();
      continue;
    }
    if (skip.count > 0 && message->channel != skip.channel) break;
    const std::size_t header = skip.count == 0 ? skip_header_size(message->channel) : 0;
    const std::size_t bytes = header + skip_item_size(message->charge);
    if (bytes > space) break;
    space -= bytes;
    skip.channel = message->channel;
    skip.items[skip.count++] = {to_id(work_->skips_due.pop_front()), message->charge,
                                static_cast<std::uint16_t>(message->number)};
    message->in_skip_queue = false;
  }
  if (skip.count == 0) return std::nullopt;
  return skip;
}

void Outgoing::on_skip_acked(std::uint64_t id) {
  if (find(id)) finish(to_handle(id));
}

void Outgoing::on_skip_lost(std::uint64_t id) {
  OutgoingMessage* const message = find(id);
  if (!message || std::exchange(message->in_skip_queue, true)) return;
  work_->skips_due.push_back(to_handle(id));
}

void Outgoing::finish(Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (message.is_reliable()) finish_number(message);
  if (message.is_latest()) finish_value(message);
  forget(handle);
}

void Outgoing::finish_value(OutgoingMessage& message) {
  OutgoingChannel& channel = *channels_.find(message.channel);
  channel.values_arrived_to = std::max(channel.values_arrived_to, message.number / 2 + 1);
  if (std::exchange(message.wants_receipt, false)) push_receipt(message.id, ReceiptStatus::delivered);
}

/// The next value may have waited for what became of this one.
void Outgoing::wake_values(const OutgoingMessage& message) {
  SendFlow& flow = flow_at(*channels_.find(message.channel), message.delivery, message.priority);
  if (flow.state == FlowState::waits_for_number) work_->scheduler.wake(flow);
}

/// Fragments that are acknowledged may have been dropped one by one: only a RECEIPT says that they met.
void Outgoing::on_value_acked(Handle handle, const FrameTag& tag) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (!message.ranges.all_acked()) return;
  if (!message.is_fragmented || tag.length == message.payload.size()) return finish(handle);
  if (message.awaits_receipt) return;
  message.awaits_receipt = true;
  message.receipt_due_at = work_->now + kLatestReceiptWait;
  work_->expiry.add(message.receipt_due_at, handle);
}

/// The peer has had all fragments, but never all at once.
void Outgoing::on_receipt_overdue(Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (message.is_replaced || message.expires_at <= work_->now) return give_up(handle);
  message.awaits_receipt = false;
  const transfer::Range all{0, message.payload.size()};
  message.ranges = transfer::SendRanges(message.payload.size());
  message.ranges.on_sent(all);
  message.ranges.on_lost(all);
  message.in_lost_queue = true;
  work_->lost[level_of(message)].push_back(handle);
}

/// The receipt of an unreliable message is known. What is not sent of it goes out all the same: a loss may
/// have been declared too early.
void Outgoing::settle(Handle handle, ReceiptStatus status) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (std::exchange(message.wants_receipt, false)) push_receipt(message.id, status);
  if (message.stage == SendStage::awaited) forget(handle);
}

/// The peer has what the number stood for, or knows that it never comes.
void Outgoing::finish_number(const OutgoingMessage& message) {
  OutgoingChannel& channel = *channels_.find(message.channel);
  const bool lowest_moved = channel.finished.finish(message.number);
  give_receipts(channel, message);
  if (!lowest_moved) return;
  for (const auto& flow : channel.talk->flows) {
    if (flow->state == FlowState::waits_for_number) work_->scheduler.wake(*flow);
  }
}

/// An unordered message is delivered when it is acknowledged, an ordered one when all before it are too.
void Outgoing::give_receipts(OutgoingChannel& channel, const OutgoingMessage& message) {
  auto& held = channel.talk->held_receipts;
  const bool is_ordered = message.delivery == Delivery::reliable_ordered;
  if (message.wants_receipt && !is_ordered) push_receipt(message.id, ReceiptStatus::delivered);
  if (message.wants_receipt && is_ordered)
    held.insert(held_at_or_above(held, message.number), {message.number, message.id});
  const auto end = held_at_or_above(held, channel.finished.lowest_unfinished());
  for (auto at = held.begin(); at != end; at = held.next(at))
    push_receipt(held[at].id, ReceiptStatus::delivered);
  held.erase_before(end);
}

void Outgoing::push_receipt(MessageId id, ReceiptStatus status) {
  work_->receipts.push_back({id, status});
  work_->queued_bytes += kReceiptBytes;
}

std::optional<Receipt> Outgoing::poll_receipt() {
  if (!work_ || work_->receipts.empty()) return std::nullopt;
  work_->queued_bytes -= kReceiptBytes;
  return work_->receipts.pop_front();
}

void Outgoing::give_up_receipts() {
  if (!work_) return;
  std::vector<MessageId> owed;
  work_->messages.for_each([&](Handle, OutgoingMessage& message) {
    if (std::exchange(message.wants_receipt, false)) owed.push_back(message.id);
  });
  for (const auto& channel : channels_) {
    if (!channel->talk) continue;
    channel->talk->held_receipts.for_each([&](const HeldReceipt& held) { owed.push_back(held.id); });
    channel->talk->held_receipts.clear();
  }
  std::sort(owed.begin(), owed.end());
  for (const MessageId id : owed) push_receipt(id, ReceiptStatus::lost);
}

void Outgoing::stop_awaiting(Handle handle, const OutgoingMessage& message) {
  const auto found =
      work_->awaited.find(receipt_key(message.channel, static_cast<std::uint16_t>(message.number)));
  if (found != work_->awaited.end() && found->second == handle) work_->awaited.erase(found);
}

void Outgoing::forget(Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  work_->queued_bytes -= cost_of(message);
  if (message.is_fragmented) stop_awaiting(handle, message);
  work_->pool.recycle(std::move(message.payload));
  if (message.is_latest()) wake_values(message);
  work_->messages.erase(handle);
  work_->expiry.prune(work_->messages);
}

}  // namespace rudp::message
