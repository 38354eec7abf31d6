// BLAKE2b in the forms that the protocol uses: hash, HMAC, Noise's HKDF, and a keyed hash of fields.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include <rudp/types.hpp>
#include "crypto/secret.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kHashBytes = 64;        // Noise HASHLEN of BLAKE2b
inline constexpr std::size_t kHashBlockBytes = 128;  // Noise BLOCKLEN of BLAKE2b

using Hash = std::array<std::uint8_t, kHashBytes>;
using Tag32 = std::array<std::uint8_t, 32>;

/// The bytes of a label, without a terminating zero.
inline Bytes as_bytes(std::string_view text) {
  return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

/// Unkeyed BLAKE2b-512 (RFC 7693) of the parts, one after the other.
Hash blake2b(std::initializer_list<Bytes> parts);

/// HMAC (RFC 2104) over unkeyed BLAKE2b-512. The key may be at most one block.
Secret<kHashBytes> hmac_blake2b(Bytes key, std::initializer_list<Bytes> parts);

/// HKDF of Noise (revision 34, section 4.3) with two or three outputs.
std::array<Secret<kHashBytes>, 2> hkdf2(Bytes chaining_key, std::initializer_list<Bytes> input);
std::array<Secret<kHashBytes>, 3> hkdf3(Bytes chaining_key, std::initializer_list<Bytes> input);

/// Keyed BLAKE2b-256 of the data as it is. The key has 16 to 64 bytes.
Secret<32> keyed_blake2b(Bytes key, Bytes data);

/// Keyed BLAKE2b-256 over fields, each preceded by its length as LE64, so that
/// no two lists of fields hash the same bytes.
Tag32 keyed_blake2b_of_fields(Bytes key, std::initializer_list<Bytes> fields);

}  // namespace rudp::crypto
