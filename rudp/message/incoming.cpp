// In the order in which a message passes: frames come in, partials fill, complete messages are released in
// order, the application takes them. What their credit does meanwhile is in incoming_credit.cpp.
#include "message/incoming.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace rudp::message {
namespace {

template <class Entry>
auto at_or_above(const base::BlockList<Entry>& entries, std::uint64_t number) {
  return entries.first_not([number](const Entry& entry) { return entry.number < number; });
}

std::size_t memory_of(const ReceivedMessage& message) { return message.bytes.capacity(); }

bool is_reliable(Delivery delivery) {
  return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
}

IncomingGaps& gaps_of(IncomingChannel& channel) {
  if (!channel.gaps) channel.gaps = std::make_unique<IncomingGaps>();
  return *channel.gaps;
}

/// Null: nothing of it has come.
ReliablePartial* find_partial(IncomingChannel& channel, std::uint64_t number) {
  if (!channel.gaps) return nullptr;
  auto& partials = channel.gaps->partials;
  const auto at = at_or_above(partials, number);
  return at != partials.end() && partials[at].number == number ? &partials[at] : nullptr;
}

void erase_partial(IncomingChannel& channel, std::uint64_t number) {
  channel.gaps->partials.erase(at_or_above(channel.gaps->partials, number));
}

/// Serially (RFC 1982): in the half of the circle that follows.
bool is_newer(std::uint16_t number, std::optional<std::uint16_t> than) {
  return !than || static_cast<std::int16_t>(number - *than) > 0;
}

}  // namespace

Incoming::Incoming(IncomingLimits limits, transfer::CreditBudget& budget)
    : message_bytes_max_(limits.message_bytes),
      channels_max_(limits.channels),
      budget_(budget),
      credit_(limits.window_bytes) {}

Incoming::~Incoming() { leave_budget(); }

Incoming::Work& Incoming::work() {
  if (!work_) work_ = std::make_unique<Work>();
  return *work_;
}

Result<void> Incoming::on_message(Instant now, Delivery delivery, ChannelId channel, std::uint16_t number,
                                  Bytes bytes) {
  work().now = now;
  if (is_reliable(delivery)) return on_reliable_whole(delivery, channel, number, bytes);
  if (bytes.size() > kUnreliableBytesMax) return Error::limit_exceeded;
  if (delivery == Delivery::latest) return on_value(channel, number, bytes);
  push_unreliable({work_->pool.copy(bytes), channel, delivery});
  return {};
}

Result<void> Incoming::on_fragment(Instant now, Delivery delivery, ChannelId channel, std::uint16_t number,
                                   std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  if (total <= kWholeOnlyBytes) return Error::malformed;
  work().now = now;
  if (is_reliable(delivery)) return on_reliable_fragment(delivery, channel, number, total, offset, bytes);
  if (total > kUnreliableBytesMax) return Error::limit_exceeded;
  if (delivery == Delivery::latest) return on_value_fragment(channel, number, total, offset, bytes);
  auto added = work_->partials.add(work_->pool, work_->now, Delivery::unreliable, channel, number, total,
                                   offset, bytes);
  if (!added) return added.error();
  if (!*added) return {};
  push_unreliable(std::move(**added));
  queue_receipt({channel, number});
  return {};
}

Result<IncomingChannel*> Incoming::channel_at(ChannelId id) {
  if (IncomingChannel* const known = channels_.find(id)) return known;
  if (channels_.size() >= channels_max_) return Error::limit_exceeded;
  return &channels_.add(id);
}

Result<void> Incoming::on_reliable_whole(Delivery delivery, ChannelId id, std::uint16_t number, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  IncomingChannel& channel = **found;
  const NumberWindow::Located located = channel.finished.locate(number);
  if (located.place == NumberWindow::Place::beyond) return Error::limit_exceeded;
  if (located.place == NumberWindow::Place::finished) return {};
  // Fragments of it may have come before: a lost one can go out again as a whole.
  if (ReliablePartial* const partial = find_partial(channel, located.number))
    return add_to_partial(channel, *partial, delivery, bytes.size(), 0, bytes);
  if (bytes.size() > message_bytes_max_) return Error::limit_exceeded;
  if (!take_credit(bytes.size())) return Error::flow_control_violation;
  if (!pay_for_arrived()) return Error::out_of_memory;
  complete(channel, located.number, {work_->pool.copy(bytes), id, delivery});
  return {};
}

Result<void> Incoming::on_reliable_fragment(Delivery delivery, ChannelId id, std::uint16_t number,
                                            std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  IncomingChannel& channel = **found;
  const NumberWindow::Located located = channel.finished.locate(number);
  if (located.place == NumberWindow::Place::beyond) return Error::limit_exceeded;
  if (located.place == NumberWindow::Place::finished) return {};
  if (ReliablePartial* const partial = find_partial(channel, located.number))
    return add_to_partial(channel, *partial, delivery, total, offset, bytes);
  return begin_partial(channel, located.number, delivery, total, offset, bytes);
}

