// Whose turn it is: to send, to tell the peer or the application something, or to wait for room.
#pragma once

#include <algorithm>
#include <array>

#include <rudp/stream.hpp>

#include "base/ring_queue.hpp"
#include "stream/stream.hpp"
#include "transfer/fair_round.hpp"
#include "transfer/send_order.hpp"

namespace rudp::stream {

/// The queues that streams stand in while something is under way; a connection at rest has none of them.
struct Turns {
  template <class Queue>
  using PerLevel = std::array<Queue, transfer::kLevels>;

  PerLevel<transfer::FairRound<Stream>> rounds;  ///< new data
  PerLevel<base::RingQueue<StreamId>> lost;
  base::RingQueue<StreamId> credit_waiters;  ///< for the connection's credit
  base::RingQueue<StreamId> control_due;
  base::RingQueue<StreamId> events_due;
  base::RingQueue<StreamId> writers;  ///< those that had to wait

  bool empty() const {
    const auto is_empty = [](const auto& queue) { return queue.empty(); };
    return std::all_of(rounds.begin(), rounds.end(), is_empty) &&
           std::all_of(lost.begin(), lost.end(), is_empty) && credit_waiters.empty() && control_due.empty() &&
           events_due.empty() && writers.empty();
  }
};

}  // namespace rudp::stream
