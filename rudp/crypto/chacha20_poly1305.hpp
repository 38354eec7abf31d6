// ChaCha20-Poly1305 (RFC 8439) with the nonce of Noise: 4 zero bytes, then the number little-endian.
#pragma once

#include <cstdint>
#include <span>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

namespace rudp::crypto {

inline constexpr std::size_t kTagBytes = 16;

using ChaChaKey = std::span<const std::uint8_t, 32>;

/// REQUIRES: out.size() == plaintext.size() + kTagBytes; the two start at the
/// same byte or do not overlap.
void chacha20_poly1305_seal(ChaChaKey key, std::uint64_t number, Bytes associated, Bytes plaintext,
                            MutableBytes out);

/// REQUIRES: ciphertext.size() >= kTagBytes; out.size() == ciphertext.size() -
/// kTagBytes; the two start at the same byte or do not overlap.
/// Errors: authentication_failed; `out` is all zero then.
Result<void> chacha20_poly1305_open(ChaChaKey key, std::uint64_t number, Bytes associated, Bytes ciphertext,
                                    MutableBytes out);

}  // namespace rudp::crypto
