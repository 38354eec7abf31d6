// The way out: a message is queued by send, waits for its turn and its credit (outgoing_credit.cpp), is cut
// into frames. What becomes of it then is in outgoing_fate.cpp.
#include "message/outgoing.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "message/frame_size.hpp"
#include "message/outgoing_values.hpp"

namespace rudp::message {
namespace {

/// When the first flow of a round cannot use the space that a packet has left, so many others may try.
constexpr std::size_t kPassesMax = 16;

OutgoingFrame make_frame(ConnectionHandle handle, const OutgoingMessage& message, FrameKind kind,
                         transfer::Range range) {
  OutgoingFrame frame;
  frame.kind = kind;
  frame.delivery = message.delivery;
  frame.channel = message.channel;
  frame.number = static_cast<std::uint16_t>(message.number);
  frame.total = message.payload.size();
  frame.offset = range.begin;
  frame.data = Bytes(message.payload).subspan(range.begin, range.size());
  frame.tag = {to_id(handle), static_cast<std::uint32_t>(range.begin),
               static_cast<std::uint32_t>(range.size())};
  return frame;
}

/// As much of the front of `range` as goes into `space`: the whole message where that is asked for and fits,
/// else a fragment that is worth its header.
std::optional<OutgoingFrame> cut(ConnectionHandle handle, const OutgoingMessage& message,
                                 transfer::Range range, std::size_t space) {
  const std::uint64_t total = message.payload.size();
  const std::size_t whole = whole_header_size(message.delivery, message.channel, total) + total;
  if (range.size() == total && whole <= space) return make_frame(handle, message, FrameKind::whole, range);
  if (total <= (message.is_unreliable() ? kUnreliableWholeBytes : kWholeOnlyBytes)) return std::nullopt;
  const std::uint64_t fits = fragment_capacity(message.channel, total, range.begin, space);
  const bool is_tail = fits >= range.size();
  if (fits == 0 || (fits < kFragmentBytesMin && !is_tail)) return std::nullopt;
  if (!is_tail) range.end = range.begin + fits;
  return make_frame(handle, message, FrameKind::fragment, range);
}

}  // namespace

Outgoing::Outgoing(OutgoingLimits limits) : limits_(limits), channels_max_(limits.channels) {}

Outgoing::~Outgoing() = default;

std::size_t Outgoing::set_peer_limits(std::uint64_t max_message_bytes, std::uint64_t initial_credit_bytes,
                                      std::uint32_t channels) {
  peer_message_bytes_max_ = std::min(max_message_bytes, kMessageBytesMax);
  channels_max_ = std::min(limits_.channels, channels);
  peer_is_known_ = true;
  first_credit_bytes_ = initial_credit_bytes;
  const std::size_t too_large = withdraw_too_large();
  const std::size_t beyond = withdraw_beyond_channels();
  set_limit(initial_credit_bytes);
  if (work_) work_->scheduler.wake_all_for_credit();
  return too_large + beyond;
}

std::size_t Outgoing::withdraw_too_large() {
  std::size_t count = 0;
  const auto withdraw_if_too_large = [&](Handle handle, OutgoingMessage& message) {
    if (message.payload.size() <= this->max_message_bytes(message.delivery)) return;
    withdraw(handle, ReceiptStatus::lost);
    ++count;
  };
  if (work_) work_->messages.for_each(withdraw_if_too_large);
  return count;
}

/// In the order of send: the channels that were used first stay. Of the others nothing was sent, and they are
/// forgotten.
std::size_t Outgoing::withdraw_beyond_channels() {
  if (channels_.size() <= channels_max_) return 0;
  std::vector<std::pair<MessageId, Handle>> queued;
  work_->messages.for_each(
      [&](Handle handle, const OutgoingMessage& message) { queued.emplace_back(message.id, handle); });
  std::sort(queued.begin(), queued.end());
  std::unordered_set<ChannelId> kept;
  std::size_t count = 0;
  for (const auto& [id, handle] : queued) {
    const ChannelId channel = work_->messages.find(handle)->channel;
    if (kept.size() < channels_max_) kept.insert(channel);
    if (kept.contains(channel)) continue;
    withdraw(handle, ReceiptStatus::lost);
    ++count;
  }
  channels_.erase_if([&](const OutgoingChannel& channel) { return !kept.contains(channel.id); });
  return count;
}

Result<MessageId> Outgoing::send(Instant now, ChannelId channel_id, Bytes payload,
                                 const SendOptions& options) {
  const Result<void> checked = check(payload, options);
  if (!checked) return checked.error();
  const std::uint64_t cost = payload.size() + kQueuedMessageOverheadBytes;
  if (is_full_for(cost)) {
    refused_cost_ = cost;
    return Error::would_block;
  }
  OutgoingChannel* const channel = channel_at(channel_id);
  if (!channel) return Error::limit_exceeded;
  if (!work_) work_ = std::make_unique<Work>();
  if (!channel->talk) channel->talk = std::make_unique<OutgoingTalk>();

  OutgoingMessage message;
  message.id = next_id_++;
  message.payload = work_->pool.copy(payload);
  message.ranges = transfer::SendRanges(payload.size());
  message.channel = channel_id;
  message.delivery = options.delivery;
  message.priority = options.priority;
  message.wants_receipt = options.receipt;
  const MessageId id = message.id;
  SendFlow& flow = flow_at(*channel, options.delivery, options.priority);
  if (message.is_latest()) replace_value(flow);
  if (options.deadline) message.expires_at = now + *options.deadline;
  const Instant expires_at = message.expires_at;
  const Handle handle = work_->messages.insert(std::move(message));
  if (options.deadline) work_->expiry.add(expires_at, handle);
  flow.messages.push_back(handle);
  work_->scheduler.on_queued(flow, options.priority);
  work_->queued_bytes += cost;
  return id;
}

std::uint64_t Outgoing::max_message_bytes(Delivery delivery) const {
  if (delivery != Delivery::unreliable && delivery != Delivery::latest) return peer_message_bytes_max_;
  return std::min(peer_message_bytes_max_, kUnreliableBytesMax);
}

Result<void> Outgoing::check(Bytes payload, const SendOptions& options) const {
  if (options.delivery > Delivery::latest || options.priority >= kLevels) return Error::invalid_argument;
  if (payload.size() > max_message_bytes(options.delivery)) return Error::too_large;
  return {};
}

/// The peer is told how many channels we use by their numbers alone, and counts those with numbered messages;
/// we count all.
OutgoingChannel* Outgoing::channel_at(ChannelId id) {
  if (OutgoingChannel* const known = channels_.find(id)) return known;
  if (channels_.size() >= channels_max_) return nullptr;
  return &channels_.add(id);
}

/// Ordered messages of a channel share one flow, whatever their priorities: order comes first. So do values
/// of latest, of which one at most waits.
SendFlow& Outgoing::flow_at(OutgoingChannel& channel, Delivery delivery, std::uint8_t priority) {
  const bool is_ordered = delivery == Delivery::reliable_ordered || delivery == Delivery::latest;
  for (const auto& flow : channel.talk->flows) {
    if (flow->delivery != delivery) continue;
    if (is_ordered || flow->priority == priority) return *flow;
  }
  auto flow = std::make_unique<SendFlow>();
  flow->channel = &channel;
  flow->delivery = delivery;
  flow->priority = priority;
  return *channel.talk->flows.emplace_back(std::move(flow));
}

bool Outgoing::is_full_for(std::uint64_t cost) const {
  return queued_bytes() > 0 && queued_bytes() + cost > limits_.queue_bytes;
}

bool Outgoing::writable_again() {
  if (refused_cost_ == 0 || queued_bytes() > limits_.queue_bytes / 2 || is_full_for(refused_cost_))
    return false;
  refused_cost_ = 0;
  return true;
}

bool Outgoing::has_work() const {
  for (std::uint8_t level = 0; level < kLevels; ++level) {
    if (waiting_at(level) > 0) return true;
  }
  return false;
}

std::optional<OutgoingFrame> Outgoing::next_frame(Instant now, std::uint8_t level, std::size_t space) {
  if (!work_) return std::nullopt;
  on_timeout(now);
  work_->pool.recycle(std::exchange(work_->last_payload, {}));
  std::optional<OutgoingFrame> frame = lost_frame(level, space);
  return frame ? frame : new_frame(level, space);
}

std::optional<OutgoingFrame> Outgoing::lost_frame(std::uint8_t level, std::size_t space) {
  auto& queue = work_->lost[level];
  for (; !queue.empty(); queue.pop_front()) {
    const Handle handle = queue.front();
    OutgoingMessage* const message = work_->messages.find(handle);
    if (!message || message->stage == SendStage::skipped) continue;
    message->in_lost_queue = message->ranges.has_lost();
    if (!message->in_lost_queue) continue;
    std::optional<OutgoingFrame> frame = cut(handle, *message, message->ranges.first_lost(), space);
    if (!frame) return std::nullopt;
    message->ranges.on_sent(range_of(frame->tag));
    note_fragment(handle, *message, frame->kind);
    return frame;
  }
  return std::nullopt;
}

std::optional<OutgoingFrame> Outgoing::new_frame(std::uint8_t level, std::size_t space) {
  // Twice round: a flow that has overdrawn its share sits out its first turn.
  std::size_t passes_left = std::min(kPassesMax, 2 * work_->scheduler.active_count(level));
  while (SendFlow* const flow = work_->scheduler.turn(level)) {
    const Handle handle = flow->messages.front();
    if (!may_start(*flow, handle)) continue;
    std::optional<OutgoingFrame> frame = start_or_go_on(*flow, handle, space);
    if (frame || --passes_left == 0) return frame;
    work_->scheduler.pass(level);
  }
  return std::nullopt;
}

/// Whether the first message of the flow may go on the wire; where not, the flow is out of its round.
bool Outgoing::may_start(SendFlow& flow, Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  if (message.stage == SendStage::started || message.is_unreliable()) return true;
  if (message.is_latest()) return may_start_value(flow);
  if (!flow.channel->finished.admits(flow.channel->next_number)) {
    work_->scheduler.park(flow, FlowState::waits_for_number);
    return false;
  }
  if (message.stage == SendStage::admitted) return true;
  if (!reserve_credit(flow, handle)) {
    if (!work_->claim) work_->claim = handle;
    work_->scheduler.park(flow, FlowState::waits_for_credit);
    return false;
  }
  message.stage = SendStage::admitted;
  return true;
}

std::optional<OutgoingFrame> Outgoing::start_or_go_on(SendFlow& flow, Handle handle, std::size_t space) {
  OutgoingMessage& message = *work_->messages.find(handle);
  std::optional<OutgoingFrame> frame = cut(handle, message, message.ranges.unsent(), space);
  if (!frame) return std::nullopt;
  if (message.stage != SendStage::started) assign_number(handle, frame->kind);
  note_fragment(handle, message, frame->kind);
  frame->number = static_cast<std::uint16_t>(message.number);
  message.ranges.on_sent(range_of(frame->tag));
  work_->scheduler.on_sent(flow, frame->data.size());
  if (!message.ranges.has_unsent()) on_all_sent(flow, handle);
  return frame;
}

void Outgoing::assign_number(Handle handle, FrameKind kind) {
  OutgoingMessage& message = *work_->messages.find(handle);
  OutgoingChannel& channel = *channels_.find(message.channel);
  message.stage = SendStage::started;
  if (message.is_reliable()) message.number = channel.next_number++;
  if (message.is_unreliable() && kind == FrameKind::fragment) assign_fragment_number(handle, channel);
  if (!message.is_latest()) return;
  message.number = value_number(channel.next_value++);
  channel.talk->newest_value = handle;
}

void Outgoing::assign_fragment_number(Handle handle, OutgoingChannel& channel) {
  OutgoingMessage& message = *work_->messages.find(handle);
  message.number = fragment_number(channel.next_fragment++);
  message.is_fragmented = true;
  await_receipt_of(handle, message);
}

/// A value may have gone out whole before, and may again.
void Outgoing::note_fragment(Handle handle, OutgoingMessage& message, FrameKind kind) {
  if (!message.is_latest() || kind == FrameKind::whole || std::exchange(message.is_fragmented, true)) return;
  await_receipt_of(handle, message);
}

/// Numbers wrap: who waits so long that its own comes again would take another message's RECEIPT for its own.
void Outgoing::await_receipt_of(Handle handle, OutgoingMessage& message) {
  const std::uint32_t key = receipt_key(message.channel, static_cast<std::uint16_t>(message.number));
  const auto before = work_->awaited.find(key);
  if (before != work_->awaited.end()) settle(before->second, ReceiptStatus::lost);
  if (message.wants_receipt || message.is_latest()) work_->awaited[key] = handle;
}

/// A newer value comes: what was not begun never leaves, what was begun goes out once and is not repeated.
void Outgoing::replace_value(SendFlow& flow) {
  OutgoingChannel& channel = *flow.channel;
  if (!flow.messages.empty()) {
    const Handle last = flow.messages.back();
    const OutgoingMessage* const waiting = work_->messages.find(last);
    if (waiting && waiting->stage == SendStage::queued) withdraw(last, ReceiptStatus::expired);
  }
  if (channel.next_value - channel.values_arrived_to >= kLatestSpan || !channel.talk->newest_value) return;
  OutgoingMessage* const newest = work_->messages.find(*channel.talk->newest_value);
  if (!newest) return;
  newest->is_replaced = true;
  if (newest->ranges.has_lost()) give_up(*channel.talk->newest_value);
}

bool Outgoing::may_start_value(SendFlow& flow) {
  const OutgoingChannel& channel = *flow.channel;
  const std::uint64_t span = channel.next_value - channel.values_arrived_to;
  const bool newest_goes_on = channel.talk->newest_value && work_->messages.find(*channel.talk->newest_value);
  if (span < (newest_goes_on ? kLatestSpan : kLatestSpanMax)) return true;
  work_->scheduler.park(flow, FlowState::waits_for_number);
  return false;
}

void Outgoing::on_all_sent(SendFlow& flow, Handle handle) {
  const OutgoingMessage& message = *work_->messages.find(handle);
  take_out(flow, handle, message.priority);
  if (message.is_unreliable()) release_unreliable(handle);
}

void Outgoing::take_out(SendFlow& flow, Handle handle, std::uint8_t priority) {
  flow.messages.remove(handle, [this](Handle other) { return !work_->messages.find(other); });
  work_->scheduler.on_dequeued(flow, priority);
}

/// Nobody asks for its bytes again; but the frame that was just cut still views them.
void Outgoing::release_unreliable(Handle handle) {
  OutgoingMessage& message = *work_->messages.find(handle);
  work_->last_payload = std::exchange(message.payload, {});
  work_->queued_bytes -= work_->last_payload.size();
  if (!message.wants_receipt) return forget(handle);
  message.stage = SendStage::awaited;
  // What went whole is settled by its one packet. Of fragments only the peer knows whether they met.
  message.expires_at = message.is_fragmented ? work_->now + kReceiptWait : Instant::max();
  if (message.is_fragmented) work_->expiry.add(message.expires_at, handle);
}

std::optional<OutgoingFrame> Outgoing::frame_again(Instant now, const FrameTag& tag, std::size_t space) {
  on_timeout(now);
  OutgoingMessage* const message = find_sent(tag);
  if (!message || message->is_overdue || message->is_unreliable() || message->is_replaced) {
    return std::nullopt;
  }
  const std::optional<transfer::Range> unacked = message->ranges.first_unacked(range_of(tag));
  if (!unacked) return std::nullopt;
  const std::optional<OutgoingFrame> frame = cut(to_handle(tag.id), *message, *unacked, space);
  if (frame) note_fragment(to_handle(tag.id), *message, frame->kind);
  return frame;
}

void Outgoing::rest() {
  RUDP_ASSERT(can_rest());
  work_.reset();
  for (const auto& channel : channels_) channel->rest();
}

}  // namespace rudp::message
