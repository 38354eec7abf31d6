#include "wire/short_header.hpp"

#include "base/assert.hpp"
#include "wire/packet_number.hpp"
#include "wire/reader.hpp"

namespace rudp::wire {

namespace {

constexpr std::uint8_t kForm = 0b010'00000;
constexpr std::uint8_t kFormMask = 0b111'00000;
constexpr std::uint8_t kProtectedMask = 0b000'11111;
constexpr unsigned kReservedShift = 3;
constexpr std::uint8_t kReservedMask = 0b11;
constexpr std::uint8_t kKeyPhaseBit = 0b100;
constexpr std::uint8_t kLengthMask = 0b11;

std::size_t number_length_of(std::uint8_t first_byte) { return std::size_t{1} + (first_byte & kLengthMask); }

void mask_number(MutableBytes datagram, std::size_t number_offset, std::size_t length,
                 const HeaderMask& mask) {
  for (std::size_t at = 0; at < length; ++at) datagram[number_offset + at] ^= mask[1 + at];
}

void mask_first_byte(MutableBytes datagram, const HeaderMask& mask) {
  datagram[0] = static_cast<std::uint8_t>(datagram[0] ^ (mask[0] & kProtectedMask));
}

}  // namespace

Result<ShortLocation> locate_short_header(Bytes datagram, std::size_t cid_length) {
  Reader reader(datagram);
  const std::uint8_t first_byte = reader.u8();
  ShortLocation location;
  location.destination_cid = ConnectionId(reader.bytes(cid_length));
  location.number_offset = reader.position();
  reader.bytes(kPacketNumberBytesMax);
  location.sample = reader.bytes(kHeaderSampleBytes);
  if (!reader.ok()) return Error::truncated;
  if ((first_byte & kFormMask) != kForm) return Error::unknown_packet;
  return location;
}

ShortHeader unprotect_short_header(MutableBytes datagram, std::size_t number_offset, const HeaderMask& mask) {
  RUDP_ASSERT(number_offset + kPacketNumberBytesMax <= datagram.size());
  mask_first_byte(datagram, mask);
  const std::uint8_t first_byte = datagram[0];
  ShortHeader header;
  header.key_phase = (first_byte & kKeyPhaseBit) != 0;
  header.reserved = first_byte >> kReservedShift & kReservedMask;
  header.number_length = number_length_of(first_byte);
  header.header_bytes = number_offset + header.number_length;
  mask_number(datagram, number_offset, header.number_length, mask);
  for (std::size_t at = number_offset; at < header.header_bytes; ++at) {
    header.truncated_number = header.truncated_number << 8 | datagram[at];
  }
  return header;
}

bool write_short_header(Writer& writer, const ConnectionId& destination_cid, bool key_phase,
                        PacketNumber number, std::size_t number_length) {
  RUDP_ASSERT(number_length >= 1 && number_length <= kPacketNumberBytesMax);
  const std::size_t start = writer.size();
  const std::size_t phase_bits = key_phase ? kKeyPhaseBit : 0;
  writer.u8(static_cast<std::uint8_t>(kForm | phase_bits | (number_length - 1)));
  writer.bytes(destination_cid.bytes());
  writer.integer(truncate_packet_number(number, number_length), number_length);
  return writer.commit(start);
}

Bytes header_sample(Bytes datagram, std::size_t number_offset) {
  RUDP_ASSERT(number_offset + kPacketNumberBytesMax + kHeaderSampleBytes <= datagram.size());
  return datagram.subspan(number_offset + kPacketNumberBytesMax, kHeaderSampleBytes);
}

void protect_short_header(MutableBytes datagram, std::size_t number_offset, const HeaderMask& mask) {
  RUDP_ASSERT(number_offset + kPacketNumberBytesMax <= datagram.size());
  mask_number(datagram, number_offset, number_length_of(datagram[0]), mask);
  mask_first_byte(datagram, mask);
}

}  // namespace rudp::wire
