#include "congestion/cubic_curve.hpp"

#include <algorithm>
#include <limits>

#include "congestion/controller.hpp"
#include "congestion/integer_math.hpp"

namespace rudp::congestion {
namespace {

// C = 0.4 segments per second cubed (RFC 9438 5.1), as a fraction, and a second cubed in milliseconds cubed.
constexpr std::uint64_t kCNumerator = 4;
constexpr std::uint64_t kCDenominator = 10;
constexpr std::uint64_t kCubicSecond = 1'000'000'000;
// alpha_cubic = 3 (1 - beta) / (1 + beta) = 9/17 (RFC 9438 4.3).
constexpr std::uint64_t kAlphaNumerator = 9;
constexpr std::uint64_t kAlphaDenominator = 17;
// (1 + beta) / 2 (RFC 9438 4.7).
constexpr std::uint64_t kFastConvergencePercent = 85;
// 17 minutes from the plateau the curve is beyond every window; the bound keeps the cube inside 64 bits.
constexpr std::int64_t kCurveReachMs = 1'000'000;
constexpr Duration kAgeMax = std::chrono::milliseconds(2 * kCurveReachMs);

std::uint32_t narrow(std::uint64_t bytes) { return static_cast<std::uint32_t>(bytes); }
static_assert(kMaximumWindowBytes <= std::numeric_limits<std::uint32_t>::max());

std::int64_t to_ms(Duration d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d).count(); }

}  // namespace

void CubicCurve::on_reduction(std::uint64_t before) {
  plateau_ = narrow(before < plateau_ ? mul_div(before, kFastConvergencePercent, 100) : before);
  before_ = narrow(before);
  epoch_.reset();
}

void CubicCurve::on_slow_start_end(std::uint64_t window) {
  plateau_ = narrow(window);
  before_ = narrow(window);
  epoch_.reset();
}

std::uint64_t CubicCurve::growth(Instant now, Duration rtt, std::uint64_t window, std::uint64_t acked_bytes,
                                 std::uint64_t datagram) {
  if (!epoch_) begin_epoch(now, window, datagram);
  last_ack_ = now;
  const Duration age = std::clamp(now - *epoch_, Duration::zero(), kAgeMax);
  const std::uint64_t friendly = friendly_window(window, acked_bytes, datagram);
  if (curve_at(age, datagram) < friendly) return friendly > window ? friendly - window : 0;

  const std::uint64_t target = std::clamp(curve_at(age + rtt, datagram), window, window + window / 2);
  const std::uint64_t scaled = (target - window) * acked_bytes + growth_rest_;
  growth_rest_ = narrow(scaled % window);
  return scaled / window;
}

void CubicCurve::begin_epoch(Instant now, std::uint64_t window, std::uint64_t datagram) {
  epoch_ = now;
  plateau_ = std::max(plateau_, narrow(window));
  friendly_ = narrow(window);
  friendly_rest_ = 0;
  growth_rest_ = 0;
  const std::uint64_t climb =
      mul_div(plateau_ - window, kCDenominator * kCubicSecond, kCNumerator * datagram);
  k_ms_ = narrow(cube_root(climb));
}

std::uint64_t CubicCurve::curve_at(Duration since_epoch, std::uint64_t datagram) const {
  const std::int64_t distance =
      std::clamp(to_ms(since_epoch) - std::int64_t{k_ms_}, -kCurveReachMs, kCurveReachMs);
  const auto size = static_cast<std::uint64_t>(distance < 0 ? -distance : distance);
  const std::uint64_t offset =
      mul_div(size * size * size, kCNumerator * datagram, kCDenominator * kCubicSecond);
  if (distance < 0) return plateau_ > offset ? plateau_ - offset : 0;
  return std::min(plateau_ + offset, kMaximumWindowBytes);
}

// What Reno with CUBIC's reduction would have reached; beyond the window before it, with Reno's full growth.
std::uint64_t CubicCurve::friendly_window(std::uint64_t window, std::uint64_t acked_bytes,
                                          std::uint64_t datagram) {
  const bool recovered = friendly_ >= before_;
  const std::uint64_t alpha = recovered ? kAlphaDenominator : kAlphaNumerator;
  const std::uint64_t scaled = acked_bytes * datagram * alpha + friendly_rest_;
  const std::uint64_t divisor = window * kAlphaDenominator;
  friendly_ = narrow(std::min(friendly_ + scaled / divisor, kMaximumWindowBytes));
  friendly_rest_ = scaled % divisor;
  return friendly_;
}

void CubicCurve::on_unused(Instant now) {
  if (epoch_ && now > last_ack_) *epoch_ += now - last_ack_;
  last_ack_ = now;
}

}  // namespace rudp::congestion
