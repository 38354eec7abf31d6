#include "path/mtu_discovery.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::path {
namespace {

constexpr std::uint64_t kEthernetBytes = 1500;
constexpr std::uint64_t kIpv4AndUdpBytes = 20 + 8;
constexpr std::uint64_t kIpv6AndUdpBytes = 40 + 8;

}  // namespace

std::uint32_t largest_datagram(const Address& remote, std::uint64_t limit_bytes) {
  const std::uint64_t headers = remote.is_v4() ? kIpv4AndUdpBytes : kIpv6AndUdpBytes;
  return static_cast<std::uint32_t>(std::min(limit_bytes, kEthernetBytes - headers));
}

MtuDiscovery::MtuDiscovery(std::uint32_t base_bytes, std::uint32_t most_bytes)
    : base_(base_bytes), most_(most_bytes), current_(base_bytes), high_(most_bytes) {
  RUDP_ASSERT(base_bytes > 0 && base_bytes <= most_bytes);
}

std::optional<std::uint32_t> MtuDiscovery::next_probe(Instant now) {
  if (probing_ > 0 && now - probe_sent_at_ > kMtuProbeLifetime) on_probe_lost(now, probing_);
  if (probing_ > 0 || current_ == most_ || now < probes_from()) return std::nullopt;
  return candidate();
}

std::uint32_t MtuDiscovery::candidate() const {
  if (given_up_ > 0) return given_up_;
  return most_is_refuted_ ? current_ + (high_ - current_ + 1) / 2 : most_;
}

Instant MtuDiscovery::probes_from() const {
  if (given_up_ == 0) return search_at_;
  return holes_ < kBlackHolesInDoubt ? last_black_hole_ : last_black_hole_ + kBlackHolePause;
}

void MtuDiscovery::on_probe_sent(Instant now, std::uint32_t bytes) {
  probing_ = bytes;
  probe_sent_at_ = now;
}

bool MtuDiscovery::on_probe_acked(Instant now, std::uint32_t bytes) {
  if (bytes != probing_) return false;
  probing_ = 0;
  tries_ = 0;
  current_ = bytes;
  large_lost_ = 0;
  if (given_up_ > 0) {  // the search goes on where it was, or rests as long as it was going to
    given_up_ = 0;
  } else {
    rest_when_done(now);
  }
  return true;
}

void MtuDiscovery::on_probe_lost(Instant now, std::uint32_t bytes) {
  if (bytes != probing_) return;
  probing_ = 0;
  if (++tries_ == kMtuProbesMax) refute(now, bytes);
}

void MtuDiscovery::refute(Instant now, std::uint32_t bytes) {
  tries_ = 0;
  if (given_up_ > 0) {
    given_up_ = 0;
    holes_ = 0;
    search_at_ = now;
  }
  high_ = bytes - 1;
  most_is_refuted_ = true;
  rest_when_done(now);
}

void MtuDiscovery::rest_when_done(Instant now) {
  if (!most_is_refuted_ || high_ - current_ >= kMtuStepBytesMin) return;
  search_at_ = now + kMtuRaiseInterval;
  high_ = most_;
  most_is_refuted_ = false;
}

bool MtuDiscovery::hole_is_recent(Instant now) const {
  return holes_ > 0 && now - last_black_hole_ < kBlackHolePause;
}

// Only so many small ones that arrive between tell a black hole from an outage: probes of the size decide.
bool MtuDiscovery::on_large_lost(Instant now, std::uint32_t packets) {
  if (current_ == base_) return false;
  large_lost_ += packets;
  if (large_lost_ < (hole_is_recent(now) ? kBlackHoleLossesInDoubt : kBlackHoleLosses)) return false;
  large_lost_ = 0;
  tries_ = 0;
  probing_ = 0;
  given_up_ = current_;
  current_ = base_;
  holes_ = hole_is_recent(now) ? static_cast<std::uint8_t>(std::min<int>(holes_ + 1, kBlackHolesInDoubt)) : 1;
  last_black_hole_ = now;
  return true;
}

}  // namespace rudp::path
