#include "congestion/bandwidth_floor.hpp"

#include <algorithm>
#include <utility>

#include "congestion/integer_math.hpp"

namespace rudp::congestion {
namespace {

constexpr std::uint64_t kOne = std::uint64_t{1} << 20;  // the unit of loss rates
// Beyond this share lost the path is congested, whatever else is true: no floor.
constexpr std::uint64_t kLossRateMax = kOne * 20 / 100;
// A floor makes up for at most this much loss.
constexpr std::uint64_t kLossRateMadeUp = kOne * 15 / 100;
// Above the path's need while its queue is empty, to fill it; below while it is not, to drain it.
constexpr std::uint64_t kGainFillingPercent = 104;
constexpr std::uint64_t kGainDrainingPercent = 92;
// Behind a policer all that exceeds its rate is dropped: stay below it, and make up for nothing.
constexpr std::uint64_t kGainPolicedPercent = 95;
// The queue counts as empty up to min_rtt * 1.05 + 0.5 ms.
constexpr int kEmptyQueueRttPercent = 105;
constexpr Duration kEmptyQueueSlack = std::chrono::microseconds(500);
// A policer keeps none at all: the mean of a round up to min_rtt * 1.02 + 0.2 ms. The filling gain alone
// makes 4 %.
constexpr int kNoQueueRttPercent = 102;
constexpr Duration kNoQueueSlack = std::chrono::microseconds(200);
constexpr std::int64_t kLossRateShare = 8;  // of a round in the moving average

}  // namespace

void BandwidthFloor::on_ack(const AckSample& sample, std::uint64_t datagram) {
  if (rounds_.on_ack(sample.largest_acked)) end_round(sample.now);
  suspended_ = suspended_ || std::exchange(marked_, false);
  acked_bytes_ += sample.acked_bytes;
  if (sample.rtt_sample) follow_rtt(sample, datagram);
  if (!sample.rate) return;
  round_app_limited_ = round_app_limited_ || sample.rate->app_limited;
  // A sample that the application held down says only that the path carries at least as much.
  if (sample.rate->app_limited && sample.rate->bytes_per_second < bandwidth()) return;
  std::uint64_t& best = best_[rounds_.rounds() % kBandwidthRounds];
  best = std::max(best, sample.rate->bytes_per_second);
}

// A path's shortest round trip is a small packet's; at slow rates a large one takes longer without any queue,
// and what has to be in flight is that much more.
void BandwidthFloor::follow_rtt(const AckSample& sample, std::uint64_t datagram) {
  const Duration rtt = *sample.rtt_sample;
  round_min_ = std::min(round_min_.value_or(rtt), rtt);
  round_rtt_sum_ += rtt;
  ++round_rtts_;
  if (sample.acked_bytes >= datagram) {
    min_rtt_ = min_rtt_is_of_large_ ? std::min(min_rtt_, rtt) : rtt;
    min_rtt_is_of_large_ = true;
  } else if (!min_rtt_is_of_large_) {
    min_rtt_ = sample.min_rtt;
  }
}

void BandwidthFloor::end_round(Instant now) {
  fold_loss_rate();
  follow_rise();
  policer_.on_round(now, {best_[(rounds_.rounds() - 1) % kBandwidthRounds], loss_rate_, nothing_queued(),
                          round_app_limited_});
  last_round_min_ = round_min_;
  round_rtt_sum_ = Duration(0);
  round_rtts_ = 0;
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
    loss_rate_ = static_cast<std::uint32_t>(rate + (sample - rate) / kLossRateShare);
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
  policer_.reset();
  loss_rate_ = 0;
  lost_bytes_ = 0;
  acked_bytes_ = 0;
  flat_base_ = 0;
  flat_rounds_ = 0;
}

std::uint64_t BandwidthFloor::bandwidth() const { return *std::max_element(best_.begin(), best_.end()); }

std::uint64_t BandwidthFloor::sustained_rate() const {
  std::uint64_t highest = 0, second = 0;
  for (const std::uint64_t rate : best_) {
    second = std::max(second, std::min(rate, highest));
    highest = std::max(highest, rate);
  }
  return second > 0 ? second : highest;
}

bool BandwidthFloor::queue_is_empty() const {
  if (!round_min_ && !last_round_min_) return false;
  const Duration lowest =
      std::min(round_min_.value_or(Duration::max()), last_round_min_.value_or(Duration::max()));
  return lowest <= min_rtt_ * kEmptyQueueRttPercent / 100 + kEmptyQueueSlack;
}

bool BandwidthFloor::nothing_queued() const {
  if (round_rtts_ == 0) return false;
  return round_rtt_sum_ / round_rtts_ <= min_rtt_ * kNoQueueRttPercent / 100 + kNoQueueSlack;
}

std::uint64_t BandwidthFloor::path_bytes(std::uint64_t bytes_per_second) const {
  const auto rtt_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(min_rtt_.count(), 0));
  return mul_div(bytes_per_second, rtt_ns, 1'000'000'000);
}

std::uint64_t BandwidthFloor::window_bytes() const {
  if (suspended_ || marked_) return 0;
  if (const auto policed = policer_.policed_rate()) return path_bytes(*policed) * kGainPolicedPercent / 100;
  if (loss_rate_ > kLossRateMax || bandwidth() == 0) return 0;
  const std::uint64_t made_up = std::min<std::uint64_t>(loss_rate_, kLossRateMadeUp);
  const std::uint64_t need = mul_div(path_bytes(sustained_rate()), kOne, kOne - made_up);
  const std::uint64_t gain = queue_is_empty() ? kGainFillingPercent : kGainDrainingPercent;
  return std::min(mul_div(need, gain, 100), kMaximumWindowBytes);
}

}  // namespace rudp::congestion
