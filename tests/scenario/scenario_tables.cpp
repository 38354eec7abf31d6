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

enum class Tcp : std::uint8_t { nowhere, first, last };
constexpr const char* kBeside[] = {"itself", "tcp_cubic_first", "tcp_cubic_last"};

/// Flows that begin one after another; from 7 s after the last one's beginning on 30 s count.
struct Contest {
  ControllerKind kind;
  BulkPath path;
  Tcp tcp = Tcp::nowhere;
  std::uint64_t flows = 2;
  Duration apart = 3s;
  Duration last_waits{0};
};

std::uint64_t jain_permille(const std::vector<std::uint64_t>& shares) {
  std::uint64_t sum = 0, squares = 0;
  for (const std::uint64_t share : shares) {
    sum += share;
    squares += share * share;
  }
  return sum * sum * 1000 / std::max<std::uint64_t>(squares * shares.size(), 1);
}

std::string fairness_row(const Contest& contest) {
  Bulk bulk(1, contest.path);
  std::optional<TcpFlow> tcp;
  Duration begins{0};
  for (std::uint64_t flow = 0; flow < contest.flows; ++flow) {
    const bool is_last = flow + 1 == contest.flows;
    begins = flow * contest.apart + (is_last ? contest.last_waits : 0s);
    if (contest.tcp == (flow == 0 ? Tcp::first : Tcp::last) && (flow == 0 || is_last))
      tcp.emplace(bulk.world, std::uint8_t{0}, bulk.forward_id(), bulk.backward_id(), begins);
    else
      bulk.add(bulk_transport(contest.kind), begins);
  }
  bulk.run_until(begins + 7s);
  static_cast<void>(bulk.mean_queue_us());
  const std::uint64_t before = tcp ? tcp->delivered_bytes() : 0;
  std::vector<std::uint64_t> shares;
  for (const BulkSpan& span : bulk.measure_all(begins + 37s)) shares.push_back(span.share_permille);
  const std::uint64_t capacity = contest.path.mbit_per_s * 125'000 * 30;
  if (tcp)
    shares.insert(contest.tcp == Tcp::first ? shares.begin() : shares.end(),
                  (tcp->delivered_bytes() - before) * 1000 / capacity);
  std::string list;
  for (const std::uint64_t share : shares) list += (list.empty() ? "" : "/") + std::to_string(share);
  const char* const beside = contest.last_waits > 0s ? "itself_late" : kBeside[static_cast<int>(contest.tcp)];
  const std::string who = std::string(name(contest.kind)) + ' ' + beside;
  return row(who.c_str(), contest.path.mbit_per_s, ms(contest.path.rtt), contest.path.queue_percent) + ' ' +
         list + row("", jain_permille(shares), bulk.mean_queue_us());
}

void pairs(const Emit& emit, ControllerKind kind, BulkPath path,
           std::initializer_list<std::uint64_t> queues) {
  for (const Tcp tcp : {Tcp::nowhere, Tcp::first, Tcp::last})
    for (const std::uint64_t queue : queues) {
      path.queue_percent = queue;
      emit(fairness_row({.kind = kind, .path = path, .tcp = tcp}));
    }
}

// Four and eight, a second apart; and one that comes to three of them after twenty seconds.
void crowds(const Emit& emit, ControllerKind kind) {
  for (const std::uint64_t queue : kQueues) {
    const BulkPath path{.queue_percent = queue};
    for (const std::uint64_t flows : {4u, 8u})
      emit(fairness_row({.kind = kind, .path = path, .flows = flows, .apart = 1s}));
    emit(fairness_row({.kind = kind, .path = path, .flows = 4, .apart = 1s, .last_waits = 20s}));
  }
}

void fairness(const Emit& emit, bool whole) {
  for (const ControllerKind kind : kControllers) {
    if (!whole) {
      pairs(emit, kind, {}, {100});
      continue;
    }
    pairs(emit, kind, {}, {25, 100, 400});
    pairs(emit, kind, {.mbit_per_s = 10, .rtt = 20ms}, {25, 100});
    pairs(emit, kind, {.mbit_per_s = 100, .rtt = 100ms}, {25, 100, 400});
    crowds(emit, kind);
  }
}

const char* const kGoodputHead =
    "# Bulk goodput alone on a link, with equal random loss each way, over the simulator (seed 1).\n"
    "# Share: payload delivered, of the link's IP bytes, from 2 s to `until`. Queue: what a datagram "
    "waited.\n"
    "# Credit is 64 MiB: at 1 Gbit/s, 280 ms and 4 BDP it, not the controller, ends the queue.\n"
    "# controller mbit_per_s rtt_ms queue_percent_of_bdp loss_ppm until_ms share_permille queue_mean_us "
    "sent_per_delivered_permille\n";
const char* const kFairnessHead =
    "# Flows that share a link without loss, over the simulator (seed 1). Two begin 3 s apart, four and "
    "eight 1 s;\n"
    "# itself_late: the last of four 20 s later. From 7 s after the last began on, 30 s count. Shares of the "
    "link's\n"
    "# IP bytes in the order in which they began, and Jain's index of them.\n"
    "# controller beside mbit_per_s rtt_ms queue_percent_of_bdp shares_permille jain_permille "
    "queue_mean_us\n";

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
