#include <algorithm>

#include "sim/checkers.hpp"
#include "sim/trace.hpp"

namespace rudp::sim {
namespace {

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
  sides_.try_emplace(key);
  without_hash_.push_back(key);
  return {};
}

Violation DeliveryChecker::on_send(const World&, const SendSeen& seen) {
  if (!seen.result) return {};
  const Delivery delivery = seen.options.delivery;
  ++(is_reliable(delivery) ? report_.reliable_sent : report_.unreliable_sent);
  Log& log = sides_[{seen.node, seen.connection}].logs[{seen.channel, delivery}];
  const std::uint64_t content = hash_bytes(seen.message);
  const bool in_order = delivery == Delivery::reliable_ordered || delivery == Delivery::latest;
  if (in_order)
    log.sent.push_back({.content = content, .may_expire = seen.options.deadline.has_value()});
  else
    ++log.pending[content];
  return {};
}

Violation DeliveryChecker::on_event(const World& world, NodeId node, const Event& event) {
  const SideKey key{node, event.connection};
  Side& side = sides_[key];
  if (!side.hash) learn_hash(world, key, side);
  if (event.type != EventType::message) return {};
  return on_message(key, event.message);
}

// A connecting side has its hash before it can be matched, and may be gone when its
// messages arrive: the hash is taken as soon as there is one.
Violation DeliveryChecker::on_settled(const World& world, NodeId node) {
  const auto is_done = [&](const SideKey& key) {
    if (key.node != node) return false;
    learn_hash(world, key, sides_[key]);
    return sides_[key].hash.has_value();
  };
  without_hash_.erase(std::remove_if(without_hash_.begin(), without_hash_.end(), is_done),
                      without_hash_.end());
  return {};
}

void DeliveryChecker::learn_hash(const World& world, const SideKey& key, Side& side) {
  if (side.hash || !world.has_endpoint(key.node)) return;
  const auto info = world.endpoint(key.node).info(key.connection);
  if (!info || info.value().handshake_hash == HandshakeHash{}) return;
  side.hash = info.value().handshake_hash;
  find_peer(key, side);
}

void DeliveryChecker::find_peer(const SideKey& key, Side& side) {
  const auto [found, inserted] = unmatched_.try_emplace(*side.hash, key);
  if (inserted) return;
  side.peer = found->second;
  sides_[found->second].peer = key;
  unmatched_.erase(found);
}

// A side without a peer talks with a host that speaks for itself: there is nothing to compare with.
Violation DeliveryChecker::on_message(const SideKey& key, const Message& message) {
  const Side& side = sides_[key];
  ++(is_reliable(message.delivery) ? report_.reliable_delivered : report_.unreliable_delivered);
  report_.bytes_delivered += message.bytes.size();
  if (!side.peer) return {};
  auto& logs = sides_[*side.peer].logs;
  const auto log = logs.find({message.channel, message.delivery});
  if (log == logs.end()) return describe(key, message) + "where nothing was sent";
  if (take(log->second, message.delivery, hash_bytes(message.bytes))) return {};
  return describe(key, message) + "that is altered, repeated or out of order";
}

bool DeliveryChecker::take(Log& log, Delivery delivery, std::uint64_t content) {
  if (delivery == Delivery::reliable_ordered) return take_ordered(log, content);
  if (delivery == Delivery::latest) return take_latest(log, content);
  return take_any(log, content);
}

bool DeliveryChecker::take_ordered(Log& log, std::uint64_t content) {
  while (log.cursor < log.sent.size()) {
    const Sent& next = log.sent[log.cursor++];
    if (next.content == content) return true;
    if (!next.may_expire) return false;
  }
  return false;
}

bool DeliveryChecker::take_latest(Log& log, std::uint64_t content) {
  const auto first = log.sent.begin() + static_cast<std::ptrdiff_t>(log.cursor);
  const auto found =
      std::find_if(first, log.sent.end(), [content](const Sent& sent) { return sent.content == content; });
  if (found == log.sent.end()) return false;
  log.cursor = static_cast<std::size_t>(found - log.sent.begin()) + 1;
  return true;
}

bool DeliveryChecker::take_any(Log& log, std::uint64_t content) {
  const auto found = log.pending.find(content);
  if (found == log.pending.end()) return false;
  if (--found->second == 0) log.pending.erase(found);
  return true;
}

}  // namespace rudp::sim
