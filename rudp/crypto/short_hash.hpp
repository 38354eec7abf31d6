// The keyed hash for tables whose keys a peer may choose.
#pragma once

#include <array>
#include <cstdint>

#include <rudp/types.hpp>

namespace rudp::crypto {

using ShortHashKey = std::array<std::uint8_t, 16>;

/// SipHash-2-4. Fast, 64 bits, unpredictable without the key; not for tokens.
std::uint64_t short_hash(const ShortHashKey& key, Bytes data);

}  // namespace rudp::crypto
