#include "plan.hpp"

#include <algorithm>
#include <chrono>

#include "plan_parts.hpp"

namespace scenario {
namespace {

using namespace std::chrono_literals;
using rudp::ControllerKind;
using rudp::TransportOptions;
using rudp::sim::SeededRandom;

constexpr std::uint64_t kMaxMessageBytes = 2u << 20;

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
  options.initial_data_bytes = std::uint64_t{16u << 10} << random.between(0, 4);
  options.initial_stream_data_bytes = std::uint64_t{4u << 10} << random.between(0, 4);
  options.max_streams = static_cast<std::uint32_t>(random.chance(5 * kTenth) ? random.between(1, 8) : 128);
  if (random.chance(2 * kTenth)) options.keep_alive = Duration(0);
  // Seen through heavy loss, half a minute without a sign of life proves nothing.
  options.max_idle = std::chrono::minutes(2);
  options.low_latency = random.chance(2 * kTenth);
  return options;
}

Ending draw_ending(SeededRandom& random) {
  const std::uint64_t kind = random.below(20);
  if (kind == 0) return Ending::abrupt;
  return kind < 13 ? Ending::drained_by_client : Ending::drained_by_server;
}

ClientPlan draw_client(SeededRandom random, bool extreme, Duration faults_stop) {
  ClientPlan client;
  client.starts_at = random.between(0ms, 1s);
  client.pins_server_key = random.chance(7 * kTenth);
  client.config.transport = draw_transport(random.fork("transport"));
  client.to_server = draw_link(random.fork("to server"), extreme);
  client.to_client = draw_link(random.fork("to client"), extreme);
  client.from_client = draw_talk(random.fork("from client"), extreme);
  client.from_server = draw_talk(random.fork("from server"), extreme);
  client.streams_of_client = draw_streams(random.fork("streams of client"), extreme);
  client.streams_of_server = draw_streams(random.fork("streams of server"), extreme);
  client.rebinds = draw_rebinds(random.fork("rebinds"), faults_stop);
  client.jumps = draw_jumps(random.fork("jumps"), faults_stop);
  draw_sleep(random.fork("sleep"), faults_stop, client.jumps);
  // Where a NAT moves, only what the client says shows the server where it is now.
  if (!client.rebinds.empty()) client.config.transport.keep_alive = random.between(1s, 10s);
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
  // Before the handshake of whoever is lost in them times out.
  plan.faults_stop = random.between(plan.extreme ? 10s : 2s, 20s);
  plan.server_jumps = draw_jumps(root.fork("server jumps"), plan.faults_stop);
  for (std::uint64_t i = 0; i < clients; ++i)
    plan.clients.push_back(draw_client(root.fork("client").fork(i), plan.extreme, plan.faults_stop));
  // A server that slept can ask its clients only where they were when it fell asleep.
  const bool any_moves = std::any_of(plan.clients.begin(), plan.clients.end(),
                                     [](const ClientPlan& client) { return !client.rebinds.empty(); });
  if (!any_moves) draw_sleep(root.fork("server sleep"), plan.faults_stop, plan.server_jumps);
  // Some renew their keys all the time.
  if (seed % 3 == 1) plan.clients.front().config.transport.key_update_packets = 16;
  if (seed % 4 == 1) plan.server.transport.key_update_packets = 16;
  return plan;
}

std::string describe(const Plan& plan) {
  std::string text = plan.extreme ? "extreme" : "mixed";
  text += number("cookie-free", plan.server.cookie_free_handshakes_per_second);
  text += number("faults stop at ms", static_cast<std::uint64_t>(plan.faults_stop / 1ms));
  text += number("server jumps", plan.server_jumps.size());
  for (const ClientPlan& client : plan.clients) {
    text +=
        "; client: controller" + number("", static_cast<std::uint64_t>(client.config.transport.controller));
    text += number("pins", client.pins_server_key);
    text += number("ending", static_cast<std::uint64_t>(client.ending));
    text += number("up", client.from_client.size()) + number("messages", sum_bytes(client.from_client));
    text += number("bytes, down", client.from_server.size());
    text += number("messages", sum_bytes(client.from_server)) + " bytes, streams";
    text += number("up", client.streams_of_client.size()) + number("down", client.streams_of_server.size());
    text += number("rebinds", client.rebinds.size()) + number("jumps", client.jumps.size());
  }
  return text;
}

std::vector<std::uint8_t> content_of(const PlannedMessage& message) {
  std::vector<std::uint8_t> bytes(message.bytes);
  SeededRandom(message.content_seed).public_fill(bytes);
  return bytes;
}

Duration last_word(const std::vector<PlannedMessage>& talk, const std::vector<PlannedStream>& streams) {
  Duration last{0};
  for (const PlannedMessage& message : talk) last = std::max(last, message.after_connected);
  for (const PlannedStream& stream : streams) last = std::max(last, stream.after_connected);
  return last;
}

}  // namespace scenario
