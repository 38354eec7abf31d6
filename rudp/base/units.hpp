// The small values that several rooms name: packet numbers, ranges, counters, wire enumerations.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

namespace rudp {

/// UDP payload that every path is taken to carry (RFC 9000 14): packets begin with it, and fall back to it.
inline constexpr std::uint32_t kBaseDatagramBytes = 1200;

/// Counts the packets of one direction of a connection; never reused, also not for retransmission.
using PacketNumber = std::uint64_t;
/// Above this no packet can be numbered (RFC 9000 12.3).
inline constexpr PacketNumber kPacketNumberMax = (std::uint64_t{1} << 62) - 1;
/// The largest value of a varint (RFC 9000 16), and so of every size and offset on the wire.
inline constexpr std::uint64_t kVarintMax = (std::uint64_t{1} << 62) - 1;

/// Packet numbers from `first` to `last`, both included. REQUIRES: first <= last.
struct PacketRange {
  PacketNumber first = 0;
  PacketNumber last = 0;

  friend constexpr auto operator<=>(const PacketRange&, const PacketRange&) = default;
};

/// How many packets of a direction arrived with each ECN mark, since the connection began.
struct EcnCounts {
  std::uint64_t ect0 = 0;
  std::uint64_t ect1 = 0;
  std::uint64_t ce = 0;

  friend constexpr auto operator<=>(const EcnCounts&, const EcnCounts&) = default;
};

/// The ranges that one ACK frame carries at most: the first and 31 more. Older ones are forgotten first
/// (RFC 9000 13.2.3), so that neither side's work grows with what a peer sends.
inline constexpr std::size_t kAckRangesMax = 32;

/// The Noise pattern of a handshake; the numbers are the pattern byte of INIT.
enum class HandshakePattern : std::uint8_t {
  nk = 0,
  nx = 1,
  nk_psk2 = 2,
  nx_psk2 = 3,
  xk = 4,
  ik = 5,
  xk_psk3 = 6,
  ik_psk2 = 7,
};

/// The AEAD of the packets after the handshake. Bit n of the `suites` parameter offers suite n.
using CipherSuite = Cipher;

/// The bit by which the `suites` parameter offers a suite.
constexpr std::uint64_t suite_bit(CipherSuite suite) {
  return std::uint64_t{1} << static_cast<unsigned>(suite);
}

}  // namespace rudp
