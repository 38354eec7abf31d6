#include "recovery/reordering.hpp"

#include <algorithm>

namespace rudp::recovery {

// Nothing is counted any more once one came late: how many overtake it depends on the rate, how late it is on
// the path. The time is made so long that this one would not have been lost.
void Reordering::on_late(Duration after, Duration longest) {
  const std::int64_t most = std::int64_t{kTimeThresholdMax} * least_.time_denominator;
  const std::int64_t needed = after * least_.time_denominator / std::max(longest, Duration(1)) + 1;
  present_.packets = kNoPacketThreshold;
  present_.time_numerator = std::max(present_.time_numerator,
                                     static_cast<std::uint16_t>(std::clamp<std::int64_t>(needed, 0, most)));
  rounds_left_ = kReorderingRounds;
}

void Reordering::on_overtaken(std::uint64_t distance) {
  if (rounds_left_ > 0 && distance >= least_.packets) rounds_left_ = kReorderingRounds;
}

void Reordering::on_lost(PacketNumber largest_lost, PacketNumber next_number) {
  if (rounds_left_ == 0 || largest_lost < round_end_) return;
  round_end_ = next_number;
  --rounds_left_;
}

void Reordering::settle() {
  if (rounds_left_ == 0) present_ = least_;
}

}  // namespace rudp::recovery
