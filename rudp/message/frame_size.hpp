// How many bytes the frames of messages take, so that a message is cut to the space that a packet has left.
#pragma once

#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

#include "transfer/frame_room.hpp"

namespace rudp::message {

using transfer::varint_size;

/// MESSAGE with length, without its payload: type, channel v, number u16 (absent for unreliable), length v.
constexpr std::size_t whole_header_size(Delivery delivery, ChannelId channel, std::uint64_t length) {
  const std::size_t number = delivery == Delivery::unreliable ? 0 : 2;
  return 1 + varint_size(channel) + number + varint_size(length);
}

/// FRAGMENT with length, without its data: type, channel v, number u16, total v, offset v, length v.
constexpr std::size_t fragment_header_size(ChannelId channel, std::uint64_t total, std::uint64_t offset,
                                           std::uint64_t length) {
  return 1 + varint_size(channel) + 2 + varint_size(total) + varint_size(offset) + varint_size(length);
}

/// SKIP without its items: type, channel v, count u8.
constexpr std::size_t skip_header_size(ChannelId channel) { return 1 + varint_size(channel) + 1; }

/// One item of a SKIP: number u16, charge v.
constexpr std::size_t skip_item_size(std::uint64_t charge) { return 2 + varint_size(charge); }

/// How much data a FRAGMENT with length carries at most in `space` bytes; 0 where it carries none.
constexpr std::uint64_t fragment_capacity(ChannelId channel, std::uint64_t total, std::uint64_t offset,
                                          std::size_t space) {
  const std::size_t fixed = 1 + varint_size(channel) + 2 + varint_size(total) + varint_size(offset);
  return transfer::data_capacity(fixed, space);
}

}  // namespace rudp::message
