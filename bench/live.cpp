// rudp and its peers over a link that the program emulates: two network namespaces, a TUN device in each, and
// a queue, a rate, a delay and loss between them. Needs root; touches no network of the machine.
//
//   live [--seconds N] [--runs N] [--jobs N] [bulk] [beside] [thin] [model]
//
//   bulk    goodput as a share of the link, at 20 Mbit/s, 50 ms, a queue of one bandwidth-delay product (BDP)
//
//   beside  what a flow of TCP CUBIC keeps of its fair half beside rudp, with queues of 0.25, 1 and 4 BDP
//
//   thin    200-byte messages at 30/s: how late they are, in order, and what they cost
//
//   model   TCP CUBIC of the kernel beside the model of it that the simulator has
//
// 15 seconds (30 for beside and model, 60 for thin), 3 runs, 2 jobs at a time unless told otherwise. A share
// is payload that arrived, of the IP bytes that the link carries, from 2 s on. Prints Markdown: medians of
// the runs; the percentiles of the thin flow are those of all runs together. A dash: a run failed, or
// messages were missing in it, and the others alone would flatter.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "bench/link/cell.hpp"
#include "bench/link/network.hpp"
#include "bench/numbers.hpp"
#include "bench/options.hpp"
#include "bench/tcp_model.hpp"

namespace {

using namespace bench;

struct Plan {
  int runs = 3, jobs = 2;
  int seconds = 0;  // 0: as the workload has it
  Duration length(int otherwise) const { return (seconds > 0 ? seconds : otherwise) * 1s; }
};

/// Whether the kernel lets TCP use it.
bool kernel_has(const std::string& congestion_control) {
  std::ifstream list("/proc/sys/net/ipv4/tcp_available_congestion_control");
  for (std::string word; list >> word;)
    if (word == congestion_control) return true;
  return false;
}

Transport rudp_default() { return rudp_transport("rudp", RudpVariant::stream, {}); }
Transport rudp_low_latency() {
  rudp::TransportOptions options;
  options.low_latency = true;
  return rudp_transport("rudp, low latency", RudpVariant::stream, options);
}
Transport tcp_cubic() { return tcp_transport("TCP CUBIC", "cubic"); }

std::vector<Transport> transports() {
  std::vector<Transport> all = {rudp_default()};
  if (kernel_has("cubic")) all.push_back(tcp_cubic());
  if (kernel_has("bbr")) all.push_back(tcp_transport("TCP BBR", "bbr"));
  all.push_back(enet_transport());
  return all;
}

/// The figures of one cell's runs, each with another seed.
using Runs = std::vector<std::unique_ptr<SharedMemory<CellFigures>>>;

std::vector<Runs> measure_runs(const std::vector<Cell>& cells, const Plan& plan) {
  std::vector<Cell> all;
  for (int run = 0; run < plan.runs; ++run) {
    for (Cell cell : cells) {
      cell.seed = static_cast<std::uint64_t>(run) + 1;
      all.push_back(std::move(cell));
    }
  }
  auto figures = measure_all(all, plan.jobs);
  std::vector<Runs> runs(cells.size());
  std::uint64_t late_us = 0;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    late_us = std::max(late_us, (*figures[i])->late_us_max);
    runs[i % cells.size()].push_back(std::move(figures[i]));
  }
  std::fprintf(stderr, "the emulator was at most %.1f ms late\n", static_cast<double>(late_us) / 1000);
  return runs;
}

bool all_well(const Runs& runs) {
  return std::all_of(runs.begin(), runs.end(), [](const auto& figures) { return (*figures)->well; });
}

/// Absent: see the dash.
template <class Value>
std::optional<double> median_of(const Runs& runs, Value&& value) {
  if (!all_well(runs)) return std::nullopt;
  std::vector<double> values;
  for (const auto& figures : runs) values.push_back(value(**figures));
  return median(values);
}

std::string shown(std::optional<double> value, int decimals) {
  if (!value) return "-";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, *value);
  return text.data();
}

