// Packet numbers travel truncated (RFC 9000 17.1, A.2, A.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/units.hpp"

namespace rudp::wire {

inline constexpr std::size_t kPacketNumberBytesMax = 4;

/// How many of the low bytes of `number` the peer needs, 1 to 4: twice as many values as there are
/// numbers in doubt between the largest one that it acknowledged and this one (RFC 9000 A.2).
/// REQUIRES: number > largest_acked.
std::size_t packet_number_bytes(PacketNumber number, std::optional<PacketNumber> largest_acked);

/// The low `length` bytes of `number`. REQUIRES: 1 <= length <= 4.
constexpr std::uint32_t truncate_packet_number(PacketNumber number, std::size_t length) {
  return static_cast<std::uint32_t>(number & ((std::uint64_t{1} << (8 * length)) - 1));
}

/// The number nearest to `expected` that ends in `truncated` (RFC 9000 A.3). `expected` is one more than the
/// largest number that was authenticated, 0 before the first. REQUIRES: 1 <= length <= 4.
PacketNumber expand_packet_number(PacketNumber expected, std::uint32_t truncated, std::size_t length);

}  // namespace rudp::wire
