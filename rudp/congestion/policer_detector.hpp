// Tells a policer, which drops what exceeds a rate and keeps no queue, from a link that loses at random.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/compact_optional.hpp"

namespace rudp::congestion {

/// Rounds in a row that must look policed.
inline constexpr std::uint32_t kPolicedRounds = 16;
/// How long the verdict holds; then the path is tried anew, for policers come and go.
inline constexpr Duration kPolicedTime = std::chrono::seconds(10);

/// What one round trip showed.
struct RoundSummary {
  std::uint64_t bytes_per_second = 0;  ///< highest delivery rate
  std::uint64_t loss_rate = 0;         ///< smoothed, in units of 2^-20
  bool queue_is_empty = false;
  bool app_limited = false;
};

/// Whoever sends faster than a link carries sees a queue; with more in flight and no queue, more arrives, be
/// the loss what it may. Where much is lost, nothing queues and yet no more arrives for kPolicedRounds, what
/// was sent beyond that rate was dropped for being sent.
class PolicerDetector {
 public:
  void on_round(Instant now, const RoundSummary& round);
  /// The rate that passed, bytes per second, while the verdict holds.
  std::optional<std::uint64_t> policed_rate() const { return policed_rate_.to_optional(); }
  void reset() { *this = PolicerDetector{}; }

 private:
  bool looks_policed(const RoundSummary& round) const;

  std::uint64_t base_ = 0;    // rate of the first round of the row
  std::uint64_t lowest_ = 0;  // of the row: the first rounds may still have had saved tokens
  base::CompactOptional<std::uint64_t> policed_rate_;
  Instant until_;
  std::uint32_t rounds_ = 0;
};

}  // namespace rudp::congestion
