#include "wire/packet_number.hpp"

#include "base/assert.hpp"

namespace rudp::wire {

std::size_t packet_number_bytes(PacketNumber number, std::optional<PacketNumber> largest_acked) {
  RUDP_ASSERT(!largest_acked || number > *largest_acked);
  const std::uint64_t in_doubt = largest_acked ? number - *largest_acked : number + 1;
  std::size_t length = 1;
  while (length < kPacketNumberBytesMax && in_doubt > std::uint64_t{1} << (8 * length - 1)) ++length;
  return length;
}

PacketNumber expand_packet_number(PacketNumber expected, std::uint32_t truncated, std::size_t length) {
  RUDP_ASSERT(length >= 1 && length <= kPacketNumberBytesMax);
  const std::uint64_t window = std::uint64_t{1} << (8 * length);
  const std::uint64_t half = window / 2;
  const PacketNumber candidate = (expected & ~(window - 1)) | truncated;
  // Written as sums, because the differences of RFC 9000 A.3 go below zero near the first packet.
  if (candidate + half <= expected && candidate + window <= kPacketNumberMax) return candidate + window;
  if (candidate > expected + half && candidate >= window) return candidate - window;
  return candidate;
}

}  // namespace rudp::wire
