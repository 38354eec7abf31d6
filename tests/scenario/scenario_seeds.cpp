// Runs many seeds: each draws a topology, a configuration, faults and a talk, and
// every reliable message must arrive exactly once, in order and unaltered.
//
//   scenario_seeds [--seeds N] [--base SEED] [--one SEED] [--list FILE]
//                  [--shard I/N] [--trace-hash] [--lines N]
//
// --lines: how much of the end of a failed run to show.
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan.hpp"
#include "run.hpp"

namespace {

// After so many failures the rest says nothing new.
constexpr std::uint64_t kFailuresMax = 5;
// Fewer seeds cannot be expected to meet every fault.
constexpr std::uint64_t kSeedsToMeetEveryFault = 100;

struct Options {
  std::uint64_t seeds = 2000;
  std::uint64_t base = 1;
  std::optional<std::uint64_t> one;
  std::string list;
  std::uint64_t shard = 0;
  std::uint64_t shards = 1;
  std::uint64_t lines = 60;
  bool trace_hash = false;
};

int usage(std::string_view problem) {
  std::fprintf(stderr,
               "%s\nusage: scenario_seeds [--seeds N] [--base SEED] [--one SEED] [--list FILE] "
               "[--shard I/N] [--trace-hash] [--lines N]\n",
               std::string(problem).c_str());
  return 2;
}

std::optional<std::uint64_t> to_number(const std::string& text) {
  if (text.empty() || text.size() > 19 || text.find_first_not_of("0123456789") != std::string::npos)
    return {};
  return std::strtoull(text.c_str(), nullptr, 10);
}

// "I/N", counted from 1.
bool read_shard(const std::string& text, Options& options) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return false;
  const auto shard = to_number(text.substr(0, slash));
  const auto shards = to_number(text.substr(slash + 1));
  if (!shard || !shards || *shard < 1 || *shard > *shards) return false;
  options.shard = *shard - 1;
  options.shards = *shards;
  return true;
}

bool read_option(std::string_view name, const std::string& value, Options& options) {
  if (name == "--list") return options.list = value, true;
  if (name == "--shard") return read_shard(value, options);
  const auto number = to_number(value);
  if (!number) return false;
  if (name == "--seeds") return options.seeds = *number, true;
  if (name == "--base") return options.base = *number, true;
  if (name == "--lines") return options.lines = *number, true;
  if (name == "--one") return options.one = *number, true;
  return false;
}

std::vector<std::uint64_t> chosen_seeds(const Options& options) {
  if (options.one) return {*options.one};
  std::vector<std::uint64_t> seeds;
  std::ifstream list(options.list);
  for (std::string line; std::getline(list, line);)
    if (const auto seed = to_number(line.substr(0, line.find(' ')))) seeds.push_back(*seed);
  for (std::uint64_t i = 0; i < options.seeds; ++i)
    if (i % options.shards == options.shard) seeds.push_back(options.base + i);
  return seeds;
}

struct Total {
  std::uint64_t seeds = 0, failures = 0;
  std::uint64_t sent = 0, delivered = 0, bytes = 0, datagrams = 0, inputs = 0;
  std::uint64_t stream_bytes = 0, stream_ends = 0;
  std::int64_t virtual_ns = 0;
  std::vector<rudp::Duration> finished_after;
  std::vector<std::pair<const char*, std::uint64_t>> faults = {
      {"blackout", 0},    {"queue", 0},      {"burst loss", 0}, {"loss", 0},
      {"duplication", 0}, {"reordering", 0}, {"jitter", 0},     {"bits flipped", 0},
      {"cut", 0},         {"extended", 0},   {"rebinding", 0},  {"clock jump", 0}};

  void add(const scenario::Outcome& outcome) {
    ++seeds;
    sent += outcome.deliveries.reliable_sent;
    delivered += outcome.deliveries.reliable_delivered;
    bytes += outcome.deliveries.bytes_delivered;
    datagrams += outcome.world.datagrams_sent;
    inputs += outcome.world.inputs;
    virtual_ns += outcome.took.count();
    const auto& met = outcome.faults;
    const std::uint64_t counts[] = {met.dropped_blackout,   met.dropped_queue,     met.dropped_burst,
                                    met.dropped_loss,       met.duplicated,        met.reordered,
                                    met.jittered,           met.corrupted_flipped, met.corrupted_cut,
                                    met.corrupted_extended, outcome.rebinds,       outcome.jumps};
    stream_bytes += outcome.streams.bytes_read;
    stream_ends += outcome.streams.ends_read;
    finished_after.insert(finished_after.end(), outcome.finished_after.begin(), outcome.finished_after.end());
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i].second += counts[i];
  }

  void print_times() {
    if (finished_after.empty()) return;
    std::sort(finished_after.begin(), finished_after.end());
    const auto ms = [this](std::size_t per_mille) {
      const std::size_t at = (finished_after.size() - 1) * per_mille / 1000;
      return static_cast<std::int64_t>(finished_after[at] / std::chrono::milliseconds(1));
    };
    std::printf("%zu connections, all there after faults stopped or the last was said: p50 %" PRId64
                " ms, p99 %" PRId64 " ms, p99.9 %" PRId64 " ms, longest %" PRId64 " ms\n",
                finished_after.size(), ms(500), ms(990), ms(999), ms(1000));
  }

  void print() const {
    std::printf("%" PRIu64 " seeds, %" PRIu64 " failed; %" PRIu64 " reliable messages sent, %" PRIu64
                " delivered; %" PRIu64 " bytes, %" PRIu64 " datagrams, %" PRIu64 " inputs, %" PRId64
                " s of virtual time\nstreams: %" PRIu64 " bytes and %" PRIu64 " ends read\nfaults met:",
                seeds, failures, sent, delivered, bytes, datagrams, inputs, virtual_ns / 1'000'000'000,
                stream_bytes, stream_ends);
    for (const auto& [name, count] : faults) std::printf(" %s %" PRIu64, name, count);
    std::printf("\n");
  }

  bool met_every_fault() const {
    bool all = true;
    for (const auto& [name, count] : faults) {
      if (count == 0) std::printf("never met: %s\n", name);
      all = all && count > 0;
    }
    return all;
  }
};

void run_seed(std::uint64_t seed, const Options& options, Total& total) {
  const scenario::Plan plan = scenario::draw_plan(seed);
  const std::string command = "build/dev/tests/scenario_seeds --one " + std::to_string(seed);
  const scenario::Outcome outcome =
      scenario::run(plan, {.reproduce_with = command, .trace_lines = options.lines});
  total.add(outcome);
  if (options.trace_hash) std::printf("%" PRIu64 " %016" PRIx64 "\n", seed, outcome.trace_hash);
  if (outcome.failure.empty()) return;
  ++total.failures;
  std::printf("seed %" PRIu64 " failed\n%s\n", seed, outcome.failure.c_str());
  std::fflush(stdout);
}

int run_all(const Options& options) {
  Total total;
  for (const std::uint64_t seed : chosen_seeds(options)) {
    if (total.failures < kFailuresMax) run_seed(seed, options, total);
  }
  if (options.trace_hash) return total.failures == 0 ? 0 : 1;
  total.print();
  total.print_times();
  if (total.failures > 0) return 1;
  return total.seeds < kSeedsToMeetEveryFault || total.met_every_fault() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--trace-hash") {
      options.trace_hash = true;
    } else if (i + 1 == argc || !read_option(name, argv[++i], options)) {
      return usage("not understood: " + std::string(name));
    }
  }
  if (!options.list.empty() && !std::ifstream(options.list)) return usage("cannot read " + options.list);
  return run_all(options);
}
