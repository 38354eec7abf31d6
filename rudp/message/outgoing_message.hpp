// One message on its way out, and the channel it belongs to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <rudp/types.hpp>

#include "base/block_list.hpp"
#include "base/ring_queue.hpp"
#include "base/slot_map.hpp"
#include "message/number_window.hpp"
#include "transfer/send_ranges.hpp"

namespace rudp::message {

struct SendFlow;

enum class SendStage : std::uint8_t {
  queued,    ///< waits for credit, a number and its turn
  admitted,  ///< its credit is reserved
  started,   ///< has its number; some of it was sent
  awaited,   ///< unreliable: all of it was sent, only its receipt is open; the payload is gone
  skipped,   ///< given up; the payload is gone, the SKIP is not acknowledged yet
};

/// A message from send until all of it is acknowledged, or its SKIP is; an unreliable one until all of it was
/// sent, and where it asked for a receipt, until that is known.
struct OutgoingMessage {
  MessageId id = 0;
  std::vector<std::uint8_t> payload;  // stored once; frames are views of it
  transfer::SendRanges ranges;
  std::uint64_t number = 0;             // from SendStage::started on; the low 16 bits go on the wire
  std::uint64_t charge = 0;             // of SendStage::skipped: the credit it took
  Instant receipt_due_at;               // of awaits_receipt
  Instant expires_at = Instant::max();  // of SendStage::awaited: when the receipt is given up
  ChannelId channel = 0;
  Delivery delivery = Delivery::reliable_ordered;
  SendStage stage = SendStage::queued;
  std::uint8_t priority = 0;
  bool wants_receipt = false;
  bool in_lost_queue = false;
  bool in_skip_queue = false;
  bool is_fragmented = false;   // by its second sequence of numbers
  bool is_replaced = false;     // latest: a newer value was sent; its lost bytes stay lost
  bool awaits_receipt = false;  // latest: all is acknowledged, but only a RECEIPT says that fragments met
  bool is_overdue = false;      // its deadline came while all of it was under way

  bool is_reliable() const {
    return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
  }
  bool is_unreliable() const { return delivery == Delivery::unreliable; }
  bool is_latest() const { return delivery == Delivery::latest; }
};

/// A finished ordered message whose receipt waits for an earlier number.
struct HeldReceipt {
  std::uint64_t number = 0;
  MessageId id = 0;
};

/// What a channel keeps while it has messages.
struct OutgoingTalk {
  std::optional<base::SlotMap<OutgoingMessage>::Handle> newest_value;  // of latest: the last that was started
  std::vector<std::unique_ptr<SendFlow>> flows;
  base::BlockList<HeldReceipt> held_receipts;  // ascending by number
};

/// What a channel keeps for the life of the connection: numbers.
struct OutgoingChannel {
  ChannelId id = 0;
  std::uint64_t next_number = 0;        // of the reliable kinds
  std::uint64_t next_fragment = 0;      // of fragmented unreliable messages, counted; see fragment_number
  std::uint64_t next_value = 0;         // of latest, counted; see value_number
  std::uint64_t values_arrived_to = 0;  // the value before is known to have arrived
  NumberWindow finished;
  std::unique_ptr<OutgoingTalk> talk;  // null: no message was sent, or not for long

  /// REQUIRES: no message of the channel is left.
  void rest();
};

}  // namespace rudp::message
