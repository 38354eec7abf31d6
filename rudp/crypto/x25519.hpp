// X25519 (RFC 7748) with every result checked.
#pragma once

#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/types.hpp>
#include "crypto/secret.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kKeyBytes = 32;

/// The public half of a secret key.
PublicKey public_key_of(std::span<const std::uint8_t, kKeyBytes> secret);

/// Errors: bad_key (a point of low order, whose shared secret everybody knows).
Result<Secret<kKeyBytes>> diffie_hellman(std::span<const std::uint8_t, kKeyBytes> secret,
                                         const PublicKey& peer);

/// Whether two encodings name the same key: X25519 ignores the top bit.
bool is_same_key(const PublicKey& left, const PublicKey& right);

}  // namespace rudp::crypto
