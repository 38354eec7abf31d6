// Flows of one priority take turns by what they sent.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ring_queue.hpp"
#include "transfer/ring_removal.hpp"

namespace rudp::transfer {

/// What a flow may send before the next one of its level has its turn: about a packet, so that runs of small
/// messages of one channel stay together.
inline constexpr std::uint64_t kQuantumBytes = 1200;

/// Surplus round robin over flows that it does not own. A Flow has a member `std::int64_t deficit_bytes`,
/// which belongs to the round; whoever sends subtracts from it. A flow may overdraw what it has, and pays by
/// sitting out turns.
template <class Flow>
class FairRound {
 public:
  bool empty() const { return flows_.empty(); }
  std::size_t size() const { return flows_.size(); }

  void enter(Flow& flow) { flows_.push_back(&flow); }
  void leave(Flow& flow) { remove_from(flows_, &flow); }

  /// Whose turn it is; null where nobody is in the round.
  Flow* turn() {
    if (flows_.empty()) return nullptr;
    if (flows_.size() == 1) flows_.front()->deficit_bytes = kQuantumBytes;
    while (flows_.front()->deficit_bytes <= 0) {
      flows_.front()->deficit_bytes += static_cast<std::int64_t>(kQuantumBytes);
      pass();
    }
    return flows_.front();
  }
  /// The flow whose turn it is cannot use the space that is left: the next one may try.
  void pass() { flows_.push_back(flows_.pop_front()); }

 private:
  base::RingQueue<Flow*> flows_;
};

}  // namespace rudp::transfer
