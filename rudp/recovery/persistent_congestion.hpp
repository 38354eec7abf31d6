// Whether lost packets span so long that the window must start again (RFC 9002 section 7.6).
#pragma once

#include <optional>

#include <rudp/types.hpp>

namespace rudp::recovery {

/// kPersistentCongestionThreshold: probe periods that a run of losses must span.
inline constexpr int kPersistentCongestionThreshold = 3;

/// Follows the lost ack-eliciting packets of one detection in ascending order.
class PersistentCongestion {
 public:
  /// `period` is probe_period(). Packets sent before the first RTT sample do not count, for the period was a
  /// guess then (RFC 9002 7.6.2); without any sample nothing counts.
  PersistentCongestion(Duration period, std::optional<Instant> first_sample_at);

  /// `acked_between`: whether any packet between the lost one before and this one was acked.
  void on_lost(Instant sent_at, bool acked_between);
  /// Whether a run with nothing acked inside spanned long enough.
  bool established() const { return established_; }

 private:
  Duration needed_;
  std::optional<Instant> first_sample_at_;
  std::optional<Instant> run_began_at_;
  bool established_ = false;
};

}  // namespace rudp::recovery