Result<void> Incoming::begin_partial(IncomingChannel& channel, std::uint64_t number, Delivery delivery,
                                     std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  if (total > message_bytes_max_) return Error::limit_exceeded;
  if (!take_credit(total)) return Error::flow_control_violation;
  work_->missing_bytes += total;
  ReliablePartial begun{number, delivery, work_->bodies.begin(total, work_->pool)};
  auto& partials = gaps_of(channel).partials;
  ReliablePartial& partial = partials[partials.insert(at_or_above(partials, number), std::move(begun))];
  return add_to_partial(channel, partial, delivery, total, offset, bytes);
}

Result<void> Incoming::add_to_partial(IncomingChannel& channel, ReliablePartial& partial, Delivery delivery,
                                      std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  if (delivery != partial.delivery) return Error::malformed;
  const std::uint64_t arrived_before = partial.body.arrived_bytes();
  const Result<void> added = partial.body.add(total, offset, bytes);
  work_->missing_bytes -= partial.body.arrived_bytes() - arrived_before;
  if (!pay_for_arrived()) return Error::out_of_memory;
  if (!added || !partial.body.complete()) return added;
  const std::uint64_t number = partial.number;
  ReceivedMessage message{partial.body.take(), channel.id, delivery};
  work_->bodies.recycle(std::move(partial.body));
  erase_partial(channel, number);
  complete(channel, number, std::move(message));
  return {};
}

Result<void> Incoming::on_skip(Instant now, ChannelId id, std::uint16_t number, std::uint64_t charge) {
  if (charge < kMessageChargeBytes || charge > message_bytes_max_ + kMessageChargeBytes) {
    return Error::protocol_violation;
  }
  work().now = now;
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  IncomingChannel& channel = **found;
  const NumberWindow::Located located = channel.finished.locate(number);
  if (located.place == NumberWindow::Place::beyond) return Error::limit_exceeded;
  if (located.place == NumberWindow::Place::finished) return {};
  const ReliablePartial* const partial = find_partial(channel, located.number);
  if (partial && partial->body.total() + kMessageChargeBytes != charge) return Error::malformed;
  if (!partial && !take_credit(charge - kMessageChargeBytes)) return Error::flow_control_violation;
  if (partial) {
    work_->missing_bytes -= partial->body.total() - partial->body.arrived_bytes();
    erase_partial(channel, located.number);
  }
  give_credit_back(charge);
  if (channel.finished.finish(located.number)) release_held(channel);
  return {};
}

void Incoming::complete(IncomingChannel& channel, std::uint64_t number, ReceivedMessage&& message) {
  work_->held_bytes += memory_of(message);
  const bool is_next = channel.finished.finish(number);
  if (is_next || message.delivery == Delivery::reliable_unordered) {
    push_reliable(std::move(message));
  } else {
    auto& held = gaps_of(channel).held;
    held.insert(at_or_above(held, number), {number, std::move(message)});
  }
  if (is_next) release_held(channel);
}

void Incoming::release_held(IncomingChannel& channel) {
  if (!channel.gaps) return;
  auto& held = channel.gaps->held;
  const auto end = at_or_above(held, channel.finished.lowest_unfinished());
  for (auto at = held.begin(); at != end; at = held.next(at)) push_reliable(std::move(held[at].message));
  held.erase_before(end);
}

void Incoming::push_reliable(ReceivedMessage&& message) {
  work_->reliable_ready.push_back({std::move(message), work_->next_order++});
}

void Incoming::push_unreliable(ReceivedMessage&& message) {
  work_->unreliable_ready_bytes += sizeof(Ready) + memory_of(message);
  work_->unreliable_ready.push_back({std::move(message), work_->next_order++});
  bound_ready();
}

void Incoming::bound_ready() {
  while (work_->unreliable_ready_bytes > kUnreliableReadyBytesMax) drop_oldest_unreliable();
}

/// A value that the application has not taken yet makes room for the newer one.
void Incoming::deliver_value(IncomingChannel& channel, std::uint16_t number, ReceivedMessage&& message) {
  channel.newest_value = number;
  work_->partials.drop_values_to(channel.id, number);
  for (std::size_t at = 0; at < work_->unreliable_ready.size(); ++at) {
    ReceivedMessage& waiting = work_->unreliable_ready[at].message;
    if (waiting.delivery != Delivery::latest || waiting.channel != channel.id) continue;
    work_->unreliable_ready_bytes += memory_of(message);
    work_->unreliable_ready_bytes -= memory_of(waiting);
    work_->pool.recycle(std::exchange(waiting.bytes, std::move(message.bytes)));
    ++unreliable_dropped_;
    return bound_ready();
  }
  push_unreliable(std::move(message));
}

