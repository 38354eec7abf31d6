#include "client/retry_pace.hpp"

#include <algorithm>
#include <utility>

namespace client {
namespace {

constexpr std::uint32_t kDoublingsMax = 5;

}  // namespace

void RetryPace::on_down(rudp::Instant now) {
  const auto up_at = std::exchange(up_at_, std::nullopt);
  if (up_at && now - *up_at >= kHeld) failures_ = 0;
}

void RetryPace::pause(rudp::Duration least) { pause_ = std::min(least, kPauseMax); }

rudp::Duration RetryPace::next(rudp::Random& random) {
  const auto whole = std::min(kMax, kFirst * (1u << std::min(failures_++, kDoublingsMax)));
  const auto half = static_cast<std::uint64_t>(whole.count()) / 2;
  const std::chrono::milliseconds wait(half + random.below(half + 1));
  return std::exchange(pause_, {}) + wait;
}

}  // namespace client
