// Both sides of the message channels against each other over a wire that drops, repeats and reorders.
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "message/frame_size.hpp"
#include "message/incoming.hpp"
#include "message/outgoing.hpp"
#include "message/levels.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

using rudp::Bytes;
using rudp::ChannelId;
using rudp::Delivery;
using rudp::Duration;
using rudp::Instant;
using rudp::SendOptions;
using namespace rudp::message;

namespace {

struct Faults {
  unsigned loss_percent = 0;
  unsigned duplicate_percent = 0;
  unsigned reorder_percent = 0;
  unsigned late_ack_percent = 0;  // a packet that arrived is declared lost first, and acknowledged after
  unsigned shrink_percent = 0;    // a packet has room for 600 bytes only
  unsigned deadline_percent = 0;  // of messages, 1 to 200 packets' times
};

/// What the content of every message of a Conversation begins with.
std::uint64_t key_in(Bytes content) {
  std::uint64_t key = 0;
  for (std::size_t at = 0; at < 8; ++at) key |= std::uint64_t{content[at]} << (8 * at);
  return key;
}

/// What a packet carries: copies of frames, tags, and at most one of each control frame.
struct Packet {
  struct Frame {
    OutgoingFrame frame;
    std::vector<std::uint8_t> data;
  };
  std::vector<Frame> frames;
  std::optional<MsgBlocked> blocked;
  std::optional<OutgoingSkip> skip;
};

/// One direction of messages, with acks and limits coming back. Each step is a packet's time.
class Wire {
 public:
  Wire(std::uint64_t seed, Faults faults, IncomingLimits limits, rudp::transfer::CreditBudget& budget)
      : dice(seed), faults_(faults), limits_(limits), out({1u << 20, limits.channels}), in(limits, budget) {
    out.set_peer_limits(limits.message_bytes, limits.window_bytes);
  }

  void step() {
    now_ += std::chrono::milliseconds(1);
    if (out.timeout() && *out.timeout() <= now_ && dice.percent(50)) out.on_timeout(now_);
    if (in_flight_.size() < kInFlightMax) transmit();
    arrive();
    announce();
    confirm();
    if (in.timeout() && *in.timeout() <= now_) in.on_timeout(now_);
    memory_peak = std::max(memory_peak, in.memory_bytes());
  }

  Instant now() const { return now_; }

  test::Dice dice;

 private:
  static constexpr std::size_t kInFlightMax = 64;
  Faults faults_;
  IncomingLimits limits_;

 public:
  test::LevelledOutgoing out;
  Incoming in;
  std::size_t memory_peak = 0;
  /// When messages expire, by the key that their content begins with.
  std::map<std::uint64_t, Instant> expires_at;

 private:
  void transmit() {
    std::size_t space = dice.percent(faults_.shrink_percent) ? 600 : 1100;
    Packet packet;
    if (!in_flight_.empty() && dice.percent(3)) add_probe(packet, space);
    packet.blocked = out.blocked_to_report();
    packet.skip = out.next_skip(40, kSkipItemsMax);
    while (const auto frame = out.next_frame(now_, space)) space -= add(packet, *frame);
    if (!packet.frames.empty() || packet.blocked || packet.skip) in_flight_.push_back(std::move(packet));
  }

  void add_probe(Packet& packet, std::size_t& space) {
    if (in_flight_.front().frames.empty()) return;
    const auto frame = out.frame_again(now_, in_flight_.front().frames.front().frame.tag, space);
    if (frame) space -= add(packet, *frame);
  }

  std::size_t add(Packet& packet, const OutgoingFrame& frame) {
    if (frame.offset == 0 && frame.data.size() >= 8) key_of_tag_[frame.tag.id] = key_in(frame.data);
    const auto deadline = expires_at.find(key_of_tag_[frame.tag.id]);
    assert_true(deadline == expires_at.end() || now_ < deadline->second);
    packet.frames.push_back({frame, {frame.data.begin(), frame.data.end()}});
    return frame.data.size() +
           (frame.kind == FrameKind::whole
                ? whole_header_size(frame.delivery, frame.channel, frame.data.size())
                : fragment_header_size(frame.channel, frame.total, frame.offset, frame.data.size()));
  }

