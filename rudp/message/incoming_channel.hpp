// A received message, and what a channel keeps of those that are not ready yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <rudp/types.hpp>

#include "base/block_list.hpp"
#include "message/number_window.hpp"
#include "transfer/reassembler.hpp"

namespace rudp::message {

/// A message for the application, which owns the buffer.
struct ReceivedMessage {
  std::vector<std::uint8_t> bytes;
  ChannelId channel = 0;
  Delivery delivery = Delivery::reliable_ordered;
};

/// A fragmented unreliable message or value that has arrived whole, as a RECEIPT tells its sender.
struct ArrivedMessage {
  ChannelId channel = 0;
  std::uint16_t number = 0;
  friend bool operator==(const ArrivedMessage&, const ArrivedMessage&) = default;
};

/// A reliable message of which some fragments have arrived. Its credit is taken.
struct ReliablePartial {
  std::uint64_t number = 0;
  Delivery delivery = Delivery::reliable_ordered;
  transfer::Reassembler body;
};

/// A complete ordered message that waits for an earlier number.
struct HeldMessage {
  std::uint64_t number = 0;
  ReceivedMessage message;
};

/// What has come of a channel and cannot be given to the application yet. Credit bounds both lists.
struct IncomingGaps {
  base::BlockList<ReliablePartial> partials;  // ascending by number
  base::BlockList<HeldMessage> held;          // ascending by number

  bool empty() const { return partials.empty() && held.empty(); }
  std::size_t memory_bytes() const {
    std::size_t bytes = held.memory_bytes() + partials.memory_bytes();
    partials.for_each([&](const ReliablePartial& partial) { bytes += partial.body.memory_bytes(); });
    return bytes;
  }
};

/// What a channel keeps for the life of the connection: numbers.
struct IncomingChannel {
  NumberWindow finished;
  std::unique_ptr<IncomingGaps> gaps;  // null: all came in order and whole
  ChannelId id = 0;
  std::optional<std::uint16_t> newest_value;  // of latest: the one delivered last

  bool can_rest() const { return !gaps || gaps->empty(); }
  /// REQUIRES: can_rest().
  void rest() {
    finished.rest();
    gaps.reset();
  }
};

}  // namespace rudp::message
