#include "bench/link/emulator.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bench/peers/peer.hpp"
#include "uv/clock.hpp"

namespace bench {
namespace {

using rudp::Instant;
using rudp::uv::monotonic_now;

constexpr std::size_t kPacketBytesMax = 2048;  // devices have a smaller MTU
constexpr int kPacketsPerTurn = 256;
constexpr std::uint32_t kMillion = 1'000'000;
/// One step of the sleep: packets are at most this late, at a bounded price.
constexpr Duration kGrain = 50us;
constexpr std::size_t kProtocolOffset = 9;  // in an IPv4 header
constexpr std::uint8_t kTcp = 6, kUdp = 17;

// One writer for each.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t value) {
  counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

std::size_t carrier_of(Bytes packet) {
  const std::uint8_t protocol = packet.size() > kProtocolOffset ? packet[kProtocolOffset] : std::uint8_t{0};
  if (protocol == kTcp) return static_cast<std::size_t>(Carrier::tcp);
  return static_cast<std::size_t>(protocol == kUdp ? Carrier::udp : Carrier::other);
}

}  // namespace

LinkDirection::LinkDirection(int from, int to, const LinkRules& rules, LinkCounters& counters)
    : from_(from),
      to_(to),
      rules_(rules),
      counters_(counters),
      random_(rules.seed),
      incoming_(kPacketBytesMax) {}

void LinkDirection::receive(Instant now) {
  for (int count = 0; count < kPacketsPerTurn; ++count) {
    const ssize_t size = read(from_, incoming_.data(), incoming_.size());
    if (size <= 0) return;
    admit(now, static_cast<std::size_t>(size));
  }
}

void LinkDirection::admit(Instant now, std::size_t size) {
  const Bytes packet = Bytes(incoming_).first(size);
  add(counters_.offered_bytes[carrier_of(packet)], size);
  Instant sent_at = now;
  if (rules_.bits_per_second > 0) {
    constexpr std::uint64_t kNanobits = 8'000'000'000;
    const Duration wait = std::max(free_at_ - now, Duration::zero());
    const std::uint64_t waiting_bytes =
        static_cast<std::uint64_t>(wait.count()) * (rules_.bits_per_second / 1000) / (kNanobits / 1000);
    if (waiting_bytes + size > rules_.queue_bytes) return add(counters_.dropped, 1);
    add(counters_.queued_us, static_cast<std::uint64_t>(wait / 1us));
    add(counters_.queued, 1);
    const Duration on_wire(static_cast<std::int64_t>(size * kNanobits / rules_.bits_per_second));
    sent_at = free_at_ = std::max(free_at_, now) + on_wire;
  }
  if (is_lost()) return add(counters_.lost, 1);
  std::vector<std::uint8_t> buffer = take_buffer();
  buffer.assign(packet.begin(), packet.end());
  under_way_.push_back({sent_at + rules_.delay, std::move(buffer)});
}

void LinkDirection::deliver(Instant now) {
  while (!under_way_.empty() && under_way_.front().arrives <= now) {
    Packet& packet = under_way_.front();
    const auto late_us = static_cast<std::uint64_t>((now - packet.arrives) / 1us);
    if (late_us > counters_.late_us_max) counters_.late_us_max = late_us;
    if (write(to_, packet.bytes.data(), packet.bytes.size()) > 0)
      add(counters_.delivered_bytes[carrier_of(packet.bytes)], packet.bytes.size());
    spare_.push_back(std::move(packet.bytes));
    under_way_.pop_front();
  }
}

Instant LinkDirection::next_arrival() const {
  return under_way_.empty() ? Instant::max() : under_way_.front().arrives;
}

bool LinkDirection::is_lost() {
  if (rules_.burst_begin_ppm > 0) {
    in_burst_ = in_burst_ ? !chance(rules_.burst_end_ppm) : chance(rules_.burst_begin_ppm);
    if (in_burst_) return true;
  }
  return chance(rules_.loss_ppm);
}

// SplitMix64: good enough for loss, and the same on every machine.
bool LinkDirection::chance(std::uint32_t ppm) {
  if (ppm == 0) return false;
  std::uint64_t value = random_ += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return (value ^ (value >> 31)) % kMillion < ppm;
}

std::vector<std::uint8_t> LinkDirection::take_buffer() {
  if (spare_.empty()) return {};
  std::vector<std::uint8_t> buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void run_link(LinkDirection& there, LinkDirection& back, int device_there, int device_back) {
  const sched_param priority{1};
  sched_setscheduler(0, SCHED_FIFO, &priority);
  prctl(PR_SET_TIMERSLACK, 1UL);
  while (true) {
    const Instant now = monotonic_now();
    for (LinkDirection* const way : {&there, &back}) {
      way->receive(now);
      way->deliver(now);
    }
    const Instant due = std::min(there.next_arrival(), back.next_arrival());
    const Duration wait = std::clamp(due - monotonic_now(), kGrain, Duration(1s));
    const timespec limit{wait / 1s, (wait % 1s).count()};
    pollfd devices[] = {{device_there, POLLIN, 0}, {device_back, POLLIN, 0}};
    ppoll(devices, 2, &limit, nullptr);
  }
}

}  // namespace bench