  /// The oldest packet, or any, meets its fate.
  void arrive() {
    if (in_flight_.empty() || dice.percent(30)) return;
    const std::size_t at = dice.percent(faults_.reorder_percent) ? dice.below(in_flight_.size()) : 0;
    const Packet packet = in_flight_[at];
    if (dice.percent(faults_.duplicate_percent)) {
      forget_unreliable(in_flight_[at]);
    } else {
      in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (dice.percent(faults_.loss_percent)) return lose(packet);
    receive(packet);
    if (dice.percent(faults_.late_ack_percent)) lose(packet);
    for (const auto& sent : packet.frames) out.on_acked(sent.frame.tag);
    for_each_skip(packet, [this](const OutgoingSkipItem& item) { out.on_skip_acked(item.id); });
  }

  template <class Visit>
  static void for_each_skip(const Packet& packet, Visit&& visit) {
    if (!packet.skip) return;
    for (std::size_t at = 0; at < packet.skip->count; ++at) visit(packet.skip->items[at]);
  }

  /// Copies of packets end at the replay window; copies of content, in other packets, are of reliable kinds.
  static void forget_unreliable(Packet& packet) {
    const auto is_unreliable = [](const Packet::Frame& sent) {
      return sent.frame.delivery == Delivery::unreliable;
    };
    packet.frames.erase(std::remove_if(packet.frames.begin(), packet.frames.end(), is_unreliable),
                        packet.frames.end());
  }

  void lose(const Packet& packet) {
    for (const auto& sent : packet.frames) out.on_lost(sent.frame.tag);
    if (packet.blocked) out.on_blocked_lost();
    for_each_skip(packet, [this](const OutgoingSkipItem& item) { out.on_skip_lost(item.id); });
  }

  void receive(const Packet& packet) {
    for (const auto& [frame, data] : packet.frames) {
      const auto result = frame.kind == FrameKind::whole
                              ? in.on_message(now_, frame.delivery, frame.channel, frame.number, data)
                              : in.on_fragment(now_, frame.delivery, frame.channel, frame.number, frame.total,
                                               frame.offset, data);
      assert_true(result.has_value());
    }
    if (packet.blocked)
      assert_true(in.on_blocked(now_, packet.blocked->limit, packet.blocked->need).has_value());
    for_each_skip(packet, [&](const OutgoingSkipItem& item) {
      assert_true(in.on_skip(now_, packet.skip->channel, item.number, item.charge).has_value());
    });
  }

  void confirm() {
    const auto arrived = in.receipt_to_send();
    if (!arrived) return;
    if (dice.percent(faults_.loss_percent)) return in.on_receipt_lost(*arrived);
    out.on_receipt(arrived->channel, arrived->number);
    if (dice.percent(faults_.duplicate_percent)) in.on_receipt_lost(*arrived);
  }

  void announce() {
    const auto limit = in.limit_to_announce();
    if (!limit) return;
    if (dice.percent(faults_.loss_percent)) return in.on_limit_lost();
    out.set_limit(*limit);
  }

  std::deque<Packet> in_flight_;
  std::map<std::uint64_t, std::uint64_t> key_of_tag_;
  Instant now_ = Instant::from_ns(1);
};

/// Sends messages whose content follows from their place in their channel, and checks what arrives.
class Conversation {
 public:
  Conversation(Wire& wire, int messages, unsigned deadline_percent = 0)
      : wire_(wire), to_send_(messages), deadline_percent_(deadline_percent) {}

