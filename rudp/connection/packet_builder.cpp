#include "connection/packet_builder.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "wire/short_header.hpp"

namespace rudp::connection {
namespace {

MutableBytes payload_room(MutableBytes datagram, std::size_t header_bytes) {
  RUDP_ASSERT(datagram.size() >= header_bytes + wire::kNumberAndPayloadBytesMin + crypto::kTagBytes);
  return datagram.subspan(header_bytes, datagram.size() - header_bytes - crypto::kTagBytes);
}

}  // namespace

PacketBuilder::PacketBuilder(MutableBytes datagram, const Header& header)
    : datagram_(datagram),
      header_(header),
      header_bytes_(wire::short_header_bytes(header.destination_cid.size(), header.number_length)),
      frames_(payload_room(datagram, header_bytes_)) {
  wire::Writer writer(datagram.first(header_bytes_));
  const bool fits = wire::write_short_header(writer, header.destination_cid, header.key_phase, header.number,
                                             header.number_length);
  RUDP_ASSERT(fits);
}

void PacketBuilder::record(const recovery::SentFrame& frame) {
  RUDP_ASSERT(records_count_ < records_.size());
  records_[records_count_++] = frame;
}

Result<std::size_t> PacketBuilder::finish(crypto::PacketProtection& protection, std::size_t pad_to_bytes) {
  RUDP_ASSERT(!empty());
  // The sample of header protection must lie inside the packet (RFC 9001 5.4.2).
  const std::size_t at_least = std::max(pad_to_bytes, header_bytes_ + wire::kNumberAndPayloadBytesMin -
                                                          header_.number_length + crypto::kTagBytes);
  if (bytes() < at_least) frames_.zeros(std::min(at_least - bytes(), frames_.remaining()));

  const MutableBytes packet = datagram_.first(bytes());
  const auto sealed =
      protection.seal(header_.number, packet.first(header_bytes_), packet.subspan(header_bytes_));
  if (!sealed) return sealed.error();
  const std::size_t number_offset = header_bytes_ - header_.number_length;
  const Bytes sample = wire::header_sample(packet, number_offset);
  const auto mask = protection.send_mask(crypto::HeaderSample(sample.data(), crypto::kHeaderSampleBytes));
  wire::protect_short_header(packet, number_offset, mask);
  return packet.size();
}

}  // namespace rudp::connection
