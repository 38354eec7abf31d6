// The packets that stand outside an open connection: handshake, version negotiation, reset.
// All begin with their type and, at offset 1, a connection id of 8 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <variant>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "wire/version_list.hpp"
#include "wire/writer.hpp"

namespace rudp::wire {

/// "rud" and the version's number.
inline constexpr std::uint32_t kVersion1 = 0x72756401;

/// An INIT is at least as long as the longest answer, so that the server amplifies nothing (RFC 9000 14.1).
inline constexpr std::size_t kInitBytesMin = 1200;
inline constexpr std::size_t kLongConnectionIdBytes = 8;
inline constexpr std::size_t kCookieBytes = 32;
inline constexpr std::size_t kAddressTokenBytes = 40;
inline constexpr std::size_t kResetTokenBytes = 16;
inline constexpr std::size_t kRetryBytes = 1 + kLongConnectionIdBytes + kCookieBytes;
inline constexpr std::size_t kResetBytes = 1 + kLongConnectionIdBytes + kResetTokenBytes;
/// Every handshake message of every pattern in use holds at least one public key.
inline constexpr std::size_t kNoiseMessageBytesMin = 32;

enum class PacketKind : std::uint8_t { init, retry, resp, fin, version_negotiation, reset, short_header };

/// Tells from the first byte alone what a datagram claims to be.
/// Errors: truncated (no byte at all), unknown_packet.
Result<PacketKind> classify(Bytes datagram);

/// 0x80, client to server. The views point into the datagram.
struct InitPacket {
  ConnectionId client_cid;
  std::uint32_t version = kVersion1;
  HandshakePattern pattern = HandshakePattern::nk;
  Bytes token;          ///< empty, a cookie (32 bytes) or an address token (40 bytes)
  Bytes noise_message;  ///< the first handshake message
};

/// 0x81, server to client: the same INIT again, with this cookie.
struct RetryPacket {
  ConnectionId client_cid;
  std::array<std::uint8_t, kCookieBytes> cookie{};
};

/// 0x82, server to client: the second handshake message.
struct RespPacket {
  ConnectionId client_cid;
  Bytes noise_message;
};

/// 0x83, client to server: the third handshake message, where the pattern has one.
struct FinPacket {
  ConnectionId server_cid;
  Bytes noise_message;
};

/// 0x84, server to client: the versions that the server speaks. A hint for the error text, never a choice.
struct VersionNegotiationPacket {
  ConnectionId client_cid;
  VersionList versions;
};

/// 0x85: the peer knows nothing of this connection (any more).
struct ResetPacket {
  ConnectionId server_cid;
  std::array<std::uint8_t, kResetTokenBytes> token{};
};

using LongPacket =
    std::variant<InitPacket, RetryPacket, RespPacket, FinPacket, VersionNegotiationPacket, ResetPacket>;

/// Reads a datagram of a kind other than short_header. Views in the result live as long as the datagram.
/// Errors: truncated, malformed (also trailing bytes, padding that is not zero, an unknown pattern),
/// unknown_packet, unsupported_version (an INIT whose rest this version cannot read).
Result<LongPacket> parse_long_packet(Bytes datagram);

/// What every version's INIT begins with; all that a server needs to answer VN.
struct InitInvariant {
  ConnectionId client_cid;
  std::uint32_t version = 0;
};
/// Reads only that. Errors: truncated (below kInitBytesMin), unknown_packet (not an INIT).
Result<InitInvariant> parse_init_invariant(Bytes datagram);

/// Each writes one whole datagram at the writer's place, INIT padded with zeros to kInitBytesMin. False, with
/// nothing written, when it does not fit. REQUIRES: ids of 8 bytes, a token of 0, 32 or 40 bytes, a noise
/// message of kNoiseMessageBytesMin to 65,535 bytes, at least one version.
bool write_long_packet(Writer& writer, const InitPacket& packet);
bool write_long_packet(Writer& writer, const RetryPacket& packet);
bool write_long_packet(Writer& writer, const RespPacket& packet);
bool write_long_packet(Writer& writer, const FinPacket& packet);
bool write_long_packet(Writer& writer, const VersionNegotiationPacket& packet);
bool write_long_packet(Writer& writer, const ResetPacket& packet);
bool write_long_packet(Writer& writer, const LongPacket& packet);

}  // namespace rudp::wire
