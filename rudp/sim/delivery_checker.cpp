#include <algorithm>

#include "sim/checkers.hpp"
#include "sim/trace.hpp"

namespace rudp::sim {
namespace {

// Shorter messages are often equal, so which of them arrived cannot be told.
constexpr std::size_t kDistinctBytesMin = 8;

bool is_reliable(Delivery delivery) {
  return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
}

std::string describe(const SideKey& key, const Message& message) {
  return "node " + std::to_string(static_cast<std::uint32_t>(key.node)) + " got a message of " +
         std::to_string(message.bytes.size()) + " bytes on channel " + std::to_string(message.channel) +
         " (delivery " + std::to_string(static_cast<int>(message.delivery)) + ") ";
}

}  // namespace

Violation DeliveryChecker::on_connect(const World&, NodeId node, ConnectionHandle connection,
                                      const Address&) {
  const SideKey key{node, connection};
  sides_[key] = Side{};
  peers_.on_connect(key);
  return {};
}

Violation DeliveryChecker::on_send(const World&, const SendSeen& seen) {
  if (!seen.result) return {};
  const Delivery delivery = seen.options.delivery;
  const bool may_expire = seen.options.deadline.has_value();
  if (is_reliable(delivery)) ++(may_expire ? report_.expiring_sent : report_.reliable_sent);
  if (delivery == Delivery::unreliable) ++report_.unreliable_sent;
  if (delivery == Delivery::latest) ++report_.latest_sent;
  // A value of latest may be acknowledged and then dropped for a newer one that came before it.
  const bool wants_proof =
      seen.options.receipt && delivery != Delivery::latest && seen.message.size() >= kDistinctBytesMin;
  Side& side = sides_[{seen.node, seen.connection}];
  if (wants_proof) side.unproven.insert(seen.result.id);
  Log& log = side.logs[{seen.channel, delivery}];
  const Sent sent{hash_bytes(seen.message), seen.result.id, may_expire, wants_proof};
  const bool in_order = delivery == Delivery::reliable_ordered || delivery == Delivery::latest;
  (in_order ? log.sent : log.pending[sent.content]).push_back(sent);
  return {};
}

Violation DeliveryChecker::on_event(const World& world, NodeId node, const Event& event) {
  const SideKey key{node, event.connection};
  sides_.try_emplace(key);
  peers_.on_event(world, key);
  if (event.type == EventType::message) return on_message(key, event.message);
  if (event.type == EventType::receipt) return on_receipt(world, key, event);
  return {};
}

Violation DeliveryChecker::on_receipt(const World& world, const SideKey& key, const Event& event) const {
  const std::optional<SideKey> peer = peers_.peer_of(key);
  if (event.receipt != ReceiptStatus::delivered || !peer || !world.is_reading(peer->node)) return {};
  if (sides_.at(key).unproven.count(event.message_id) == 0) return {};
  return "node " + std::to_string(static_cast<std::uint32_t>(key.node)) + " was told that message " +
         std::to_string(event.message_id) + " is delivered, but its peer has not got it";
}

Violation DeliveryChecker::on_settled(const World& world, NodeId node) {
  peers_.on_settled(world, node);
  return {};
}

void DeliveryChecker::on_crash(NodeId node) {
  peers_.on_crash(node);
  forget_node(sides_, node);
}

// A side without a peer talks with a host that speaks for itself: there is nothing to compare with.
Violation DeliveryChecker::on_message(const SideKey& key, const Message& message) {
  const std::optional<SideKey> peer = peers_.peer_of(key);
  if (!peer) return {};
  Side& sender = sides_[*peer];
  const auto log = sender.logs.find({message.channel, message.delivery});
  if (log == sender.logs.end()) return describe(key, message) + "where nothing was sent";
  const std::optional<Sent> sent = take(log->second, message.delivery, hash_bytes(message.bytes));
  if (!sent) return describe(key, message) + "that is altered, repeated or out of order";
  if (sent->wants_proof) sender.unproven.erase(sent->id);
  count_delivered(message, *sent);
  return {};
}

void DeliveryChecker::count_delivered(const Message& message, const Sent& sent) {
  report_.bytes_delivered += message.bytes.size();
  if (is_reliable(message.delivery))
    ++(sent.may_expire ? report_.expiring_delivered : report_.reliable_delivered);
  if (message.delivery == Delivery::unreliable) ++report_.unreliable_delivered;
  if (message.delivery == Delivery::latest) ++report_.latest_delivered;
}

std::optional<DeliveryChecker::Sent> DeliveryChecker::take(Log& log, Delivery delivery,
                                                           std::uint64_t content) {
  if (delivery == Delivery::reliable_ordered) return take_ordered(log, content);
  if (delivery == Delivery::latest) return take_latest(log, content);
  return take_any(log, content);
}

std::optional<DeliveryChecker::Sent> DeliveryChecker::take_ordered(Log& log, std::uint64_t content) {
  while (log.cursor < log.sent.size()) {
    const Sent& next = log.sent[log.cursor++];
    if (next.content == content) return next;
    if (!next.may_expire) return {};
  }
  return {};
}

std::optional<DeliveryChecker::Sent> DeliveryChecker::take_latest(Log& log, std::uint64_t content) {
  const auto first = log.sent.begin() + static_cast<std::ptrdiff_t>(log.cursor);
  const auto found =
      std::find_if(first, log.sent.end(), [content](const Sent& sent) { return sent.content == content; });
  if (found == log.sent.end()) return {};
  log.cursor = static_cast<std::size_t>(found - log.sent.begin()) + 1;
  return *found;
}

// Of equal ones, those that must arrive count first.
std::optional<DeliveryChecker::Sent> DeliveryChecker::take_any(Log& log, std::uint64_t content) {
  const auto entry = log.pending.find(content);
  if (entry == log.pending.end()) return {};
  std::vector<Sent>& equal = entry->second;
  auto chosen = std::find_if(equal.begin(), equal.end(), [](const Sent& sent) { return !sent.may_expire; });
  if (chosen == equal.end()) chosen = equal.begin();
  const Sent sent = *chosen;
  equal.erase(chosen);
  if (equal.empty()) log.pending.erase(entry);
  return sent;
}

}  // namespace rudp::sim
