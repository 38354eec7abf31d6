#include "wire/packet_header.hpp"

#include <optional>

#include "base/assert.hpp"
#include "wire/reader.hpp"

namespace rudp::wire {

namespace {

constexpr std::uint8_t kInitType = 0x80;
constexpr std::uint8_t kRetryType = 0x81;
constexpr std::uint8_t kRespType = 0x82;
constexpr std::uint8_t kFinType = 0x83;
constexpr std::uint8_t kVersionNegotiationType = 0x84;
constexpr std::uint8_t kResetType = 0x85;
constexpr std::uint8_t kShortFormBits = 0b010;

ConnectionId read_cid(Reader& reader) { return ConnectionId(reader.bytes(kLongConnectionIdBytes)); }

/// Reader for what follows type and id; both are present, or the reader has failed.
struct Opening {
  Reader reader;
  ConnectionId cid;

  explicit Opening(Bytes datagram) : reader(datagram) {
    reader.u8();
    cid = read_cid(reader);
  }
};

std::optional<HandshakePattern> to_pattern(std::uint8_t byte) {
  if (byte > static_cast<std::uint8_t>(HandshakePattern::ik_psk2)) return std::nullopt;
  return static_cast<HandshakePattern>(byte);
}

bool is_token_length(std::size_t length) {
  return length == 0 || length == kCookieBytes || length == kAddressTokenBytes;
}

bool is_padding(Reader& reader) {
  reader.skip_zeros();
  return reader.at_end();
}

Result<LongPacket> parse_init(Bytes datagram) {
  const auto invariant = parse_init_invariant(datagram);
  if (!invariant) return invariant.error();
  if (invariant->version != kVersion1) return Error::unsupported_version;
  Opening opening(datagram);
  Reader& reader = opening.reader;
  InitPacket packet;
  packet.client_cid = opening.cid;
  packet.version = reader.u32();
  const auto pattern = to_pattern(reader.u8());
  packet.token = reader.bytes(reader.u8());
  packet.noise_message = reader.bytes(reader.u16());
  if (!reader.ok()) return Error::truncated;
  if (!pattern || !is_token_length(packet.token.size())) return Error::malformed;
  if (packet.noise_message.size() < kNoiseMessageBytesMin) return Error::malformed;
  if (!is_padding(reader)) return Error::malformed;
  packet.pattern = *pattern;
  return LongPacket(packet);
}

Result<LongPacket> parse_retry(Bytes datagram) {
  Opening opening(datagram);
  RetryPacket packet;
  packet.client_cid = opening.cid;
  packet.cookie = opening.reader.array<kCookieBytes>();
  if (!opening.reader.ok()) return Error::truncated;
  if (!opening.reader.at_end()) return Error::malformed;
  return LongPacket(packet);
}

Result<LongPacket> parse_resp(Bytes datagram) {
  Opening opening(datagram);
  const RespPacket packet{opening.cid, opening.reader.rest()};
  if (packet.noise_message.size() < kNoiseMessageBytesMin) return Error::truncated;
  return LongPacket(packet);
}

Result<LongPacket> parse_fin(Bytes datagram) {
  Opening opening(datagram);
  const FinPacket packet{opening.cid, opening.reader.rest()};
  if (packet.noise_message.size() < kNoiseMessageBytesMin) return Error::truncated;
  return LongPacket(packet);
}

Result<LongPacket> parse_version_negotiation(Bytes datagram) {
  Opening opening(datagram);
  Reader& reader = opening.reader;
  VersionNegotiationPacket packet;
  packet.client_cid = opening.cid;
  do {
    if (packet.versions.size() == VersionList::kMax) return Error::malformed;
    packet.versions.push_back(reader.u32());
  } while (reader.remaining() > 0);
  if (!reader.ok()) return Error::truncated;
  return LongPacket(packet);
}

Result<LongPacket> parse_reset(Bytes datagram) {
  Opening opening(datagram);
  ResetPacket packet;
  packet.server_cid = opening.cid;
  packet.token = opening.reader.array<kResetTokenBytes>();
  if (!opening.reader.ok()) return Error::truncated;
  if (!opening.reader.at_end()) return Error::malformed;
  return LongPacket(packet);
}

void write_opening(Writer& writer, std::uint8_t type, const ConnectionId& cid) {
  RUDP_ASSERT(cid.size() == kLongConnectionIdBytes);
  writer.u8(type);
  writer.bytes(cid.bytes());
}

void write_noise_message(Writer& writer, Bytes noise_message) {
  RUDP_ASSERT(noise_message.size() >= kNoiseMessageBytesMin);
  RUDP_ASSERT(noise_message.size() <= 0xffff);
  writer.bytes(noise_message);
}

}  // namespace

Result<PacketKind> classify(Bytes datagram) {
  if (datagram.empty()) return Error::truncated;
  const std::uint8_t first = datagram.front();
  if (first >> 5 == kShortFormBits) return PacketKind::short_header;
  switch (first) {
    case kInitType:
      return PacketKind::init;
    case kRetryType:
      return PacketKind::retry;
    case kRespType:
      return PacketKind::resp;
    case kFinType:
      return PacketKind::fin;
    case kVersionNegotiationType:
      return PacketKind::version_negotiation;
    case kResetType:
      return PacketKind::reset;
  }
  return Error::unknown_packet;
}

Result<LongPacket> parse_long_packet(Bytes datagram) {
  const auto kind = classify(datagram);
  if (!kind) return kind.error();
  switch (*kind) {
    case PacketKind::init:
      return parse_init(datagram);
    case PacketKind::retry:
      return parse_retry(datagram);
    case PacketKind::resp:
      return parse_resp(datagram);
    case PacketKind::fin:
      return parse_fin(datagram);
    case PacketKind::version_negotiation:
      return parse_version_negotiation(datagram);
    case PacketKind::reset:
      return parse_reset(datagram);
    case PacketKind::short_header:
      break;
  }
  return Error::unknown_packet;
}

Result<InitInvariant> parse_init_invariant(Bytes datagram) {
  if (datagram.empty()) return Error::truncated;
  if (datagram.front() != kInitType) return Error::unknown_packet;
  if (datagram.size() < kInitBytesMin) return Error::truncated;
  Opening opening(datagram);
  return InitInvariant{opening.cid, opening.reader.u32()};
}

bool write_long_packet(Writer& writer, const InitPacket& packet) {
  RUDP_ASSERT(is_token_length(packet.token.size()));
  const std::size_t start = writer.size();
  write_opening(writer, kInitType, packet.client_cid);
  writer.u32(packet.version);
  writer.u8(static_cast<std::uint8_t>(packet.pattern));
  writer.u8(static_cast<std::uint8_t>(packet.token.size()));
  writer.bytes(packet.token);
  writer.u16(static_cast<std::uint16_t>(packet.noise_message.size()));
  write_noise_message(writer, packet.noise_message);
  const std::size_t size = writer.size() - start;
  if (size < kInitBytesMin) writer.zeros(kInitBytesMin - size);
  return writer.commit(start);
}

bool write_long_packet(Writer& writer, const RetryPacket& packet) {
  const std::size_t start = writer.size();
  write_opening(writer, kRetryType, packet.client_cid);
  writer.bytes(packet.cookie);
  return writer.commit(start);
}

bool write_long_packet(Writer& writer, const RespPacket& packet) {
  const std::size_t start = writer.size();
  write_opening(writer, kRespType, packet.client_cid);
  write_noise_message(writer, packet.noise_message);
  return writer.commit(start);
}

bool write_long_packet(Writer& writer, const FinPacket& packet) {
  const std::size_t start = writer.size();
  write_opening(writer, kFinType, packet.server_cid);
  write_noise_message(writer, packet.noise_message);
  return writer.commit(start);
}

bool write_long_packet(Writer& writer, const VersionNegotiationPacket& packet) {
  RUDP_ASSERT(!packet.versions.empty());
  const std::size_t start = writer.size();
  write_opening(writer, kVersionNegotiationType, packet.client_cid);
  for (const std::uint32_t version : packet.versions) writer.u32(version);
  return writer.commit(start);
}

bool write_long_packet(Writer& writer, const ResetPacket& packet) {
  const std::size_t start = writer.size();
  write_opening(writer, kResetType, packet.server_cid);
  writer.bytes(packet.token);
  return writer.commit(start);
}

bool write_long_packet(Writer& writer, const LongPacket& packet) {
  return std::visit([&](const auto& one) { return write_long_packet(writer, one); }, packet);
}

}  // namespace rudp::wire
