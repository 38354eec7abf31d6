// Round-trip time as RFC 9002 section 5 estimates it, in whole nanoseconds.
#pragma once

#include <optional>

#include <rudp/types.hpp>

namespace rudp::recovery {

/// Before the first sample (RFC 9002 6.2.2).
inline constexpr Duration kInitialRtt = std::chrono::milliseconds(333);
/// The finest timer that is counted on (RFC 9002 6.1.2).
inline constexpr Duration kGranularity = std::chrono::milliseconds(1);
/// A clock that stands still yields samples of zero; below this no path answers, and rates would divide by
/// it.
inline constexpr Duration kRttMin = std::chrono::microseconds(1);
/// No sample counts as more: a suspended machine would otherwise wait for minutes.
inline constexpr Duration kRttMax = std::chrono::seconds(60);

class RttEstimator {
 public:
  /// `initial` holds until the first sample, e.g. the handshake's.
  explicit RttEstimator(Duration initial = kInitialRtt);

  /// Takes the time from sending the largest newly acked packet to its ack, and how long the peer says it
  /// held that ack back. `ack_delay` beyond `max_ack_delay`, and any that would put the sample below min_rtt,
  /// is not believed (RFC 9002 5.3); negative values count as zero.
  void on_sample(Instant now, Duration latest, Duration ack_delay, Duration max_ack_delay);

  bool has_sample() const { return first_sample_at_ != Instant::max(); }
  /// When the first sample was taken.
  std::optional<Instant> first_sample_at() const {
    return has_sample() ? std::optional(first_sample_at_) : std::nullopt;
  }
  Duration latest_rtt() const { return latest_rtt_; }
  /// Over the life of the path; the initial value before a sample.
  Duration min_rtt() const { return min_rtt_; }
  Duration smoothed_rtt() const { return smoothed_rtt_; }
  Duration rttvar() const { return rttvar_; }

 private:
  void take_first(Instant now, Duration latest);

  Duration latest_rtt_;
  Duration min_rtt_;
  Duration smoothed_rtt_;
  Duration rttvar_;
  Instant first_sample_at_ = Instant::max();  // max(): there was none
};

}  // namespace rudp::recovery