  void run() {
    for (int step = 0; !done(); ++step) {
      assert_true(step < 2'000'000);
      if (to_send_ > 0 && wire_.dice.percent(50)) send();
      wire_.step();
      if (!wire_.dice.percent(20)) poll();
      while (const auto receipt = wire_.out.poll_receipt()) check(*receipt);
    }
    poll();
    assert_int_equal(patient_arrived_, patient_sent_);
    assert_true(owed_.empty());
    check_last_values();
    for (const std::uint64_t key : delivered_) assert_true(sent_.count(key) == 0);
    for (const std::uint64_t key : lost_) assert_true(unreliable_.count(key) == 1);
    // What an expired message had been promised stays promised, for others to use.
    assert_in_range(wire_.in.budget_bytes(), 0, deadline_percent_ > 0 ? 400'064 : 0);
    assert_int_equal(wire_.out.queued_bytes(), 0);
  }

  int unreliable_arrived() const { return unreliable_arrived_; }
  int expired() const { return expired_; }

 private:
  bool done() const { return to_send_ == 0 && wire_.out.drained() && !wire_.in.has_ready(); }

  void send() {
    const auto channel = static_cast<ChannelId>(wire_.dice.below(5) * 1000);
    SendOptions options;
    options.delivery = static_cast<Delivery>(wire_.dice.below(4));
    options.priority = static_cast<std::uint8_t>(wire_.dice.below(8));
    options.receipt = wire_.dice.percent(50);
    const bool is_patient = !wire_.dice.percent(deadline_percent_);
    if (!is_patient) options.deadline = std::chrono::milliseconds(1 + wire_.dice.below(200));
    const std::size_t size = draw_size();
    const std::uint64_t key = next_key_;
    const auto id = wire_.out.send(wire_.now(), channel, content(key, size), options);
    if (!id) return assert_true(id.error() == rudp::Error::would_block);
    --to_send_;
    ++next_key_;
    if (options.receipt) owed_[*id] = key;
    if (!is_patient) wire_.expires_at[key] = wire_.now() + *options.deadline;
    sent_[key] = {channel, options.delivery, size};
    if (options.delivery == Delivery::unreliable) unreliable_.insert(key);
    patient_sent_ += is_patient && is_reliable(options.delivery) ? 1 : 0;
    if (options.delivery == Delivery::reliable_ordered) order_[channel].push_back(key);
    if (options.delivery != Delivery::latest) return;
    values_[channel].push_back(key);
    value_keys_.insert(key);
  }

  std::size_t draw_size() {
    if (wire_.dice.percent(60)) return wire_.dice.below(100);
    if (wire_.dice.percent(80)) return wire_.dice.below(5000);
    return wire_.dice.below(wire_.dice.percent(5) ? 400'000 : 40'000) % kUnreliableBytesMax;
  }

  /// The key, then a pattern: at least eight bytes.
  static std::vector<std::uint8_t> content(std::uint64_t key, std::size_t size) {
    auto bytes = test::pattern(std::max<std::size_t>(size, 8), key);
    for (std::size_t at = 0; at < 8; ++at) bytes[at] = static_cast<std::uint8_t>(key >> (8 * at));
    return bytes;
  }

  void poll() {
    ReceivedMessage message;
    while (wire_.in.poll(message)) {
      check(message);
      wire_.in.recycle(std::move(message.bytes));
    }
  }

  static bool is_reliable(Delivery delivery) {
    return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
  }

  /// One for every message that asked; only what had a deadline or was replaced expires, only the unreliable
  /// is lost.
  void check(const Receipt& receipt) {
    const auto owed = owed_.find(receipt.id);
    assert_true(owed != owed_.end());
    const std::uint64_t key = owed->second;
    owed_.erase(owed);
    const bool is_value = value_keys_.count(key) == 1;
    if (receipt.status == rudp::ReceiptStatus::delivered)
      return is_value ? void() : delivered_.push_back(key);
    if (receipt.status == rudp::ReceiptStatus::lost) return lost_.push_back(key);
    if (is_value) return;  // it was replaced
    assert_true(wire_.expires_at.count(key) == 1 && wire_.expires_at[key] <= wire_.now());
    ++expired_;
  }

  void check(const ReceivedMessage& message) {
    const std::uint64_t key = key_in(message.bytes);
    const auto sent = sent_.find(key);
    assert_true(sent != sent_.end());  // exactly once: it is taken out below
    assert_int_equal(sent->second.channel, message.channel);
    assert_true(sent->second.delivery == message.delivery);
    assert_true(message.bytes == content(key, sent->second.size));
    sent_.erase(sent);
    if (message.delivery == Delivery::unreliable) {
      ++unreliable_arrived_;
      return;
    }
    if (message.delivery == Delivery::latest) return check_value(message.channel, key);
    patient_arrived_ += is_patient(key) ? 1 : 0;
    if (message.delivery != Delivery::reliable_ordered) return;
    auto& order = order_[message.channel];
    while (order.front() != key) {
      assert_false(is_patient(order.front()));
      order.pop_front();
    }
    order.pop_front();
  }

  /// Never backwards.
  void check_value(ChannelId channel, std::uint64_t key) {
    const auto before = newest_arrived_.find(channel);
    assert_true(before == newest_arrived_.end() || before->second < key);
    newest_arrived_[channel] = key;
  }

  /// The last value of a channel has arrived.
  void check_last_values() {
    for (const auto& [channel, keys] : values_) {
      if (is_patient(keys.back())) assert_int_equal(newest_arrived_.at(channel), keys.back());
    }
  }

  bool is_patient(std::uint64_t key) const { return wire_.expires_at.count(key) == 0; }

  struct Sent {
    ChannelId channel;
    Delivery delivery;
    std::size_t size;
  };

  Wire& wire_;
  int to_send_;
  unsigned deadline_percent_;
  std::uint64_t next_key_ = 0;
  std::map<std::uint64_t, Sent> sent_;
  std::map<ChannelId, std::deque<std::uint64_t>> order_;
  std::map<rudp::MessageId, std::uint64_t> owed_;  // receipts, and the key of each
  std::vector<std::uint64_t> delivered_, lost_;    // keys of which a receipt said so
  std::set<std::uint64_t> unreliable_, value_keys_;
  std::map<ChannelId, std::vector<std::uint64_t>> values_;  // of latest
  std::map<ChannelId, std::uint64_t> newest_arrived_;
  int patient_sent_ = 0, patient_arrived_ = 0, unreliable_arrived_ = 0, expired_ = 0;
};

constexpr std::size_t kWindow = 256u << 10;

void converse(std::uint64_t seed, Faults faults) {
  rudp::transfer::CreditBudget budget(64u << 20);
  IncomingLimits limits;
  Wire wire(seed, faults, limits, budget);
  Conversation conversation(wire, 400);
  conversation.run();
  assert_int_equal(budget.free_bytes(), budget.capacity_bytes());
  if (faults.loss_percent == 0) return;
  assert_true(conversation.unreliable_arrived() > 0);
}

void every_reliable_message_arrives_once_in_order_unaltered(void**) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) converse(seed, {10, 5, 20, 5, 5});
}

void a_terrible_wire_changes_nothing(void**) {
  for (std::uint64_t seed = 100; seed < 105; ++seed) converse(seed, {50, 30, 50, 30, 30});
}

void a_clean_wire_is_a_case_too(void**) {
  for (std::uint64_t seed = 200; seed < 205; ++seed) converse(seed, {});
}

void converse_with_deadlines(std::uint64_t seed, Faults faults) {
  faults.deadline_percent = 60;
  rudp::transfer::CreditBudget budget(64u << 20);
  IncomingLimits limits;
  Wire wire(seed, faults, limits, budget);
  Conversation conversation(wire, 400, faults.deadline_percent);
  conversation.run();
  assert_true(conversation.expired() > 0);
}

void deadlines_are_kept_and_nothing_else_is_lost(void**) {
  for (std::uint64_t seed = 300; seed < 320; ++seed) converse_with_deadlines(seed, {10, 5, 20, 5, 5});
  for (std::uint64_t seed = 400; seed < 405; ++seed) converse_with_deadlines(seed, {50, 30, 50, 30, 30});
  for (std::uint64_t seed = 500; seed < 505; ++seed) converse_with_deadlines(seed, {});
}

// S3, S7: nobody reads; what the receiver holds stays inside 1.25 x its window.
void a_stalled_receiver_keeps_its_memory(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  IncomingLimits limits;
  limits.message_bytes = 64u << 10;
  Wire wire(5, {10, 5, 50, 5, 0}, limits, budget);
  SendOptions unordered;
  unordered.delivery = Delivery::reliable_unordered;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t size = 600 + wire.dice.below(20'000);
    (void)wire.out.send(wire.now(), 1, test::pattern(size, 1),
                        wire.dice.percent(50) ? unordered : SendOptions{});
    wire.step();
  }
  assert_in_range(wire.memory_peak, kWindow / 2, kWindow + kWindow / 4);
  assert_true(wire.out.blocked_by_credit());
  assert_true(wire.out.send(wire.now(), 1, test::pattern(600, 1), {}).error() == rudp::Error::would_block);
}

void send_through_small_window(std::size_t size, Faults faults, std::uint64_t budget_bytes) {
  rudp::transfer::CreditBudget budget(budget_bytes);
  Wire wire(77, faults, {}, budget);
  const auto whole = test::pattern(size, 42);
  const auto small = test::pattern(300, 43);
  assert_true(wire.out.send(wire.now(), 1, small, {}).has_value());
  assert_true(wire.out.send(wire.now(), 1, whole, {}).error() == rudp::Error::would_block);
  ReceivedMessage message;
  while (!wire.in.poll(message)) wire.step();
  while (!wire.out.writable_again()) wire.step();
  assert_true(wire.out.send(wire.now(), 1, whole, {}).has_value());
  for (int step = 0; !wire.in.poll(message); ++step) {
    assert_true(step < 200'000);
    wire.step();
  }
  assert_true(message.bytes == whole);
  assert_in_range(wire.memory_peak, size, size + size / 4);
  assert_int_equal(budget.free_bytes(), budget_bytes);
}

void sixteen_mebibytes_pass_a_window_of_256_kibibytes(void**) {
  send_through_small_window(16u << 20, {}, 64u << 20);
  send_through_small_window(16u << 20, {20, 5, 20, 5, 10}, 17u << 20);
}

// Threat F4.
// F4
void every_size_around_the_borders_arrives(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  Wire wire(9, {}, {}, budget);
  std::vector<std::size_t> sizes = {0, 1, 63, 64, 65, 4095, 4096, 4097, 16'383, 16'384, 32'768, 65'536};
  for (std::size_t size = 500; size < 530; ++size) sizes.push_back(size);
  for (std::size_t size = 1050; size < 1200; ++size) sizes.push_back(size);
  for (std::size_t size = 2150; size < 2250; ++size) sizes.push_back(size);
  ReceivedMessage message;
  for (const std::size_t size : sizes) {
    const auto content = test::pattern(size, size);
    assert_true(wire.out.send(wire.now(), 3, content, {}).has_value());
    while (!wire.in.poll(message)) wire.step();
    assert_true(message.bytes == content);
  }
}

void seventy_thousand_messages_pass_the_16_bit_border(void**) {
  rudp::transfer::CreditBudget budget(64u << 20);
  Wire wire(10, {5, 5, 10, 5, 0}, {}, budget);
  std::uint32_t sent = 0, arrived = 0;
  ReceivedMessage message;
  while (arrived < 70'000) {
    for (int burst = 0; burst < 40 && sent < 70'000; ++burst) {
      const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(sent), static_cast<std::uint8_t>(sent >> 8),
                                     static_cast<std::uint8_t>(sent >> 16), 0};
      if (!wire.out.send(wire.now(), 1, bytes, {})) break;
      ++sent;
    }
    wire.step();
    while (wire.in.poll(message)) {
      assert_int_equal(message.bytes[0] | message.bytes[1] << 8 | message.bytes[2] << 16, arrived++);
      wire.in.recycle(std::move(message.bytes));
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_reliable_message_arrives_once_in_order_unaltered),
      cmocka_unit_test(a_terrible_wire_changes_nothing),
      cmocka_unit_test(a_clean_wire_is_a_case_too),
      cmocka_unit_test(deadlines_are_kept_and_nothing_else_is_lost),
      cmocka_unit_test(a_stalled_receiver_keeps_its_memory),
      cmocka_unit_test(sixteen_mebibytes_pass_a_window_of_256_kibibytes),
      cmocka_unit_test(every_size_around_the_borders_arrives),
      cmocka_unit_test(seventy_thousand_messages_pass_the_16_bit_border),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