std::optional<double> median_share(const Runs& runs, const LinkPath& path,
                                   std::uint64_t CellFigures::*bytes) {
  return median_of(runs, [&](const CellFigures& figures) { return figures.share(figures.*bytes, path); });
}

void print_share(const Runs& runs, const LinkPath& path, std::uint64_t CellFigures::*bytes) {
  std::printf(" %s |", shown(median_share(runs, path, bytes), 3).c_str());
}

void bulk(const Plan& plan) {
  constexpr std::uint32_t kLosses[] = {0, 10'000, 50'000, 100'000};
  std::vector<Cell> cells;
  for (const Transport& transport : transports())
    for (const std::uint32_t loss : kLosses)
      cells.push_back({.transport = transport, .path = {.loss_ppm = loss}, .length = plan.length(15)});
  const std::vector<Runs> all = measure_runs(cells, plan);
  std::printf("Goodput, share of 20 Mbit/s; 50 ms, queue 1 BDP, loss each way:\n\n");
  std::printf("| | 0 %% | 1 %% | 5 %% | 10 %% | mean queue at 0 %%, ms |\n|---|---:|---:|---:|---:|---:|\n");
  for (std::size_t row = 0; row < cells.size(); row += std::size(kLosses)) {
    std::printf("| %s |", cells[row].transport.name.c_str());
    for (std::size_t i = row; i < row + std::size(kLosses); ++i)
      print_share(all[i], cells[i].path, &CellFigures::bytes);
    const auto queue_ms = [](const CellFigures& figures) {
      return static_cast<double>(figures.queue_us) / 1000;
    };
    std::printf(" %s |\n", shown(median_of(all[row], queue_ms), 1).c_str());
  }
  std::printf("\n");
}

void beside(const Plan& plan) {
  constexpr std::uint64_t kQueues[] = {25, 100, 400};
  const auto cell = [&](std::uint64_t queue, const Transport& first, const Transport& second) {
    return Cell{.transport = first,
                .path = {.queue_percent = queue},
                .from = 10s,
                .length = plan.length(30),
                .beside = second};
  };
  std::vector<Cell> cells;
  for (const std::uint64_t queue : kQueues) {
    cells.push_back(cell(queue, tcp_cubic(), rudp_default()));
    cells.push_back(cell(queue, rudp_default(), tcp_cubic()));
  }
  const std::vector<Runs> all = measure_runs(cells, plan);
  std::printf(
      "Two flows on 20 Mbit/s, 50 ms, without loss; the second begins 3 s after the first, measured from 10 "
      "s "
      "on. Shares of the link; a fair one is 0.5 less headers:\n\n");
  std::printf(
      "| queue, BDP | TCP CUBIC first | rudp second | rudp first | TCP CUBIC second |\n"
      "|---:|---:|---:|---:|---:|\n");
  for (std::size_t row = 0; row < cells.size(); row += 2) {
    std::printf("| %.2f |", static_cast<double>(cells[row].path.queue_percent) / 100);
    for (std::size_t i = row; i < row + 2; ++i) {
      const LinkPath& path = cells[i].path;
      print_share(all[i], path, &CellFigures::bytes);
      print_share(all[i], path, &CellFigures::bytes_beside);
    }
    std::printf("\n");
  }
  std::printf("\n");
}

struct ThinPath {
  const char* name;
  Duration rtt;
  std::uint32_t burst_packets;
};

void print_thin(const Cell& cell, const Runs& runs) {
  if (!all_well(runs)) {
    std::printf("| %s | %u | - | - | - | - |\n", cell.transport.name.c_str(), cell.path.loss_ppm / 10'000);
    return;
  }
  std::vector<std::uint32_t> latencies;
  std::uint64_t offered = 0, payload = 0;
  for (const auto& figures : runs) {
    const CellFigures& one = **figures;
    latencies.insert(latencies.end(), one.latency_us.begin(),
                     one.latency_us.begin() + static_cast<std::ptrdiff_t>(one.samples));
    offered += one.offered_bytes;
    payload += one.payload_sent;
  }
  const auto ms = [&](double share) { return static_cast<double>(percentile(latencies, share)) / 1000; };
  std::printf("| %s | %u | %.1f | %.1f | %.1f | %.2f |\n", cell.transport.name.c_str(),
              cell.path.loss_ppm / 10'000, ms(0.5), ms(0.99), ms(1),
              static_cast<double>(offered) / static_cast<double>(payload));
}

void thin(const Plan& plan) {
  constexpr ThinPath kPaths[] = {
      {"50 ms", 50ms, 0}, {"150 ms", 150ms, 0}, {"50 ms, lost in bursts of 3 on average", 50ms, 3}};
  for (const ThinPath& path : kPaths) {
    std::vector<Cell> cells;
    std::vector<Transport> all_transports = transports();
    all_transports.insert(all_transports.begin() + 1, rudp_low_latency());
    for (const Transport& transport : all_transports)
      for (const std::uint32_t loss : {20'000u, 100'000u, 200'000u})
        cells.push_back({.transport = transport,
                         .workload = Workload::thin,
                         .path = {.rtt = path.rtt, .loss_ppm = loss, .burst_packets = path.burst_packets},
                         .length = plan.length(60)});
    const std::vector<Runs> all = measure_runs(cells, plan);
    std::printf("200-byte messages at 30/s, RTT %s, one way and in order:\n\n", path.name);
    std::printf(
        "| | loss each way, %% | p50, ms | p99, ms | longest, ms | IP bytes forward per byte |\n"
        "|---|---:|---:|---:|---:|---:|\n");
    for (std::size_t i = 0; i < cells.size(); ++i) print_thin(cells[i], all[i]);
    std::printf("\n");
  }
}

void model(const Plan& plan) {
  const LinkPath kPaths[] = {{},
                             {.queue_percent = 25},
                             {.queue_percent = 400},
                             {.loss_ppm = 1'000},
                             {.loss_ppm = 10'000},
                             {.loss_ppm = 50'000},
                             {.mbit_per_s = 10, .rtt = 30ms},
                             {.mbit_per_s = 100, .rtt = 20ms},
                             {.mbit_per_s = 10, .rtt = 150ms}};
  std::vector<Cell> cells;
  for (const LinkPath& path : kPaths)
    cells.push_back({.transport = tcp_cubic(), .path = path, .from = 10s, .length = plan.length(30)});
  const std::vector<Runs> all = measure_runs(cells, plan);
  std::printf(
      "One flow of TCP CUBIC, share of the link from 10 s on: the kernel's, and the simulator's model of "
      "it:\n\n");
  std::printf(
      "| Mbit/s | RTT, ms | queue, BDP | loss, %% | kernel | model | model / kernel |\n"
      "|---:|---:|---:|---:|---:|---:|---:|\n");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const LinkPath& path = cells[i].path;
    const std::optional<double> kernel = median_share(all[i], path, &CellFigures::bytes);
    std::vector<double> shares;
    for (int run = 0; run < plan.runs; ++run)
      shares.push_back(tcp_model_share(path, static_cast<std::uint64_t>(run) + 1, 10s, plan.length(30)));
    const double of_model = median(shares);
    const auto ratio = kernel ? std::optional(of_model / *kernel) : std::nullopt;
    std::printf("| %llu | %lld | %.2f | %.1f | %s | %.3f | %s |\n",
                static_cast<unsigned long long>(path.mbit_per_s), static_cast<long long>(path.rtt / 1ms),
                static_cast<double>(path.queue_percent) / 100, path.loss_ppm / 1e4, shown(kernel, 3).c_str(),
                of_model, shown(ratio, 2).c_str());
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line(argc, argv);
  Plan plan;
  plan.seconds = line.number("seconds", 1, 0);
  plan.runs = line.number("runs", 1, 3);
  plan.jobs = line.number("jobs", 1, 2);
  if (!may_make_networks()) give_up("live makes network namespaces and TUN devices, which only root may");
  for (const std::string& word : line.words({"bulk", "beside", "thin", "model"})) {
    if (word == "bulk") bulk(plan);
    if (word == "beside") beside(plan);
    if (word == "thin") thin(plan);
    if (word == "model") model(plan);
    std::fflush(stdout);
  }
  return 0;
}
