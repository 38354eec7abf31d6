#include "congestion/pacer.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "congestion/integer_math.hpp"

namespace rudp::congestion {
namespace {

constexpr std::uint64_t kNanobytes = 1'000'000'000;  // in a byte
// Sends that ask nobody (probes) may run up this many quanta of debt; more would only be held against the
// flow.
constexpr std::int64_t kDebtQuantaMax = 16;

}  // namespace

Pacer::Pacer(std::uint32_t max_datagram_bytes) : datagram_(max_datagram_bytes) {
  RUDP_ASSERT(max_datagram_bytes > 0);
  tokens_ = static_cast<std::int64_t>(quantum_bytes() * kNanobytes);
}

std::uint64_t Pacer::quantum_bytes() const {
  const auto quantum_ns = static_cast<std::uint64_t>(kPacingQuantum.count());
  const auto singles_ns = static_cast<std::uint64_t>(kPacingSinglesFrom.count());
  const std::uint64_t pair = kPacingQuantumDatagramsMin * datagram_;
  const std::uint64_t least = mul_div(rate_, singles_ns, kNanobytes) <= pair ? datagram_ : pair;
  const std::uint64_t most = std::max(kPacingQuantumBytesMax, least);
  return std::clamp(mul_div(rate_, quantum_ns, kNanobytes), least, most);
}

void Pacer::set_rate(Instant now, std::uint64_t bytes_per_second) {
  bytes_per_second = std::max<std::uint64_t>(bytes_per_second, 1);
  if (bytes_per_second == rate_) return;
  settle(now);
  rate_ = bytes_per_second;
}

void Pacer::set_max_datagram(std::uint32_t bytes) {
  RUDP_ASSERT(bytes > 0);
  datagram_ = bytes;
}

// Never more than a quantum, however long the silence: that is what keeps a flow from bursting after it.
std::int64_t Pacer::tokens_at(Instant now) const {
  const auto full = static_cast<std::int64_t>(quantum_bytes() * kNanobytes);
  if (now <= settled_at_) return std::min(tokens_, full);
  const auto elapsed_ns = static_cast<std::uint64_t>((now - settled_at_).count());
  const std::uint64_t missing = static_cast<std::uint64_t>(std::max<std::int64_t>(full - tokens_, 0));
  const std::uint64_t earned = mul_div(rate_, elapsed_ns, 1);
  return earned >= missing ? full : tokens_ + static_cast<std::int64_t>(earned);
}

void Pacer::settle(Instant now) {
  tokens_ = tokens_at(now);
  settled_at_ = now;
}

std::uint64_t Pacer::available_bytes(Instant now) const {
  const std::int64_t tokens = tokens_at(now);
  return tokens <= 0 ? 0 : static_cast<std::uint64_t>(tokens) / kNanobytes;
}

std::optional<Instant> Pacer::next_send(Instant now, std::uint64_t bytes) const {
  const auto needed = static_cast<std::int64_t>(std::min(bytes, quantum_bytes()) * kNanobytes);
  const std::int64_t tokens = tokens_at(now);
  if (tokens >= needed) return std::nullopt;
  const auto missing = static_cast<std::uint64_t>(needed - tokens);
  const std::uint64_t wait_ns = (missing + rate_ - 1) / rate_;  // at that instant there is enough, not almost
  return now + Duration(static_cast<std::int64_t>(wait_ns));
}

void Pacer::on_sent(Instant now, std::uint64_t bytes) {
  settle(now);
  const auto quantum = static_cast<std::int64_t>(quantum_bytes() * kNanobytes);
  const auto spent =
      static_cast<std::int64_t>(std::min(bytes, kDebtQuantaMax * quantum_bytes()) * kNanobytes);
  tokens_ = std::max(tokens_ - spent, -kDebtQuantaMax * quantum);
}

}  // namespace rudp::congestion
