#include "endpoint/accept_limiter.hpp"

#include <algorithm>
#include <span>

namespace rudp::endpoint {
namespace {

constexpr std::size_t kIpv6NetworkBytes = 8;

/// The address alone of IPv4, the /64 of IPv6: as much as one customer commonly has.
std::array<std::uint8_t, 16> network_of(const Address& source) {
  std::array<std::uint8_t, 16> network = source.ip;
  if (!source.is_v4()) std::fill(network.begin() + kIpv6NetworkBytes, network.end(), std::uint8_t{0});
  return network;
}

}  // namespace

AcceptLimiter::AcceptLimiter(Random& random, std::uint32_t per_source_per_second,
                             std::uint32_t per_source_burst)
    : per_second_(per_source_per_second), burst_(per_source_burst) {
  random.secret_fill(hash_key_);
}

bool AcceptLimiter::take(Instant now, const Address& source, std::uint64_t half_open,
                         std::uint64_t half_open_max) {
  const bool is_free = free_.take(now);
  const bool under_load = !is_free || 2 * half_open >= half_open_max;
  if (under_load && !bucket_of(now, source).take(now)) return false;
  return all_.take(now);
}

TokenBucket& AcceptLimiter::bucket_of(Instant now, const Address& source) {
  if (!table_) table_ = std::make_unique<Table>();
  const Network network = network_of(source);
  const std::size_t set = crypto::short_hash(hash_key_, network) % (kSourcesMax / kSourceWays);
  const std::span<Source> ways = std::span(table_->sources).subspan(set * kSourceWays, kSourceWays);
  const auto known = std::find_if(ways.begin(), ways.end(), [&](const Source& entry) {
    return entry.in_use && entry.network == network;
  });
  if (known != ways.end()) {
    known->asked_at = now;
    return known->bucket;
  }
  const auto oldest = std::min_element(ways.begin(), ways.end(), [](const Source& a, const Source& b) {
    return a.in_use != b.in_use ? !a.in_use : a.asked_at < b.asked_at;
  });
  *oldest = {network, true, now, TokenBucket(per_second_, burst_)};
  return oldest->bucket;
}

}  // namespace rudp::endpoint