Result<void> Incoming::on_value(ChannelId id, std::uint16_t number, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  if (!is_newer(number, (*found)->newest_value)) return {};
  deliver_value(**found, number, {work_->pool.copy(bytes), id, Delivery::latest});
  return {};
}

Result<void> Incoming::on_value_fragment(ChannelId id, std::uint16_t number, std::uint64_t total,
                                         std::uint64_t offset, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  // Whoever sends it again has not heard that it arrived.
  if (number == (*found)->newest_value) return queue_receipt({id, number}), Result<void>();
  if (!is_newer(number, (*found)->newest_value)) return {};
  auto added =
      work_->partials.add(work_->pool, work_->now, Delivery::latest, id, number, total, offset, bytes);
  if (!added) return added.error();
  if (!*added) return {};
  deliver_value(**found, number, std::move(**added));
  queue_receipt({id, number});
  return {};
}

void Incoming::drop_oldest_unreliable() {
  Ready oldest = work_->unreliable_ready.pop_front();
  work_->unreliable_ready_bytes -= sizeof(Ready) + memory_of(oldest.message);
  recycle(std::move(oldest.message.bytes));
  ++unreliable_dropped_;
}

void Incoming::queue_receipt(const ArrivedMessage& arrived) {
  base::RingQueue<ArrivedMessage>& due = work().receipts_due;
  for (std::size_t at = 0; at < due.size(); ++at) {
    if (due[at] == arrived) return;
  }
  if (due.size() >= kReceiptsDueMax) due.pop_front();
  due.push_back(arrived);
}

std::optional<ArrivedMessage> Incoming::receipt_to_send() {
  if (!has_receipt_to_send()) return std::nullopt;
  return work_->receipts_due.pop_front();
}

void Incoming::recycle(std::vector<std::uint8_t>&& buffer) {
  if (work_) return work_->pool.recycle(std::move(buffer));
  std::vector<std::uint8_t>().swap(buffer);
}

bool Incoming::poll(ReceivedMessage& out) {
  if (!has_ready()) return false;
  const bool is_reliable_next = work_->unreliable_ready.empty() ||
                                (!work_->reliable_ready.empty() &&
                                 work_->reliable_ready.front().order < work_->unreliable_ready.front().order);
  if (!is_reliable_next) {
    out = work_->unreliable_ready.pop_front().message;
    work_->unreliable_ready_bytes -= sizeof(Ready) + memory_of(out);
    return true;
  }
  out = work_->reliable_ready.pop_front().message;
  work_->held_bytes -= memory_of(out);
  give_credit_back(out.bytes.size() + kMessageChargeBytes);
  return true;
}

std::optional<Instant> Incoming::timeout() const {
  if (!work_) return std::nullopt;
  Instant next = work_->partials.next_drop(patience());
  for (const auto& at : {work_->retry_at, work_->promise_due_at})
    if (at && *at < next) next = *at;
  return next < Instant::max() ? std::optional(next) : std::nullopt;
}

void Incoming::on_timeout(Instant now) {
  if (!work_) return;
  work_->now = now;
  work_->partials.drop_old(now, patience());
  if (work_->promise_due_at && *work_->promise_due_at <= now) judge_promise();
  if (work_->retry_at && *work_->retry_at <= now) try_boost();
}

UnreliablePartials::Patience Incoming::patience() const {
  return {.message = std::max(kUnreliablePartialTimeoutMin, 3 * smoothed_rtt_),
          .value = std::max(kPartialValueTimeoutMin, 3 * smoothed_rtt_)};
}

bool Incoming::can_rest() const {
  if (has_ready() || has_receipt_to_send()) return false;
  if (work_ && (work_->partials.size() > 0 || hears_of_each_byte())) return false;
  return std::all_of(channels_.begin(), channels_.end(),
                     [](const auto& channel) { return channel->can_rest(); });
}

void Incoming::rest() {
  RUDP_ASSERT(can_rest());
  for (const auto& channel : channels_) channel->rest();
  leave_budget();
  credit_.set_eager(false);
  if (work_) unreliable_dropped_ += work_->partials.dropped();
  work_.reset();
}

std::size_t Incoming::Work::memory_bytes() const {
  return sizeof(Work) + held_bytes + unreliable_ready_bytes + partials.memory_bytes() + pool.memory_bytes() +
         reliable_ready.size() * sizeof(Ready);
}

std::size_t Incoming::memory_bytes() const {
  std::size_t bytes = work_ ? work_->memory_bytes() : 0;
  for (const auto& channel : channels_) {
    bytes += sizeof(*channel) + channel->finished.memory_bytes();
    bytes += channel->gaps ? channel->gaps->memory_bytes() : 0;
  }
  return bytes;
}

}  // namespace rudp::message
