#include "congestion/policer_detector.hpp"

#include <algorithm>

namespace rudp::congestion {
namespace {

// Below this share lost there is nothing to gain by knowing.
constexpr std::uint64_t kLossRateMin = (std::uint64_t{1} << 20) * 5 / 100;

}  // namespace

void PolicerDetector::on_round(Instant now, const RoundSummary& round) {
  if (policed_rate_) {
    if (now < until_) return;
    reset();
  }
  if (!looks_policed(round)) {
    base_ = round.bytes_per_second;
    rounds_ = 0;
    return;
  }
  lowest_ = rounds_ == 0 ? round.bytes_per_second : std::min(lowest_, round.bytes_per_second);
  if (++rounds_ < kPolicedRounds) return;
  policed_rate_ = lowest_;
  until_ = now + kPolicedTime;
}

// An eighth more is noise; a window that grows by the floor's 4 % in every second round, for it is the second
// highest rate that counts, would bring a third more in the time.
bool PolicerDetector::looks_policed(const RoundSummary& round) const {
  const bool flat = round.bytes_per_second > 0 && round.bytes_per_second <= base_ + base_ / 8;
  return flat && round.queue_is_empty && !round.app_limited && round.loss_rate >= kLossRateMin;
}

}  // namespace rudp::congestion
