// The tables of rate control, in integers that are equal on every machine: ./test.sh tables.
//
//   scenario_tables goodput [CONTROLLER MBIT]  prints the whole table, or the rows of one controller and rate
//   scenario_tables fairness                   prints the whole table
//   scenario_tables --check FOLDER             recomputes the cells of CI and compares them with the files
//   scenario_tables --check-all FOLDER         the same with all cells
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include "bulk.hpp"
#include "tcp.hpp"

using namespace scenario;

namespace {

constexpr ControllerKind kControllers[] = {ControllerKind::cubic_floor, ControllerKind::cubic,
                                           ControllerKind::new_reno};
constexpr std::uint64_t kRates[] = {10, 100, 1000};
constexpr Duration kRoundTrips[] = {10ms, 100ms, 280ms};
constexpr std::uint64_t kQueues[] = {25, 100, 400};
constexpr std::uint32_t kLosses[] = {0, 1'000, 10'000, 50'000, 100'000};
constexpr Duration kFrom = 2s;

using Emit = std::function<void(const std::string&)>;

const char* name(ControllerKind kind) {
  switch (kind) {
    case ControllerKind::cubic_floor:
      return "cubic_floor";
    case ControllerKind::cubic:
      return "cubic";
    case ControllerKind::new_reno:
      return "new_reno";
  }
  return "";
}

// A gigabit of virtual time costs ten seconds a second: fewer round trips there.
Duration until(const BulkPath& path) {
  if (path.mbit_per_s < 100) return 12s;
  if (path.mbit_per_s < 1000) return 8s;
  return path.rtt < 100ms ? 3s : path.rtt < 200ms ? 4s : 6s;
}

template <class... Numbers>
std::string row(const char* what, Numbers... numbers) {
  std::string line = what;
  ((line += ' ' + std::to_string(numbers)), ...);
  return line;
}

std::uint64_t ms(Duration length) { return static_cast<std::uint64_t>(length / 1ms); }

std::string goodput_row(ControllerKind kind, const BulkPath& path) {
  Bulk bulk(1, path);
  bulk.add(bulk_transport(kind));
  bulk.run_until(kFrom);
  static_cast<void>(bulk.mean_queue_us());
  const BulkSpan span = bulk.measure(0, until(path));
  const std::uint64_t per_byte = span.sent_bytes * 1000 / std::max<std::uint64_t>(span.delivered_bytes, 1);
  return row(name(kind), path.mbit_per_s, ms(path.rtt), path.queue_percent, path.loss_ppm, ms(until(path)),
             span.share_permille, bulk.mean_queue_us(), per_byte);
}

void goodput_of(const Emit& emit, bool whole, ControllerKind kind, std::uint64_t rate) {
  for (const Duration rtt : kRoundTrips)
    for (const std::uint64_t queue : kQueues)
      for (const std::uint32_t loss : kLosses) {
        const bool of_ci = rate == 10 && (queue == 100 || loss == 0);
        if (whole || of_ci)
          emit(goodput_row(kind, {.mbit_per_s = rate, .rtt = rtt, .queue_percent = queue, .loss_ppm = loss}));
      }
}

void goodput(const Emit& emit, bool whole) {
  for (const ControllerKind kind : kControllers)
    for (const std::uint64_t rate : kRates) goodput_of(emit, whole, kind, rate);
}

// 20 Mbit/s and 50 ms; the second flow begins after 3 s, and 10 to 40 s count.
std::string fairness_row(ControllerKind kind, std::uint64_t queue_percent, bool beside_tcp) {
  Bulk bulk(1, {.queue_percent = queue_percent});
  std::optional<TcpFlow> tcp;
  if (beside_tcp) {
    tcp.emplace(bulk.world, std::uint8_t{0}, bulk.forward_id(), bulk.backward_id(), 0s);
  } else {
    bulk.add(bulk_transport(kind));
  }
  const std::size_t second = bulk.add(bulk_transport(kind), 3s);
  bulk.run_until(10s);
  static_cast<void>(bulk.mean_queue_us());
  const std::uint64_t before = tcp ? tcp->delivered_bytes() : 0;
  const auto spans = bulk.measure_all(40s);
  const std::uint64_t first =
      tcp ? (tcp->delivered_bytes() - before) * 1000 / (20 * 125'000 * 30) : spans[0].share_permille;
  return row((std::string(name(kind)) + (beside_tcp ? " tcp_cubic" : " itself")).c_str(), queue_percent,
             first, spans[second].share_permille, bulk.mean_queue_us());
}

void fairness(const Emit& emit, bool whole) {
  for (const ControllerKind kind : kControllers)
    for (const bool beside_tcp : {false, true})
      for (const std::uint64_t queue : kQueues)
        if (whole || queue == 100) emit(fairness_row(kind, queue, beside_tcp));
}

const char* const kGoodputHead =
    "# Bulk goodput alone on a link, with equal random loss each way, over the simulator (seed 1).\n"
    "# Share: payload delivered, of the link's IP bytes, from 2 s to `until`. Queue: what a datagram "
    "waited.\n"
    "# Credit is 64 MiB: at 1 Gbit/s, 280 ms and 4 BDP it, not the controller, ends the queue.\n"
    "# controller mbit_per_s rtt_ms queue_percent_of_bdp loss_ppm until_ms share_permille queue_mean_us "
    "sent_per_delivered_permille\n";
const char* const kFairnessHead =
    "# Two flows on 20 Mbit/s, 50 ms, no loss, over the simulator (seed 1); the second begins 3 s later.\n"
    "# controller beside queue_percent_of_bdp first_permille second_permille queue_mean_us\n";

int check(const std::string& folder, bool whole) {
  int wrong = 0, compared = 0;
  const auto compare = [&](const char* file, void (*table)(const Emit&, bool)) {
    std::ifstream in(folder + "/" + file);
    std::set<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.insert(line);
    table(
        [&](const std::string& line) {
          ++compared;
          if (lines.contains(line)) return;
          ++wrong;
          std::printf("%s has no line: %s\n", file, line.c_str());
        },
        whole);
  };
  compare("goodput.txt", goodput);
  compare("fairness.txt", fairness);
  std::printf("%d cells compared, %d differ%s\n", compared, wrong,
              wrong > 0 ? "; ./test.sh tables writes them anew" : "");
  return wrong == 0 ? 0 : 1;
}

void print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (argc == 3 && (word == "--check" || word == "--check-all")) return check(argv[2], word == "--check-all");
  if (word == "goodput" && argc == 4) {
    for (const ControllerKind kind : kControllers)
      if (std::strcmp(name(kind), argv[2]) == 0) goodput_of(print, true, kind, std::stoull(argv[3]));
    return 0;
  }
  if (word == "goodput") {
    std::fputs(kGoodputHead, stdout);
    return goodput(print, true), 0;
  }
  if (word == "fairness") {
    std::fputs(kFairnessHead, stdout);
    return fairness(print, true), 0;
  }
  std::fputs("usage: scenario_tables goodput [CONTROLLER MBIT] | fairness | --check[-all] FOLDER\n", stderr);
  return 2;
}
