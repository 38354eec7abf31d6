// In the order in which a message passes: frames come in, partials fill, complete messages are released in
// order, the application takes them, and their credit goes back to the peer.
#include "message/incoming.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/give_back.hpp"

namespace rudp::message {
namespace {

template <class Entry>
auto at_or_above(std::vector<Entry>& entries, std::uint64_t number) {
  return std::lower_bound(entries.begin(), entries.end(), number,
                          [](const Entry& entry, std::uint64_t key) { return entry.number < key; });
}

std::size_t memory_of(const ReceivedMessage& message) { return message.bytes.capacity(); }

bool is_reliable(Delivery delivery) {
  return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
}

/// Serially (RFC 1982): in the half of the circle that follows.
bool is_newer(std::uint16_t number, std::optional<std::uint16_t> than) {
  return !than || static_cast<std::int16_t>(number - *than) > 0;
}

}  // namespace

Incoming::Incoming(IncomingLimits limits, transfer::CreditBudget& budget)
    : limits_(limits), budget_(budget), credit_(limits.window_bytes) {}

Incoming::~Incoming() {
  budget_.leave(ticket_);
  budget_.give_back(budget_bytes());
}

Result<void> Incoming::on_message(Instant now, Delivery delivery, ChannelId channel, std::uint16_t number,
                                  Bytes bytes) {
  now_ = now;
  if (is_reliable(delivery)) return on_reliable_whole(delivery, channel, number, bytes);
  if (bytes.size() > kUnreliableBytesMax) return Error::limit_exceeded;
  if (delivery == Delivery::latest) return on_value(channel, number, bytes);
  push_unreliable({pool_.copy(bytes), channel, delivery});
  return {};
}

Result<void> Incoming::on_fragment(Instant now, Delivery delivery, ChannelId channel, std::uint16_t number,
                                   std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  now_ = now;
  if (total <= kWholeOnlyBytes) return Error::malformed;
  if (is_reliable(delivery)) return on_reliable_fragment(delivery, channel, number, total, offset, bytes);
  if (total > kUnreliableBytesMax) return Error::limit_exceeded;
  if (delivery == Delivery::latest) return on_value_fragment(channel, number, total, offset, bytes);
  auto added = partials_.add(pool_, now_, Delivery::unreliable, channel, number, total, offset, bytes);
  if (!added) return added.error();
  if (!*added) return {};
  push_unreliable(std::move(**added));
  queue_receipt({channel, number});
  return {};
}

Result<IncomingChannel*> Incoming::channel_at(ChannelId id) {
  const auto found = channels_.find(id);
  if (found != channels_.end()) return found->second.get();
  if (channels_.size() >= limits_.channels) return Error::limit_exceeded;
  auto channel = std::make_unique<IncomingChannel>();
  channel->id = id;
  return channels_.emplace(id, std::move(channel)).first->second.get();
}

Result<void> Incoming::on_reliable_whole(Delivery delivery, ChannelId id, std::uint16_t number, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  IncomingChannel& channel = **found;
  const NumberWindow::Located located = channel.finished.locate(number);
  if (located.place == NumberWindow::Place::beyond) return Error::limit_exceeded;
  if (located.place == NumberWindow::Place::finished) return {};
  // Fragments of it may have come before: a lost one can go out again as a whole.
  const auto partial = at_or_above(channel.partials, located.number);
  if (partial != channel.partials.end() && partial->number == located.number) {
    return add_to_partial(channel, *partial, delivery, bytes.size(), 0, bytes);
  }
  if (bytes.size() > limits_.message_bytes) return Error::limit_exceeded;
  if (!take_credit(bytes.size())) return Error::flow_control_violation;
  complete(channel, located.number, {pool_.copy(bytes), id, delivery});
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
  const auto partial = at_or_above(channel.partials, located.number);
  if (partial == channel.partials.end() || partial->number != located.number) {
    return begin_partial(channel, located.number, delivery, total, offset, bytes);
  }
  return add_to_partial(channel, *partial, delivery, total, offset, bytes);
}

Result<void> Incoming::begin_partial(IncomingChannel& channel, std::uint64_t number, Delivery delivery,
                                     std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  if (total > limits_.message_bytes) return Error::limit_exceeded;
  if (!take_credit(total)) return Error::flow_control_violation;
  ReliablePartial begun{number, delivery, bodies_.begin(total, pool_)};
  ReliablePartial& partial =
      *channel.partials.insert(at_or_above(channel.partials, number), std::move(begun));
  return add_to_partial(channel, partial, delivery, total, offset, bytes);
}

Result<void> Incoming::add_to_partial(IncomingChannel& channel, ReliablePartial& partial, Delivery delivery,
                                      std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  if (delivery != partial.delivery) return Error::malformed;
  const Result<void> added = partial.body.add(total, offset, bytes);
  if (!added || !partial.body.complete()) return added;
  const std::uint64_t number = partial.number;
  ReceivedMessage message{partial.body.take(), channel.id, delivery};
  bodies_.recycle(std::move(partial.body));
  channel.partials.erase(at_or_above(channel.partials, number));
  complete(channel, number, std::move(message));
  return {};
}

Result<void> Incoming::on_skip(Instant now, ChannelId id, std::uint16_t number, std::uint64_t charge) {
  now_ = now;
  if (charge < kMessageChargeBytes || charge > limits_.message_bytes + kMessageChargeBytes) {
    return Error::protocol_violation;
  }
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  IncomingChannel& channel = **found;
  const NumberWindow::Located located = channel.finished.locate(number);
  if (located.place == NumberWindow::Place::beyond) return Error::limit_exceeded;
  if (located.place == NumberWindow::Place::finished) return {};
  const auto partial = at_or_above(channel.partials, located.number);
  const bool has_begun = partial != channel.partials.end() && partial->number == located.number;
  if (has_begun && partial->body.total() + kMessageChargeBytes != charge) return Error::malformed;
  if (!has_begun && !take_credit(charge - kMessageChargeBytes)) return Error::flow_control_violation;
  if (has_begun) channel.partials.erase(partial);
  give_credit_back(charge);
  if (channel.finished.finish(located.number)) release_held(channel);
  return {};
}

/// The peer uses credit when the first bytes of a message arrive; all of it, so that it can always finish.
bool Incoming::take_credit(std::uint64_t length) {
  const std::uint64_t charge = length + kMessageChargeBytes;
  if (!credit_.on_received(charge)) return false;
  if (pace_.on_progress(now_, credit_.received(), credit_.window(), smoothed_rtt_)) grow_window();
  // Beyond the limit at which it waited it can only be with a newer one; whatever came before may have been
  // sent before the report.
  if (blocked_ && credit_.received() > blocked_->limit) stop_waiting();
  return true;
}

void Incoming::complete(IncomingChannel& channel, std::uint64_t number, ReceivedMessage&& message) {
  held_bytes_ += memory_of(message);
  const bool is_next = channel.finished.finish(number);
  if (is_next || message.delivery == Delivery::reliable_unordered) {
    push_reliable(std::move(message));
  } else {
    channel.held.insert(at_or_above(channel.held, number), {number, std::move(message)});
  }
  if (is_next) release_held(channel);
}

void Incoming::release_held(IncomingChannel& channel) {
  auto& held = channel.held;
  const auto end = at_or_above(held, channel.finished.lowest_unfinished());
  for (auto at = held.begin(); at != end; ++at) push_reliable(std::move(at->message));
  held.erase(held.begin(), end);
}

void Incoming::push_reliable(ReceivedMessage&& message) {
  reliable_ready_.push_back({std::move(message), next_order_++});
}

void Incoming::push_unreliable(ReceivedMessage&& message) {
  unreliable_ready_bytes_ += sizeof(Ready) + memory_of(message);
  unreliable_ready_.push_back({std::move(message), next_order_++});
  bound_ready();
}

void Incoming::bound_ready() {
  while (unreliable_ready_bytes_ > kUnreliableReadyBytesMax) drop_oldest_unreliable();
}

/// A value that the application has not taken yet makes room for the newer one.
void Incoming::deliver_value(IncomingChannel& channel, std::uint16_t number, ReceivedMessage&& message) {
  channel.newest_value = number;
  partials_.drop_values_to(channel.id, number);
  for (std::size_t at = 0; at < unreliable_ready_.size(); ++at) {
    ReceivedMessage& waiting = unreliable_ready_[at].message;
    if (waiting.delivery != Delivery::latest || waiting.channel != channel.id) continue;
    unreliable_ready_bytes_ += memory_of(message);
    unreliable_ready_bytes_ -= memory_of(waiting);
    pool_.recycle(std::exchange(waiting.bytes, std::move(message.bytes)));
    ++unreliable_dropped_;
    return bound_ready();
  }
  push_unreliable(std::move(message));
}

Result<void> Incoming::on_value(ChannelId id, std::uint16_t number, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  if (!is_newer(number, (*found)->newest_value)) return {};
  deliver_value(**found, number, {pool_.copy(bytes), id, Delivery::latest});
  return {};
}

Result<void> Incoming::on_value_fragment(ChannelId id, std::uint16_t number, std::uint64_t total,
                                         std::uint64_t offset, Bytes bytes) {
  const Result<IncomingChannel*> found = channel_at(id);
  if (!found) return found.error();
  // Whoever sends it again has not heard that it arrived.
  if (number == (*found)->newest_value) return queue_receipt({id, number}), Result<void>();
  if (!is_newer(number, (*found)->newest_value)) return {};
  auto added = partials_.add(pool_, now_, Delivery::latest, id, number, total, offset, bytes);
  if (!added) return added.error();
  if (!*added) return {};
  deliver_value(**found, number, std::move(**added));
  queue_receipt({id, number});
  return {};
}

void Incoming::drop_oldest_unreliable() {
  Ready oldest = unreliable_ready_.pop_front();
  unreliable_ready_bytes_ -= sizeof(Ready) + memory_of(oldest.message);
  recycle(std::move(oldest.message.bytes));
  ++unreliable_dropped_;
}

void Incoming::queue_receipt(const ArrivedMessage& arrived) {
  for (std::size_t at = 0; at < receipts_due_.size(); ++at) {
    if (receipts_due_[at] == arrived) return;
  }
  if (receipts_due_.size() >= kReceiptsDueMax) receipts_due_.pop_front();
  receipts_due_.push_back(arrived);
}

std::optional<ArrivedMessage> Incoming::receipt_to_send() {
  if (receipts_due_.empty()) return std::nullopt;
  return receipts_due_.pop_front();
}

bool Incoming::poll(ReceivedMessage& out) {
  if (!has_ready()) return false;
  const bool is_reliable_next =
      unreliable_ready_.empty() ||
      (!reliable_ready_.empty() && reliable_ready_.front().order < unreliable_ready_.front().order);
  if (!is_reliable_next) {
    out = unreliable_ready_.pop_front().message;
    unreliable_ready_bytes_ -= sizeof(Ready) + memory_of(out);
    return true;
  }
  out = reliable_ready_.pop_front().message;
  held_bytes_ -= memory_of(out);
  give_credit_back(out.bytes.size() + kMessageChargeBytes);
  return true;
}

void Incoming::give_credit_back(std::uint64_t charge) {
  credit_.on_consumed(charge);
  settle_budget();
  if (blocked_ && !blocked_->boosted) try_boost();
}

Result<void> Incoming::on_blocked(Instant now, std::uint64_t limit, std::uint64_t need) {
  now_ = now;
  if (need > limits_.message_bytes + kMessageChargeBytes || limit > credit_.promised()) {
    return Error::protocol_violation;
  }
  // A larger limit is on its way: where that does not help either, the peer says so again.
  if (limit < credit_.promised()) return {};
  credit_.set_eager(true);
  blocked_ = PeerBlocked{limit, need, need <= credit_.window()};
  if (blocked_->boosted) {
    budget_.leave(ticket_);
    retry_at_.reset();
    return {};
  }
  try_boost();
  return {};
}

/// What fits the window comes free as the application consumes. What is larger is promised on top of the
/// limit at which the peer waits, so that it can start at once, out of the endpoint's budget; at most one
/// largest message of it, since more would only serve an application that does not read.
void Incoming::try_boost() {
  const std::uint64_t window_end = credit_.consumed() + credit_.window();
  const std::uint64_t wanted = blocked_->limit + blocked_->need;
  const std::uint64_t limit = std::min(wanted, window_end + limits_.message_bytes + kMessageChargeBytes);
  const std::uint64_t beyond = limit > window_end ? limit - window_end : 0;
  retry_at_.reset();
  if (beyond > budget_bytes_ && !budget_.take(beyond - budget_bytes_, ticket_)) {
    if (ticket_ != 0) retry_at_ = now_ + kBudgetRetryInterval;
    return;
  }
  budget_bytes_ = std::max(budget_bytes_, beyond);
  credit_.raise_to(limit);
  blocked_->boosted = limit == wanted;
}

void Incoming::stop_waiting() {
  blocked_.reset();
  credit_.set_eager(false);
  budget_.leave(ticket_);
  retry_at_.reset();
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

/// The budget pays for what is promised beyond the window; each consumed byte moves the window up to it.
void Incoming::settle_budget() {
  const std::uint64_t beyond = credit_.beyond_window();
  if (budget_bytes_ <= beyond) return;
  budget_.give_back(budget_bytes_ - beyond);
  budget_bytes_ = beyond;
}

std::optional<Instant> Incoming::timeout() const {
  std::optional<Instant> at = retry_at_;
  const std::optional<Instant> oldest = partials_.oldest();
  if (!oldest) return at;
  const Instant gives_up_at = *oldest + partial_timeout();
  return at ? std::min(*at, gives_up_at) : gives_up_at;
}

void Incoming::on_timeout(Instant now) {
  now_ = now;
  partials_.drop_begun_until(now - partial_timeout());
  if (retry_at_ && *retry_at_ <= now) try_boost();
}

Duration Incoming::partial_timeout() const {
  return std::max(kUnreliablePartialTimeoutMin, 3 * smoothed_rtt_);
}

bool Incoming::can_rest() const {
  if (has_ready() || has_receipt_to_send() || partials_.size() > 0 || blocked_) return false;
  return std::all_of(channels_.begin(), channels_.end(), [](const auto& channel) {
    return channel.second->held.empty() && channel.second->partials.empty();
  });
}

void Incoming::rest() {
  RUDP_ASSERT(can_rest());
  for (const auto& [id, channel] : channels_) {
    base::give_back(channel->partials);
    base::give_back(channel->held);
  }
  partials_.rest();
  pool_.release();
  bodies_.release();
  base::give_back(reliable_ready_);
  base::give_back(unreliable_ready_);
  base::give_back(receipts_due_);
}

std::size_t Incoming::memory_bytes() const {
  std::size_t bytes = held_bytes_ + unreliable_ready_bytes_ + partials_.memory_bytes() + pool_.memory_bytes();
  bytes += reliable_ready_.size() * sizeof(Ready);
  for (const auto& [id, channel] : channels_) {
    bytes += sizeof(*channel) + channel->finished.memory_bytes();
    bytes += channel->held.capacity() * sizeof(HeldMessage);
    bytes += channel->partials.capacity() * sizeof(ReliablePartial);
    for (const ReliablePartial& partial : channel->partials) {
      bytes += partial.body.memory_bytes();
    }
  }
  return bytes;
}

}  // namespace rudp::message
