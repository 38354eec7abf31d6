// One direction of a path: carry() reads in the order in which a datagram meets its fate.
#include <algorithm>
#include <bit>

#include <rudp/sim.hpp>

namespace rudp::sim {
namespace {

constexpr std::uint64_t kUdpHeaderBytes = 8;
constexpr std::uint64_t kIpv4HeaderBytes = 20;
constexpr std::uint64_t kIpv6HeaderBytes = 40;
constexpr std::uint64_t kBitFlipsMax = 8;
constexpr std::uint64_t kExtensionBytesMax = 64;
constexpr std::uint64_t kLongTailDoublings = 10;  // the largest jitter once in about a thousand datagrams

// Rounded up: a link is never faster than its rate.
Duration time_to_send(std::uint64_t bytes, std::uint64_t rate_bits_per_s) {
  const std::uint64_t bit_ns = bytes * 8 * 1'000'000'000;
  return Duration(static_cast<std::int64_t>((bit_ns + rate_bits_per_s - 1) / rate_bits_per_s));
}

}  // namespace

Link::Link(LinkOptions options, SeededRandom random) : options_(std::move(options)), random_(random) {}

std::uint64_t Link::ip_bytes(const Address& to, std::size_t payload_bytes) {
  return payload_bytes + kUdpHeaderBytes + (to.is_v4() ? kIpv4HeaderBytes : kIpv6HeaderBytes);
}

void Link::carry(Instant now, Datagram datagram, std::vector<Arrival>& arrivals) {
  const std::uint64_t bytes = ip_bytes(datagram.to, datagram.bytes.size());
  ++statistics_.offered;
  statistics_.offered_bytes += bytes;
  if (is_blacked_out(now)) return void(++statistics_.dropped_blackout);
  if (bytes > options_.packet_bytes_max) return void(++statistics_.dropped_too_big);
  const std::optional<Instant> departed = leave_queue(now, bytes);
  if (!departed) return void(++statistics_.dropped_queue);
  mark(datagram);
  if (is_lost(now)) return;
  if (random_.chance(options_.duplicate_ppm)) {
    ++statistics_.duplicated;
    arrivals.push_back(copy_out(*departed, datagram));
  }
  arrivals.push_back(copy_out(*departed, std::move(datagram)));
}

bool Link::is_blacked_out(Instant now) const {
  return std::any_of(options_.blackouts.begin(), options_.blackouts.end(), [now](const Blackout& blackout) {
    return blackout.from <= now && now < blackout.until;
  });
}

// The queue holds what has not yet been sent completely, so its bytes are exact whatever the rate; absent: it
// was full. Saved tokens are a rate that lags behind the clock: what they cover leaves now.
std::optional<Instant> Link::leave_queue(Instant now, std::uint64_t bytes) {
  while (!queue_.empty() && queue_.front().at <= now) {
    queued_bytes_ -= queue_.front().bytes;
    queue_.pop_front();
  }
  const std::uint64_t rate = options_.rate_bits_per_s;
  if (rate == 0) return std::max(now, free_at_);
  const Instant begins = after_stalls(std::max(now - time_to_send(options_.token_bytes, rate), free_at_));
  const Instant departs = begins + time_to_send(bytes, rate);
  const bool waits = departs > now;
  if (waits && queued_bytes_ + bytes > options_.queue_bytes) return {};
  free_at_ = departs;
  ++statistics_.queued;
  if (!waits) return now;
  queue_.push_back({.at = departs, .bytes = bytes});
  queued_bytes_ += bytes;
  statistics_.queue_bytes_max = std::max(statistics_.queue_bytes_max, queued_bytes_);
  statistics_.queue_delay_sum += std::max(begins - now, Duration(0));
  return departs;
}

Instant Link::after_stalls(Instant time) const {
  for (const Blackout& stall : options_.stalls) {
    if (stall.from <= time && time < stall.until) return stall.until;
  }
  return time;
}

void Link::mark(Datagram& datagram) {
  const bool is_long = options_.mark_bytes > 0 && queued_bytes_ > options_.mark_bytes;
  if (!is_long || datagram.ecn == Ecn::not_ect) return;
  datagram.ecn = Ecn::ce;
  ++statistics_.marked;
}

// Random loss comes after the queue: a noisy link has spent its time on what it then loses.
bool Link::is_lost(Instant now) {
  move_burst(now);
  const bool lost = random_.chance(options_.loss_ppm);
  if (burst_began_) return ++statistics_.dropped_burst, true;
  if (lost) ++statistics_.dropped_loss;
  return lost;
}

void Link::move_burst(Instant now) {
  const bool moves = random_.chance(burst_began_ ? options_.burst_end_ppm : options_.burst_begin_ppm);
  const bool overdue = burst_began_ && now - *burst_began_ >= options_.burst_longest;
  if (burst_began_ && (moves || overdue))
    burst_began_.reset();
  else if (!burst_began_ && moves)
    burst_began_ = now;
}

Arrival Link::copy_out(Instant departed, Datagram datagram) {
  const Duration jitter = draw_jitter();
  if (jitter > Duration(0)) ++statistics_.jittered;
  // A queue somewhere on the way causes jitter, and a queue keeps the order.
  Instant at = std::max(departed + options_.delay + jitter, last_arrival_);
  if (options_.jitter > Duration(0)) last_arrival_ = at;
  if (random_.chance(options_.reorder_ppm)) {
    ++statistics_.reordered;
    at += random_.between(Duration(1), std::max(Duration(1), options_.reorder_delay));
  }
  if (random_.chance(options_.corrupt_ppm)) corrupt(datagram.bytes);
  ++statistics_.delivered;
  statistics_.delivered_bytes += ip_bytes(datagram.to, datagram.bytes.size());
  return {.at = at, .datagram = std::move(datagram)};
}

Duration Link::draw_jitter() {
  if (options_.jitter <= Duration(0)) return Duration(0);
  if (options_.jitter_shape == JitterShape::uniform) return random_.between(Duration(0), options_.jitter);
  // The number of heads in a row before the first tails is geometric: each doubling half as likely.
  const std::uint64_t coins = random_.next() | (std::uint64_t{1} << kLongTailDoublings);
  const int heads = std::countr_zero(coins);
  const Duration reach(options_.jitter.count() >> (static_cast<int>(kLongTailDoublings) - heads));
  return random_.between(Duration(0), reach);
}

void Link::corrupt(std::vector<std::uint8_t>& bytes) {
  const std::uint64_t kind = random_.below(4);
  if (kind == 0 || bytes.empty()) {
    ++statistics_.corrupted_extended;
    std::vector<std::uint8_t> more(random_.between(1, kExtensionBytesMax));
    random_.public_fill(more);
    bytes.insert(bytes.end(), more.begin(), more.end());
  } else if (kind == 1) {
    ++statistics_.corrupted_cut;
    bytes.resize(random_.below(bytes.size()));
  } else {
    // A single flip is the most likely error and the hardest to see.
    ++statistics_.corrupted_flipped;
    const std::uint64_t flips = kind == 2 ? 1 : random_.between(2, kBitFlipsMax);
    for (std::uint64_t i = 0; i < flips; ++i) {
      const std::uint64_t bit = random_.below(bytes.size() * 8);
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << (bit % 8)));
    }
  }
}

}  // namespace rudp::sim
