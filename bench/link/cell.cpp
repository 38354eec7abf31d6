#include "bench/link/cell.hpp"

#include <algorithm>

#include <rudp/random.hpp>

#include "bench/link/network.hpp"
#include "bench/pair.hpp"

namespace bench {
namespace {

constexpr int kMtu = 1500;
constexpr const char* kReceiverIp = "10.77.0.1";
constexpr const char* kSenderIp = "10.77.0.2";
constexpr Duration kConnectLimit = 20s;
constexpr Duration kDrainLimit = 20s;
/// The smallest queue of a path, as routers have it: four packets.
constexpr std::uint64_t kQueueBytesMin = 4 * 1500;
constexpr std::uint32_t kMillion = 1'000'000;

struct BothWays {
  LinkCounters there, back;
};

Carrier carrier_of(const Transport& transport) {
  return transport.name.starts_with("TCP") ? Carrier::tcp : Carrier::udp;
}

/// Two ends, the emulator between them, and flows over it.
class Link {
 public:
  explicit Link(const Cell& cell)
      : receiver_end_(make_link_end(kReceiverIp, kMtu)), sender_end_(make_link_end(kSenderIp, kMtu)) {
    emulator_.emplace([&] {
      const int sender = sender_end_.device.get(), receiver = receiver_end_.device.get();
      LinkDirection there(sender, receiver, cell.path.forward(cell.seed), counters_->there);
      LinkDirection back(receiver, sender, cell.path.backward(cell.seed), counters_->back);
      run_link(there, back, sender, receiver);
    });
  }
  ~Link() { emulator_->end(); }

  std::unique_ptr<Pair> start(const Transport& transport, Workload workload) {
    PeerOptions options;
    options.ip = kReceiverIp;
    options.workload = workload;
    options.variant = transport.variant;
    options.identity = rudp::Identity::generate(rudp::system_random());
    return std::make_unique<Pair>(transport, options,
                                  Places{[this] { enter(sender_end_); }, [this] { enter(receiver_end_); }});
  }
  const LinkCounters& forward() const { return counters_->there; }

 private:
  LinkEnd receiver_end_, sender_end_;
  SharedMemory<BothWays> counters_;
  std::optional<Process> emulator_;
};

void measure_bulk(const Cell& cell, Link& link, CellFigures& figures) {
  const auto first = link.start(cell.transport, Workload::bulk);
  if (!first->wait_until_connected(kConnectLimit)) return;
  std::unique_ptr<Pair> second;
  if (cell.beside) {
    sleep_for(cell.beside_at);
    second = link.start(*cell.beside, Workload::bulk);
    if (!second->wait_until_connected(kConnectLimit)) return;
  }
  sleep_for(cell.beside ? cell.from - cell.beside_at : cell.from);
  const LinkCounters& seen = link.forward();
  const Carrier carrier = carrier_of(cell.transport);
  const std::uint64_t offered = seen.offered(carrier), queued = seen.queued, queued_us = seen.queued_us;
  const std::uint64_t beside = second ? second->bytes() : 0;
  const Span span = first->measure(cell.length);
  figures.bytes = span.bytes;
  figures.bytes_beside = second ? second->bytes() - beside : 0;
  figures.offered_bytes = seen.offered(carrier) - offered;
  figures.queue_us = (seen.queued_us - queued_us) / std::max<std::uint64_t>(seen.queued - queued, 1);
  figures.length = span.length;
  figures.well = true;
}

void measure_thin(const Cell& cell, Link& link, CellFigures& figures) {
  const auto pair = link.start(cell.transport, Workload::thin);
  if (!pair->wait_until_connected(kConnectLimit)) return;
  const std::uint64_t offered = link.forward().offered(carrier_of(cell.transport));
  pair->measure(cell.length);
  pair->drain(kDrainLimit);
  figures.offered_bytes = link.forward().offered(carrier_of(cell.transport)) - offered;
  figures.payload_sent = pair->messages_sent() * kThinBytes;
  const std::vector<std::uint32_t> latencies = pair->latencies_us();
  std::copy(latencies.begin(), latencies.end(), figures.latency_us.begin());
  figures.samples = latencies.size();
  figures.length = cell.length;
  figures.well = figures.samples > 0 && figures.samples == pair->messages_sent();
}

void measure(const Cell& cell, CellFigures& figures) {
  Link link(cell);
  cell.workload == Workload::thin ? measure_thin(cell, link, figures) : measure_bulk(cell, link, figures);
  figures.late_us_max = link.forward().late_us_max;
}

}  // namespace

std::uint64_t LinkPath::bdp_bytes() const {
  return mbit_per_s * 125 * static_cast<std::uint64_t>(rtt / 1us) / 1000;
}

LinkRules LinkPath::backward(std::uint64_t seed) const {
  LinkRules rules;
  rules.delay = rtt / 2;
  rules.seed = seed * 2 + 1;
  if (burst_packets <= 1) {
    rules.loss_ppm = loss_ppm;
    return rules;
  }
  // In the long run a share loss_ppm of the packets lies in bursts.
  rules.burst_end_ppm = kMillion / burst_packets;
  rules.burst_begin_ppm =
      static_cast<std::uint32_t>(std::uint64_t{rules.burst_end_ppm} * loss_ppm / (kMillion - loss_ppm));
  return rules;
}

LinkRules LinkPath::forward(std::uint64_t seed) const {
  LinkRules rules = backward(seed);
  rules.seed = seed * 2;
  rules.bits_per_second = mbit_per_s * 1'000'000;
  rules.queue_bytes = std::max(bdp_bytes() * queue_percent / 100, kQueueBytesMin);
  return rules;
}

double CellFigures::share(std::uint64_t of_bytes, const LinkPath& path) const {
  const double seconds = static_cast<double>(length.count()) * 1e-9;
  return static_cast<double>(of_bytes) * 8e-6 / seconds / static_cast<double>(path.mbit_per_s);
}

std::vector<std::unique_ptr<SharedMemory<CellFigures>>> measure_all(const std::vector<Cell>& cells,
                                                                    int jobs) {
  std::vector<std::unique_ptr<SharedMemory<CellFigures>>> figures;
  std::vector<std::unique_ptr<Process>> running;
  for (const Cell& cell : cells) {
    while (running.size() >= static_cast<std::size_t>(jobs)) {
      sleep_for(10ms);
      std::erase_if(running, [](const auto& process) { return !process->is_running(); });
    }
    figures.push_back(std::make_unique<SharedMemory<CellFigures>>());
    CellFigures& own = **figures.back();
    running.push_back(std::make_unique<Process>([&cell, &own] { measure(cell, own); }));
  }
  for (const auto& process : running) process->wait();
  return figures;
}

}  // namespace bench
