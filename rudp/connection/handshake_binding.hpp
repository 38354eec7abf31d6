// What both sides of a handshake must agree on beside the Noise messages themselves.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <rudp/types.hpp>

#include "base/connection_id.hpp"
#include "base/units.hpp"
#include "wire/packet_header.hpp"

namespace rudp::connection {

/// "NK", "NX", ...: the Noise pattern of the pattern byte.
std::string_view noise_pattern_name(HandshakePattern pattern);

inline constexpr std::string_view kPrologueLabel = "rudp/1";
inline constexpr std::size_t kPrologueBytes = 6 + 1 + 4 + 8 + 1;
using Prologue = std::array<std::uint8_t, kPrologueBytes>;

/// The Noise prologue: label, INIT's type byte, version, client_cid, pattern. So
/// none of them can be changed on the way (H8). REQUIRES: client_cid has 8 bytes.
Prologue make_prologue(std::uint32_t version, const ConnectionId& client_cid, HandshakePattern pattern);

using InitHash = std::array<std::uint8_t, 32>;
/// BLAKE2b-512, cut to 32 bytes, of an INIT without its token and padding. The
/// server repeats it inside msg 2, and it tells INITs with one client_cid apart.
InitHash hash_init(const wire::InitPacket& init);

}  // namespace rudp::connection
