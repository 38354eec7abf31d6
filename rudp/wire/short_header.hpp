// The header of every packet of an open connection: 0 1 0 r r K P P, connection id, packet number 1-4.
//
// The low five bits of the first byte and the packet number are under header protection (RFC 9001 5.4), whose
// mask is computed elsewhere. So a header is read in steps: `locate`, compute the mask from the sample,
// `unprotect`, expand the number, open; and written in steps: `write_short_header`, payload, seal, `protect`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "wire/writer.hpp"

namespace rudp::wire {

inline constexpr std::size_t kHeaderSampleBytes = 16;
inline constexpr std::size_t kHeaderMaskBytes = 5;
inline constexpr std::size_t kPacketTagBytes = 16;
/// The packet number together with the plaintext behind it is at least this long, so that the sample, which
/// begins 4 bytes behind the start of the number, lies inside the packet (RFC 9001 5.4.2). A sender pads.
inline constexpr std::size_t kNumberAndPayloadBytesMin = 4;

using HeaderMask = std::array<std::uint8_t, kHeaderMaskBytes>;

/// Where things are in a packet whose header is still protected.
struct ShortLocation {
  ConnectionId destination_cid;
  std::size_t number_offset = 0;
  Bytes sample;  ///< kHeaderSampleBytes inside the datagram
};

/// REQUIRES: cid_length <= ConnectionId::kBytesMax. Errors: truncated, unknown_packet.
Result<ShortLocation> locate_short_header(Bytes datagram, std::size_t cid_length);

/// What header protection hid. Nothing of it may be acted upon before the packet has been opened.
struct ShortHeader {
  bool key_phase = false;
  std::uint8_t reserved = 0;      ///< not zero in an authenticated packet: protocol_violation
  std::size_t number_length = 1;  ///< bytes, 1 to 4
  std::uint32_t truncated_number = 0;
  std::size_t header_bytes = 0;  ///< number_offset + number_length: the associated data of the AEAD
};

/// Removes the mask in place. REQUIRES: number_offset from locate_short_header on this datagram.
ShortHeader unprotect_short_header(MutableBytes datagram, std::size_t number_offset, const HeaderMask& mask);

/// Writes first byte, id and truncated number, unprotected. False, with nothing written, when it does not
/// fit. REQUIRES: 1 <= number_length <= 4.
bool write_short_header(Writer& writer, const ConnectionId& destination_cid, bool key_phase,
                        PacketNumber number, std::size_t number_length);

/// The bytes that write_short_header writes.
constexpr std::size_t short_header_bytes(std::size_t cid_length, std::size_t number_length) {
  return 1 + cid_length + number_length;
}

/// The sample of a sealed packet whose number stands at number_offset. REQUIRES: the datagram is at least
/// number_offset + 4 + kHeaderSampleBytes long.
Bytes header_sample(Bytes datagram, std::size_t number_offset);

/// Applies the mask to a sealed packet, in place. REQUIRES: as header_sample.
void protect_short_header(MutableBytes datagram, std::size_t number_offset, const HeaderMask& mask);

}  // namespace rudp::wire
