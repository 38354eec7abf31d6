// What goes wrong: links that lose, double, delay and damage, NATs that move, clocks that jump.
#include <algorithm>
#include <chrono>

#include "plan_parts.hpp"

namespace scenario {
namespace {

using namespace std::chrono_literals;
using rudp::Instant;
using rudp::sim::JitterShape;
using rudp::sim::LinkOptions;
using rudp::sim::SeededRandom;

constexpr std::uint32_t kLossMaxPpm = 300'000;
constexpr std::uint32_t kDuplicateMaxPpm = 300'000;
constexpr std::uint32_t kReorderMaxPpm = 500'000;
constexpr std::uint32_t kCorruptMaxPpm = 300'000;

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
  if (random.chance(5 * kTenth))
    link.packet_bytes_max = static_cast<std::uint32_t>(random.between(1228, 1500));
  if (random.chance(5 * kTenth)) link.mark_bytes = link.queue_bytes / 4;
}

void draw_blackouts(SeededRandom random, LinkOptions& link) {
  if (!random.chance(3 * kTenth)) return;
  const Instant from = Instant() + random.between(0ms, 4s);
  link.blackouts.push_back({from, from + random.between(100ms, 3s)});
}

// Time that runs back stands still for an endpoint until it has caught up: that much, and not more, is
// waited.
Duration draw_jump(SeededRandom& random) {
  if (random.chance(2 * kTenth)) return -random.between(1ms, 300ms);
  if (random.chance(3 * kTenth)) return random.between(3s, 10s);
  return random.between(1ms, 3s);
}

}  // namespace

LinkOptions draw_link(SeededRandom random, bool extreme) {
  LinkOptions link;
  link.delay = random.between(0ms, 150ms);
  if (random.chance(5 * kTenth)) link.jitter = random.between(0ms, 30ms);
  if (random.chance(5 * kTenth)) link.jitter_shape = JitterShape::long_tail;
  link.loss_ppm = draw_fault(random, kLossMaxPpm);
  link.duplicate_ppm = draw_fault(random, kDuplicateMaxPpm);
  link.reorder_ppm = draw_fault(random, kReorderMaxPpm);
  link.reorder_delay = random.between(1ms, 100ms);
  link.corrupt_ppm = draw_fault(random, kCorruptMaxPpm);
  link.burst_begin_ppm = draw_fault(random, 20'000);
  draw_rate(random.fork("rate"), link);
  draw_sizes_and_marks(random.fork("sizes"), link);
  draw_blackouts(random.fork("blackouts"), link);
  if (!extreme) return link;
  link.loss_ppm = kLossMaxPpm;
  link.duplicate_ppm = kDuplicateMaxPpm;
  link.reorder_ppm = kReorderMaxPpm;
  link.corrupt_ppm = kCorruptMaxPpm;
  return link;
}

std::vector<PlannedRebind> draw_rebinds(SeededRandom random, Duration until) {
  std::vector<PlannedRebind> rebinds;
  if (!random.chance(3 * kTenth)) return rebinds;
  const std::uint64_t count = random.between(1, 5);
  for (std::uint64_t i = 0; i < count; ++i)
    rebinds.push_back({.at = random.between(0ms, until), .same_ip = random.chance(5 * kTenth)});
  std::sort(rebinds.begin(), rebinds.end(),
            [](const PlannedRebind& a, const PlannedRebind& b) { return a.at < b.at; });
  return rebinds;
}

std::vector<PlannedJump> draw_jumps(SeededRandom random, Duration until) {
  std::vector<PlannedJump> jumps;
  if (random.chance(2 * kTenth)) {
    const std::uint64_t count = random.between(1, 2);
    for (std::uint64_t i = 0; i < count; ++i)
      jumps.push_back({.at = random.between(0ms, until), .by = draw_jump(random)});
  }
  return jumps;
}

void draw_sleep(SeededRandom random, Duration after, std::vector<PlannedJump>& jumps) {
  if (random.chance(kTenth)) jumps.push_back({.at = after + 10s, .by = random.between(1h, 10h)});
}

}  // namespace scenario
