// Hides packet numbers and key phases: the ChaCha20 mask of RFC 9001, section 5.4.4, for both suites.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "crypto/secret.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kHeaderSampleBytes = 16;
inline constexpr std::size_t kHeaderMaskBytes = 5;

using HeaderSample = std::span<const std::uint8_t, kHeaderSampleBytes>;
/// Byte 0 is for the first byte of the packet, 1 to 4 for the packet number.
using HeaderMask = std::array<std::uint8_t, kHeaderMaskBytes>;

HeaderMask header_mask(const Secret<32>& key, HeaderSample sample);

}  // namespace rudp::crypto
