// Small sums about an outgoing message that both halves of Outgoing need.
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

#include "message/limits.hpp"
#include "message/outgoing_frame.hpp"
#include "message/outgoing_message.hpp"
#include "transfer/range_set.hpp"

namespace rudp::message {

/// What a message in the queue is counted with beside its payload: its slot, its place in a queue, the
/// allocator's overhead.
inline constexpr std::uint64_t kQueuedMessageOverheadBytes = 256;

inline std::uint64_t cost_of(const OutgoingMessage& message) {
  return message.payload.size() + kQueuedMessageOverheadBytes;
}

inline std::uint64_t charge_of(const OutgoingMessage& message) {
  return message.payload.size() + kMessageChargeBytes;
}

/// A handle as the number that a tag carries, and back.
inline std::uint64_t to_id(ConnectionHandle handle) {
  return std::uint64_t{handle.generation} << 32 | handle.index;
}

inline ConnectionHandle to_handle(std::uint64_t id) {
  return {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)};
}

/// A RECEIPT does not say of which kind the message is: values of latest have the even numbers, fragmented
/// unreliable messages the odd ones.
inline std::uint64_t value_number(std::uint64_t count) { return 2 * count; }
inline std::uint64_t fragment_number(std::uint64_t count) { return 2 * count + 1; }

/// What names a fragmented message without credit in a RECEIPT.
inline std::uint32_t receipt_key(ChannelId channel, std::uint16_t number) {
  return std::uint32_t{channel} << 16 | number;
}

inline transfer::Range range_of(const FrameTag& tag) {
  return {tag.offset, std::uint64_t{tag.offset} + tag.length};
}

}  // namespace rudp::message
