// A sending side that orders its levels as a connection does.
#pragma once

#include <optional>

#include "message/outgoing.hpp"
#include "transfer/send_order.hpp"

namespace test {

struct LevelledOutgoing : rudp::message::Outgoing {
  explicit LevelledOutgoing(rudp::message::OutgoingLimits limits) : Outgoing(limits) {}

  /// The next frame of any level.
  std::optional<rudp::message::OutgoingFrame> next_frame(rudp::Instant now, std::size_t space) {
    on_timeout(now);
    for (const auto choice : order_.choices(demand())) {
      auto frame = Outgoing::next_frame(now, choice.level, space);
      if (!frame) continue;
      order_.on_sent(choice, frame->data.size(), demand());
      return frame;
    }
    return std::nullopt;
  }

 private:
  rudp::transfer::SendDemand demand() const {
    rudp::transfer::SendDemand demand;
    for (std::uint8_t level = 0; level < rudp::transfer::kLevels; ++level)
      demand.flows[level][0] = waiting_at(level);
    return demand;
  }
  rudp::transfer::SendOrder order_;
};

}  // namespace test
