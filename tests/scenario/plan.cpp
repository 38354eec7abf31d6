#include "plan.hpp"

#include <algorithm>
#include <chrono>

namespace scenario {
namespace {

using namespace std::chrono_literals;
using rudp::ControllerKind;
using rudp::Instant;
using rudp::TransportOptions;
using rudp::sim::JitterShape;
using rudp::sim::LinkOptions;
using rudp::sim::SeededRandom;

constexpr std::uint32_t kLossMaxPpm = 300'000;
constexpr std::uint32_t kCorruptMaxPpm = 100'000;
constexpr std::uint64_t kMaxMessageBytes = 2u << 20;
constexpr std::uint32_t kTenth = 100'000;
constexpr std::size_t kDistinctBytes = 16;

ControllerKind draw_controller(SeededRandom& random) {
  return static_cast<ControllerKind>(random.between(0, 2));
}

TransportOptions draw_transport(SeededRandom random) {
  TransportOptions options;
  options.max_ack_delay = random.between(5ms, 100ms);
  options.max_message_bytes = kMaxMessageBytes;
  options.initial_message_credit_bytes = std::uint64_t{16u << 10} << random.between(0, 4);
  options.send_queue_bytes = std::uint64_t{64u << 10} << random.between(0, 4);
  options.max_datagram_bytes = static_cast<std::uint16_t>(random.between(1200, 1452));
  options.controller = draw_controller(random);
  if (random.chance(2 * kTenth)) options.keep_alive = Duration(0);
  // Seen through heavy loss, half a minute without a sign of life proves nothing.
  options.max_idle = std::chrono::minutes(2);
  return options;
}

// Half of the links have a given fault; its strength is anything up to the maximum.
std::uint32_t draw_fault(SeededRandom& random, std::uint32_t max_ppm) {
  const bool present = random.chance(5 * kTenth);
  const auto strength = static_cast<std::uint32_t>(random.between(0, max_ppm));
  return present ? strength / static_cast<std::uint32_t>(1u << random.between(0, 3)) : 0;
}

void draw_rate(SeededRandom random, LinkOptions& link) {
  if (random.chance(5 * kTenth)) return;
  link.rate_bits_per_s = 1'000'000u << random.between(0, 5);
  link.queue_bytes = random.between(8u << 10, 128u << 10);
}

// Some paths take smaller packets than they let on, and some mark where others drop.
void draw_sizes_and_marks(SeededRandom random, LinkOptions& link) {
  if (random.chance(5 * kTenth)) link.packet_bytes_max = static_cast<std::uint32_t>(random.between(1228, 1500));
  if (random.chance(5 * kTenth)) link.mark_bytes = link.queue_bytes / 4;
}

void draw_blackouts(SeededRandom random, LinkOptions& link) {
  if (!random.chance(3 * kTenth)) return;
  const Instant from = Instant() + random.between(0ms, 4s);
  link.blackouts.push_back({from, from + random.between(100ms, 3s)});
}

LinkOptions draw_link(SeededRandom random, bool extreme) {
  LinkOptions link;
  link.delay = random.between(0ms, 150ms);
  if (random.chance(5 * kTenth)) link.jitter = random.between(0ms, 30ms);
  if (random.chance(5 * kTenth)) link.jitter_shape = JitterShape::long_tail;
  link.loss_ppm = draw_fault(random, kLossMaxPpm);
  link.duplicate_ppm = draw_fault(random, kLossMaxPpm);
  link.reorder_ppm = draw_fault(random, kLossMaxPpm);
  link.reorder_delay = random.between(1ms, 100ms);
  link.corrupt_ppm = draw_fault(random, kCorruptMaxPpm);
  link.burst_begin_ppm = draw_fault(random, 20'000);
  draw_rate(random.fork("rate"), link);
  draw_sizes_and_marks(random.fork("sizes"), link);
  draw_blackouts(random.fork("blackouts"), link);
  if (!extreme) return link;
  link.loss_ppm = link.duplicate_ppm = link.reorder_ppm = kLossMaxPpm;
  link.corrupt_ppm = kCorruptMaxPpm;
  return link;
}

std::size_t draw_size(SeededRandom& random, bool extreme) {
  const std::uint64_t kind = random.below(100);
  if (kind < 10) return static_cast<std::size_t>(random.below(3));
  if (kind < 60) return static_cast<std::size_t>(random.between(1, 300));
  if (kind < 90) return static_cast<std::size_t>(random.between(300, 5'000));
  if (kind < 99 || extreme) return static_cast<std::size_t>(random.between(5'000, 20'000));
  return static_cast<std::size_t>(random.between(20'000, 65'536));
}

Delivery draw_delivery(SeededRandom& random) {
  const std::uint64_t kind = random.below(10);
  if (kind < 4) return Delivery::reliable_ordered;
  if (kind < 6) return Delivery::reliable_unordered;
  return kind < 8 ? Delivery::unreliable : Delivery::latest;
}

PlannedMessage draw_message(SeededRandom random, bool extreme) {
  PlannedMessage message;
  message.after_connected = random.between(0ms, random.chance(5 * kTenth) ? 100ms : 3s);
  message.channel =
      static_cast<ChannelId>(random.chance(8 * kTenth) ? random.below(3) : random.below(65'536));
  message.delivery = draw_delivery(random);
  message.priority = static_cast<std::uint8_t>(random.below(8));
  message.bytes = draw_size(random, extreme);
  message.content_seed = random.next();
  message.receipt = random.chance(3 * kTenth);
  if (!random.chance(15 * kTenth / 10)) return message;
  message.deadline = random.between(20ms, 3s);
  // Long enough to be told from every other, for whoever counts what must arrive.
  message.bytes += kDistinctBytes;
  return message;
}

void enlarge(SeededRandom random, PlannedMessage& message) {
  message.bytes = static_cast<std::size_t>(random.between(65'536, 1u << 20));
  // Kinds without credit end at 256 KiB.
  if (message.delivery == Delivery::unreliable || message.delivery == Delivery::latest)
    message.delivery = Delivery::reliable_unordered;
}

// One talk in sixteen also carries something large, one in eight goes on after a long silence.
std::vector<PlannedMessage> draw_talk(SeededRandom random, bool extreme) {
  std::vector<PlannedMessage> talk;
  const std::uint64_t count = random.between(0, extreme ? 30 : 80);
  for (std::uint64_t i = 0; i < count; ++i) talk.push_back(draw_message(random.fork(i), extreme));
  const bool large = random.chance(62'500);
  const bool late = random.chance(125'000);
  if (talk.empty()) return talk;
  if (large && !extreme) enlarge(random.fork("large"), talk.front());
  if (late) talk.back().after_connected += random.between(15s, 60s);
  std::stable_sort(talk.begin(), talk.end(), [](const PlannedMessage& a, const PlannedMessage& b) {
    return a.after_connected < b.after_connected;
  });
  return talk;
}

Ending draw_ending(SeededRandom& random) {
  const std::uint64_t kind = random.below(20);
  if (kind == 0) return Ending::abrupt;
  return kind < 13 ? Ending::drained_by_client : Ending::drained_by_server;
}

ClientPlan draw_client(SeededRandom random, bool extreme) {
  ClientPlan client;
  client.starts_at = random.between(0ms, 1s);
  client.pins_server_key = random.chance(7 * kTenth);
  client.config.transport = draw_transport(random.fork("transport"));
  client.to_server = draw_link(random.fork("to server"), extreme);
  client.to_client = draw_link(random.fork("to client"), extreme);
  client.from_client = draw_talk(random.fork("from client"), extreme);
  client.from_server = draw_talk(random.fork("from server"), extreme);
  client.ending = draw_ending(random);
  client.abrupt_after = random.between(0ms, 3s);
  return client;
}

std::uint64_t sum_bytes(const std::vector<PlannedMessage>& talk) {
  std::uint64_t sum = 0;
  for (const PlannedMessage& message : talk) sum += message.bytes;
  return sum;
}

std::string number(std::string_view name, std::uint64_t value) {
  return " " + std::string(name) + " " + std::to_string(value);
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
  const SeededRandom root(seed);
  SeededRandom random = root.fork("plan");
  Plan plan;
  plan.seed = seed;
  plan.extreme = seed % 10 == 0;
  SeededRandom identity = root.fork("identity");
  plan.server.identity = rudp::Identity::generate(identity);
  plan.server.accept = true;
  plan.server.transport = draw_transport(root.fork("server"));
  plan.server.cookie_free_handshakes_per_second = random.chance(3 * kTenth) ? 100 : 0;
  const std::uint64_t clients = random.between(1, 3);
  for (std::uint64_t i = 0; i < clients; ++i)
    plan.clients.push_back(draw_client(root.fork("client").fork(i), plan.extreme));
  // Some renew their keys all the time.
  if (seed % 3 == 1) plan.clients.front().config.transport.key_update_packets = 16;
  if (seed % 4 == 1) plan.server.transport.key_update_packets = 16;
  return plan;
}

std::string describe(const Plan& plan) {
  std::string text = plan.extreme ? "extreme" : "mixed";
  text += number("cookie-free", plan.server.cookie_free_handshakes_per_second);
  for (const ClientPlan& client : plan.clients) {
    text +=
        "; client: controller" + number("", static_cast<std::uint64_t>(client.config.transport.controller));
    text += number("pins", client.pins_server_key);
    text += number("ending", static_cast<std::uint64_t>(client.ending));
    text += number("up", client.from_client.size()) + number("messages", sum_bytes(client.from_client));
    text += number("bytes, down", client.from_server.size());
    text += number("messages", sum_bytes(client.from_server)) + " bytes";
  }
  return text;
}

std::vector<std::uint8_t> content_of(const PlannedMessage& message) {
  std::vector<std::uint8_t> bytes(message.bytes);
  SeededRandom(message.content_seed).public_fill(bytes);
  return bytes;
}

}  // namespace scenario
