#include "path/validation.hpp"

#include <algorithm>

namespace rudp::path {

void Validation::on_challenge_sent(Instant now, const PathData& data, Duration interval) {
  challenges_[sent_ % kChallengesKept] = {now, data};
  Duration wait = std::max(interval, kChallengeIntervalMin);
  for (std::uint32_t sent = kChallengesBeforeBackOff; sent <= sent_ && wait < kChallengeIntervalMax; ++sent)
    wait *= 2;
  next_at_ = now + std::min(wait, std::max(interval, kChallengeIntervalMax));
  ++sent_;
}

bool Validation::on_response(Instant now, const PathData& data) {
  if (is_validated()) return false;
  const std::size_t kept = std::min<std::size_t>(sent_, kChallengesKept);
  for (std::size_t at = 0; at < kept; ++at) {
    if (challenges_[at].data != data) continue;
    rtt_ = std::max(now - challenges_[at].sent_at, Duration::zero());
    limit_.on_validated();
    return true;
  }
  return false;
}

}  // namespace rudp::path
