// Whether the peer receives at an address: a path is challenged until it answers (RFC 9000 8.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/network_path.hpp"
#include "path/anti_amplification.hpp"

namespace rudp::path {

/// Challenges that one attempt sends: the first few an interval apart, then twice as long each time. With a
/// third of all packets lost each way, one attempt in a thousand ends without an answer.
inline constexpr std::uint32_t kChallengesMax = 12;
inline constexpr std::uint32_t kChallengesBeforeBackOff = 3;
/// Answers to this many of the newest challenges count; older ones are too late to tell anything.
inline constexpr std::size_t kChallengesKept = 4;
/// Challenges to one address are at least a round trip apart, and this, where the peer makes us believe in
/// less (threat M9).
inline constexpr Duration kChallengeIntervalMin = std::chrono::milliseconds(10);
inline constexpr Duration kChallengeIntervalMax = std::chrono::seconds(3);
/// A datagram with a challenge is this long where so much may be sent, since the path has to carry it.
inline constexpr std::size_t kChallengeDatagramBytes = 1200;

/// What a challenge holds and its answer repeats.
using PathData = std::array<std::uint8_t, 8>;

class Validation {
 public:
  explicit Validation(const NetworkPath& path) : path_(path) {}

  const NetworkPath& path() const { return path_; }
  /// What may be sent there: three times what came, until it has answered.
  AntiAmplification& limit() { return limit_; }
  const AntiAmplification& limit() const { return limit_; }

  /// The first challenge is not due before. REQUIRES: none was sent.
  void wait_until(Instant first) { next_at_ = first; }
  /// A challenge is to be sent; the next is due `interval` later, or more.
  bool is_due(Instant now) const { return !is_validated() && !is_exhausted() && now >= next_at_; }
  void on_challenge_sent(Instant now, const PathData& data, Duration interval);
  /// True: it answers one of the newest challenges, now for the first time.
  bool on_response(Instant now, const PathData& data);

  bool is_validated() const { return rtt_.has_value(); }
  /// The first few challenges are sent, and none was answered.
  bool is_backing_off() const { return !is_validated() && sent_ > kChallengesBeforeBackOff; }
  /// All challenges are sent; the last one's time is over at next_at().
  bool is_exhausted() const { return sent_ == kChallengesMax; }
  /// When the next challenge is due, or the last one is given up.
  Instant next_at() const { return next_at_; }
  /// From a challenge to its answer. REQUIRES: is_validated().
  Duration rtt() const { return *rtt_; }

 private:
  struct Challenge {
    Instant sent_at;
    PathData data{};
  };

  NetworkPath path_;
  AntiAmplification limit_;
  std::array<Challenge, kChallengesKept> challenges_;
  std::uint32_t sent_ = 0;
  Instant next_at_ = Instant::min();
  std::optional<Duration> rtt_;
};

}  // namespace rudp::path
