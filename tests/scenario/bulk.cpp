#include "bulk.hpp"

#include <algorithm>

namespace scenario {
namespace {

constexpr std::size_t kMessageBytes = 64u << 10;
constexpr std::uint64_t kQueueBytesMin = 4 * 1500;

std::uint64_t bytes_in(std::uint64_t mbit_per_s, Duration span) {
  return mbit_per_s * 125 * static_cast<std::uint64_t>(span / 1us) / 1000;
}

}  // namespace

std::uint64_t BulkPath::bdp_bytes() const { return bytes_in(mbit_per_s, rtt); }

LinkOptions BulkPath::forward() const {
  return {.delay = rtt / 2,
          .rate_bits_per_s = mbit_per_s * 1'000'000,
          .queue_bytes = std::max(bdp_bytes() * queue_percent / 100, kQueueBytesMin),
          .loss_ppm = loss_ppm};
}

LinkOptions BulkPath::backward() const { return {.delay = rtt / 2, .loss_ppm = loss_ppm}; }

// The checkers hash every message and hold its copy: too dear for gigabytes, and other tests have them.
Bulk::Bulk(std::uint64_t seed, BulkPath path)
    : world(seed, {.check = false}), path_(path), message_(kMessageBytes, 0x5a) {
  forward_ = world.add_link(path.forward());
  backward_ = world.add_link(path.backward());
  world.set_filter([this](const Datagram& datagram) {
    for (const auto& flow : flows_) {
      if (datagram.from == world.address(flow->client))
        flow->sent_bytes += Link::ip_bytes(datagram.to, datagram.bytes.size());
    }
    return true;
  });
}

std::size_t Bulk::add(const TransportOptions& transport, Duration at) {
  const auto number = static_cast<std::uint8_t>(flows_.size());
  Flow& flow = *flows_.emplace_back(std::make_unique<Flow>());
  SeededRandom random(number);
  EndpointConfig config;
  config.identity = Identity::generate(random);
  config.accept = true;
  config.transport = transport;
  config.message_budget_bytes = 1u << 30;
  const PublicKey key = config.identity.public_key();
  flow.server = world.add_node(Address::v4(10, 0, 1, number, 9000), config).value();
  EndpointConfig client_config;
  client_config.transport = transport;
  flow.client = world.add_node(Address::v4(10, 0, 2, number, 5000), client_config).value();
  world.route(flow.client, flow.server, forward_);
  world.route(flow.server, flow.client, backward_);
  world.on_event(flow.server, [this, &flow](const Event& event) {
    if (event.type != EventType::message) return;
    flow.delivered_bytes += event.message.bytes.size();
    flow.last_delivery = world.now();
  });
  world.on_event(flow.client, [this, &flow](const Event& event) {
    if (event.type == EventType::connected || event.type == EventType::writable) fill(flow);
    if (event.type == EventType::closed) flow.closed = true;
  });
  world.at(Instant() + at, [this, &flow, key] {
    flow.connection = world.connect(flow.client, flow.server, {.server_key = key}).value();
  });
  return number;
}

void Bulk::fill(Flow& flow) {
  const SendOptions options{.delivery = Delivery::reliable_unordered};
  while (world.send(flow.client, flow.connection, 0, message_, options)) {
  }
}

BulkSpan Bulk::measure(std::size_t flow, Duration end) { return measure_all(end)[flow]; }

std::vector<BulkSpan> Bulk::measure_all(Duration end) {
  std::vector<BulkSpan> spans;
  for (const auto& flow : flows_) spans.push_back({flow->delivered_bytes, flow->sent_bytes, 0});
  const Instant began = world.now();
  run_until(end);
  const std::uint64_t capacity = bytes_in(path_.mbit_per_s, world.now() - began);
  for (std::size_t at = 0; at < spans.size(); ++at) {
    spans[at].delivered_bytes = flows_[at]->delivered_bytes - spans[at].delivered_bytes;
    spans[at].sent_bytes = flows_[at]->sent_bytes - spans[at].sent_bytes;
    spans[at].share_permille = spans[at].delivered_bytes * 1000 / std::max<std::uint64_t>(capacity, 1);
  }
  return spans;
}

std::uint64_t Bulk::mean_queue_us() {
  const LinkStatistics& seen = bottleneck().statistics();
  const std::uint64_t count = std::max<std::uint64_t>(seen.queued - queued_before_, 1);
  const auto waited = static_cast<std::uint64_t>((seen.queue_delay_sum - delay_before_) / 1us);
  queued_before_ = seen.queued;
  delay_before_ = seen.queue_delay_sum;
  return waited / count;
}

ConnectionStatistics Bulk::statistics(std::size_t flow) const {
  return world.endpoint(flows_[flow]->client).statistics(flows_[flow]->connection).value();
}

TransportOptions bulk_transport(ControllerKind controller) {
  TransportOptions transport;
  transport.max_datagram_bytes = 1472;
  transport.discover_mtu = false;  // known, and so the same from the first packet on
  transport.initial_message_credit_bytes = 64u << 20;
  transport.send_queue_bytes = 256u << 20;
  transport.controller = controller;
  return transport;
}

}  // namespace scenario
