#include "path/anti_amplification.hpp"

#include <limits>

namespace rudp::path {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  return a > kUnlimited - b ? kUnlimited : a + b;
}

}  // namespace

void AntiAmplification::on_received(std::uint64_t bytes) { received_ = saturating_sum(received_, bytes); }

void AntiAmplification::on_sent(std::uint64_t bytes) { sent_ = saturating_sum(sent_, bytes); }

std::uint64_t AntiAmplification::allowance_bytes() const {
  if (validated_ || received_ > kUnlimited / kAmplificationFactor) return kUnlimited;
  const std::uint64_t limit = received_ * kAmplificationFactor;
  return limit > sent_ ? limit - sent_ : 0;
}

}  // namespace rudp::path
