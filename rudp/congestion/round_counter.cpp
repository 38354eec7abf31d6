#include "congestion/round_counter.hpp"

namespace rudp::congestion {

bool RoundEnd::on_ack(PacketNumber largest_acked) {
  if (largest_acked < round_end_) return false;
  round_end_ = next_to_send_;
  return true;
}

}  // namespace rudp::congestion
