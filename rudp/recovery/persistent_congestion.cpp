#include "recovery/persistent_congestion.hpp"

namespace rudp::recovery {

PersistentCongestion::PersistentCongestion(Duration period, std::optional<Instant> first_sample_at)
    : needed_(period * kPersistentCongestionThreshold), first_sample_at_(first_sample_at) {}

void PersistentCongestion::on_lost(Instant sent_at, bool acked_between) {
  if (!first_sample_at_ || sent_at <= *first_sample_at_) return;
  if (!run_began_at_ || acked_between) run_began_at_ = sent_at;
  if (sent_at - *run_began_at_ > needed_) established_ = true;
}

}  // namespace rudp::recovery
