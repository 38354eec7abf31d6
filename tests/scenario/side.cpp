#include "side.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace scenario {
namespace {

using namespace std::chrono_literals;
using namespace rudp;
using namespace rudp::sim;

// Beyond every sleep that is planned: what was said before it must arrive after it.
constexpr Duration kDrainLimit = 100h;
constexpr std::uint64_t kCloseCode = 7;

bool is_reliable(Delivery delivery) {
  return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
}

Content content_key(ChannelId channel, Delivery delivery, Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {channel, delivery, std::hash<std::string_view>()(text)};
}

Content content_key(const PlannedMessage& message) {
  return content_key(message.channel, message.delivery, content_of(message));
}

/// How often each content must arrive: what is reliable and has no deadline, and the last value of each
/// channel of `latest`.
std::map<Content, int> promised(const std::vector<PlannedMessage>& talk) {
  std::map<Content, int> counts;
  std::map<ChannelId, const PlannedMessage*> newest;
  for (const PlannedMessage& message : talk) {
    if (message.delivery == Delivery::latest) newest[message.channel] = &message;
    if (is_reliable(message.delivery) && !message.deadline) ++counts[content_key(message)];
  }
  for (const auto& [channel, message] : newest)
    if (!message->deadline) ++counts[content_key(*message)];
  return counts;
}

}  // namespace

Side::Side(World& world, NodeId node, const Script& ours, const Script& theirs, bool closes)
    : world_(world),
      node_(node),
      to_say_(ours.messages),
      to_open_(ours.streams),
      streams_(world, node, ours.streams, theirs.streams),
      to_hear_(promised(theirs.messages)),
      closes_(closes),
      last_word_(last_word(ours.messages, ours.streams)) {}

void Side::begin(ConnectionHandle connection) {
  connection_ = connection;
  has_handle_ = true;
  began_at_ = world_.now();
  streams_.begin(connection);
  for (const PlannedMessage& message : to_say_)
    world_.after(message.after_connected, [this, at = message.after_connected] { reach(at); });
  for (const PlannedStream& stream : to_open_)
    world_.after(stream.after_connected, [this, at = stream.after_connected] { reach(at); });
}

void Side::handle(const Event& event) {
  if (event.type == EventType::connected) open_ = true;
  if (event.type == EventType::message) hear(event.message);
  if (event.type == EventType::receipt) take_receipt(event);
  if (event.type == EventType::writable) say();
  if (event.type == EventType::closed) end(event);
  if (!ended_ && !abandoned_) streams_.handle(event);
  settle();
}

void Side::close_abruptly() {
  abandoned_ = true;
  if (has_handle_ && !ended_) world_.close_now(node_, connection_, kCloseCode, "enough");
}

std::string Side::missing() const {
  if (to_hear_.empty()) return std::to_string(streams_.missing()) + " streams";
  const auto& [channel, delivery, hash] = to_hear_.begin()->first;
  return std::to_string(to_hear_.size()) + " contents, the first on channel " + std::to_string(channel) +
         ", delivery " + std::to_string(static_cast<int>(delivery)) + ", " +
         std::to_string(streams_.missing()) + " streams";
}

void Side::reach(Duration time) {
  reached_ = std::max(time, reached_);
  say();
  if (!ended_ && !abandoned_) streams_.open(reached_);
  settle();
}

void Side::say() {
  if (ended_ || abandoned_) return;
  while (next_ < to_say_.size() && to_say_[next_].after_connected <= reached_ && say_one(to_say_[next_]))
    ++next_;
}

void Side::hear(const Message& message) {
  const auto expected = to_hear_.find(content_key(message.channel, message.delivery, message.bytes));
  if (expected != to_hear_.end() && --expected->second == 0) to_hear_.erase(expected);
}

// One for every message that asked; `lost` and `expired` only where they may be.
void Side::take_receipt(const Event& event) {
  const auto asked = asked_.find(event.message_id);
  if (asked == asked_.end()) return world_.report_violation("a receipt that nobody asked for");
  const PlannedMessage& message = *asked->second;
  asked_.erase(asked);
  const bool may_expire = message.deadline || message.delivery == Delivery::latest;
  if (event.receipt == ReceiptStatus::expired && !may_expire)
    world_.report_violation("a message without a deadline expired");
  const bool may_be_lost = !closes_ || may_expire || message.delivery == Delivery::unreliable;
  if (event.receipt == ReceiptStatus::lost && !may_be_lost)
    world_.report_violation("a reliable message is lost though its connection was drained");
}

bool Side::say_one(const PlannedMessage& message) {
  const SendResult result = world_.send(node_, connection_, message.channel, content_of(message),
                                        {.delivery = message.delivery,
                                         .priority = message.priority,
                                         .deadline = message.deadline,
                                         .receipt = message.receipt});
  if (result && message.receipt) asked_.emplace(result.id, &message);
  if (result.status == SendStatus::closed && !closes_) return false;  // the peer left abruptly
  if (!result && result.status != SendStatus::would_block)
    world_.report_violation("send answered " + std::to_string(static_cast<int>(result.status)));
  return result.status == SendStatus::queued;
}

void Side::settle() {
  if (!heard_all_at_ && heard_all()) heard_all_at_ = world_.now();
  if (!closes_ || closing_ || ended_ || !open_ || !said_all() || !heard_all()) return;
  closing_ = true;
  world_.close(node_, connection_, kCloseCode, "all is said", kDrainLimit);
}

void Side::end(const Event& event) {
  if (ended_) world_.report_violation("closed was told twice");
  if (!asked_.empty()) world_.report_violation("a message that asked for a receipt got none");
  ended_ = true;
  ended_by_ = event.error;
}

}  // namespace scenario
