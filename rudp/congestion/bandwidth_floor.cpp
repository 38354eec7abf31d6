#include "congestion/bandwidth_floor.hpp"

#include <algorithm>

#include "congestion/integer_math.hpp"

namespace rudp::congestion {
namespace {

constexpr std::uint64_t kOne = std::uint64_t{1} << 20;  // the unit of loss rates
// Beyond this share lost the path is congested, whatever else is true: no floor.
constexpr std::uint64_t kLossRateMax = kOne * 20 / 100;
// A floor makes up for at most this much loss.
constexpr std::uint64_t kLossRateMadeUp = kOne * 15 / 100;
// Above the path's need while its queue is empty, to fill it; below while it is not, to drain it.
constexpr std::uint64_t kGainFillingPercent = 106;
constexpr std::uint64_t kGainDrainingPercent = 92;
// The queue counts as empty up to min_rtt * 1.05 + 0.5 ms.
constexpr int kEmptyQueueRttPercent = 105;
constexpr Duration kEmptyQueueSlack = std::chrono::microseconds(500);
constexpr std::int64_t kLossRateShare = 8;  // of a round in the moving average

}  // namespace

void BandwidthFloor::on_ack(const AckSample& sample) {
  if (rounds_.on_ack(sample.largest_acked)) end_round();
  acked_bytes_ += sample.acked_bytes;
  min_rtt_ = sample.min_rtt;
  if (sample.rtt_sample) round_min_ = std::min(round_min_.value_or(*sample.rtt_sample), *sample.rtt_sample);
  if (!sample.rate) return;
  round_app_limited_ = round_app_limited_ || sample.rate->app_limited;
  // A sample that the application held down says only that the path carries at least as much.
  if (sample.rate->app_limited && sample.rate->bytes_per_second < bandwidth()) return;
  std::uint64_t& best = best_[rounds_.rounds() % kBandwidthRounds];
  best = std::max(best, sample.rate->bytes_per_second);
}

void BandwidthFloor::end_round() {
  fold_loss_rate();
  follow_rise();
  last_round_min_ = round_min_;
  round_min_.reset();
  best_[rounds_.rounds() % kBandwidthRounds] = 0;
  round_app_limited_ = false;
  suspended_ = false;
}

void BandwidthFloor::fold_loss_rate() {
  const std::uint64_t total = lost_bytes_ + acked_bytes_;
  if (total > 0) {
    const auto sample = static_cast<std::int64_t>(mul_div(lost_bytes_, kOne, total));
    const auto rate = static_cast<std::int64_t>(loss_rate_);
    loss_rate_ = static_cast<std::uint64_t>(rate + (sample - rate) / kLossRateShare);
  }
  lost_bytes_ = 0;
  acked_bytes_ = 0;
}

void BandwidthFloor::follow_rise() {
  if (round_app_limited_) return;
  if (bandwidth() * 4 >= flat_base_ * 5 && bandwidth() > 0) {
    flat_base_ = bandwidth();
    flat_rounds_ = 0;
  } else {
    ++flat_rounds_;
  }
}

void BandwidthFloor::reset() {
  best_.fill(0);
  loss_rate_ = 0;
  lost_bytes_ = 0;
  acked_bytes_ = 0;
  flat_base_ = 0;
  flat_rounds_ = 0;
}

std::uint64_t BandwidthFloor::bandwidth() const { return *std::max_element(best_.begin(), best_.end()); }

bool BandwidthFloor::queue_is_empty() const {
  if (!round_min_ && !last_round_min_) return false;
  const Duration lowest =
      std::min(round_min_.value_or(Duration::max()), last_round_min_.value_or(Duration::max()));
  return lowest <= min_rtt_ * kEmptyQueueRttPercent / 100 + kEmptyQueueSlack;
}

std::uint64_t BandwidthFloor::window_bytes() const {
  if (suspended_ || loss_rate_ > kLossRateMax) return 0;
  const std::uint64_t made_up = std::min(loss_rate_, kLossRateMadeUp);
  const std::uint64_t gain = queue_is_empty() ? kGainFillingPercent : kGainDrainingPercent;
  const auto rtt_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(min_rtt_.count(), 0));
  const std::uint64_t path_bytes = mul_div(bandwidth(), rtt_ns, 1'000'000'000);
  return std::min(mul_div(path_bytes, gain * kOne, 100 * (kOne - made_up)), kMaximumWindowBytes);
}

}  // namespace rudp::congestion
