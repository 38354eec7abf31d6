// Whether a window of credit is what holds its sender back.
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

namespace rudp::transfer {

/// A window used up within so many round trips is worth doubling. Two would do on a path without loss, where
/// a larger window is used up no sooner than in one. But what was lost holds back everything behind it until
/// it arrives, and that may take three or four round trips: with less than twice that the window, not the
/// path, is the limit of a lossy path (at 5 % and 50 ms a third of the link was left unused). An application
/// that takes its time is not in the way of growth for ever, but is left behind by a factor of eight only.
inline constexpr int kFastRoundTrips = 8;

/// Measures how fast the units of a window are used. Times are those of the receiver.
class WindowPace {
 public:
  /// The first units of the window are on their way; only the first call counts.
  void begin(Instant now) {
    if (began_at_ == Instant::max()) began_at_ = now;
  }
  /// `total` units were used by now, since ever. True, once for each window: it took less than
  /// kFastRoundTrips.
  bool on_progress(Instant now, std::uint64_t total, std::uint64_t window, Duration smoothed_rtt) {
    begin(now);
    if (total - began_total_ < window) return false;
    const bool is_fast = now - began_at_ < kFastRoundTrips * smoothed_rtt;
    began_at_ = now;
    began_total_ = total;
    return is_fast;
  }

 private:
  Instant began_at_ = Instant::max();  // when the window that is used now was begun; max(): none was
  std::uint64_t began_total_ = 0;      // what was used by then
};

}  // namespace rudp::transfer
