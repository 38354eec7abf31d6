// Any datagram: a long packet that is accepted must be written stably; a short header must come back whole
// from under its protection, whatever the mask.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "wire/packet_header.hpp"
#include "wire/packet_number.hpp"
#include "wire/short_header.hpp"

namespace {

using namespace rudp;
using namespace rudp::wire;

using Buffer = std::vector<std::uint8_t>;

Buffer written(const LongPacket& packet, std::size_t room) {
  Buffer buffer(room);
  Writer writer{MutableBytes(buffer)};
  RUDP_ASSERT(write_long_packet(writer, packet));
  buffer.resize(writer.size());
  return buffer;
}

void check_long_packet(Bytes datagram) {
  const auto packet = parse_long_packet(datagram);
  if (!packet) return;
  RUDP_ASSERT(classify(datagram).has_value());
  const Buffer canonical = written(*packet, datagram.size());
  const auto again = parse_long_packet(canonical);
  RUDP_ASSERT(again.has_value() && again->index() == packet->index());
  RUDP_ASSERT(written(*again, canonical.size()) == canonical);
  Buffer short_of_one(canonical.size() - 1);
  Writer writer{MutableBytes(short_of_one)};
  RUDP_ASSERT(!write_long_packet(writer, *packet) && writer.size() == 0);
}

void check_invariant(Bytes datagram) {
  const auto invariant = parse_init_invariant(datagram);
  if (!invariant) return;
  RUDP_ASSERT(datagram.size() >= kInitBytesMin);
  RUDP_ASSERT(invariant->client_cid.size() == kLongConnectionIdBytes);
}

/// The sample stands in for the mask that would be computed from it.
void check_short_header(Bytes datagram, std::size_t cid_length) {
  const auto location = locate_short_header(datagram, cid_length);
  if (!location) return;
  HeaderMask mask{};
  std::copy_n(location->sample.begin(), mask.size(), mask.begin());
  Buffer packet(datagram.begin(), datagram.end());
  const ShortHeader header = unprotect_short_header(packet, location->number_offset, mask);
  RUDP_ASSERT(header.header_bytes == short_header_bytes(cid_length, header.number_length));

  const PacketNumber expected = location->destination_cid.to_u64() & kPacketNumberMax;
  const PacketNumber number = expand_packet_number(expected, header.truncated_number, header.number_length);
  RUDP_ASSERT(number <= kPacketNumberMax);
  RUDP_ASSERT(truncate_packet_number(number, header.number_length) == header.truncated_number);
  if (number > expected) RUDP_ASSERT(packet_number_bytes(number, expected) <= kPacketNumberBytesMax);

  Buffer rewritten(header.header_bytes);
  Writer writer{MutableBytes(rewritten)};
  RUDP_ASSERT(
      write_short_header(writer, location->destination_cid, header.key_phase, number, header.number_length));
  rewritten[0] = static_cast<std::uint8_t>(rewritten[0] | header.reserved << 3);
  RUDP_ASSERT(std::equal(rewritten.begin(), rewritten.end(), packet.begin()));
  RUDP_ASSERT(header_sample(packet, location->number_offset).size() == kHeaderSampleBytes);
  protect_short_header(packet, location->number_offset, mask);
  RUDP_ASSERT(std::equal(packet.begin(), packet.end(), datagram.begin(), datagram.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes datagram(data, size);
  check_long_packet(datagram);
  check_invariant(datagram);
  for (const std::size_t cid_length : {0u, 4u, 8u}) check_short_header(datagram, cid_length);
  return 0;
}
