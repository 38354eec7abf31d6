// X25519 (RFC 7748) with every result checked.
#pragma once

#include <span>

#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/types.hpp>
#include "crypto/secret.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kKeyBytes = 32;

/// The public half of a secret key.
PublicKey public_key_of(std::span<const std::uint8_t, kKeyBytes> secret);

/// Whether the key is the one encoding of its point: below 2^255 - 19, top bit
/// clear. X25519 itself takes others too, but nobody computes them honestly, and
/// refusing them leaves each key a single spelling.
bool is_canonical(const PublicKey& key);

/// Errors: bad_key (not canonical, or a point of low order, whose shared secret
/// everybody knows).
Result<Secret<kKeyBytes>> diffie_hellman(std::span<const std::uint8_t, kKeyBytes> secret,
                                         const PublicKey& peer);

}  // namespace rudp::crypto
