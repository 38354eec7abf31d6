#include "crypto/x25519.hpp"

#include <sodium.h>

#include <algorithm>

namespace rudp::crypto {

PublicKey public_key_of(std::span<const std::uint8_t, kKeyBytes> secret) {
  static_assert(crypto_scalarmult_SCALARBYTES == kKeyBytes && crypto_scalarmult_BYTES == kKeyBytes);
  PublicKey key;
  crypto_scalarmult_base(key.bytes.data(), secret.data());
  return key;
}

bool is_canonical(const PublicKey& key) {
  // 2^255 - 19 is 0xed, thirty times 0xff, 0x7f in little-endian order.
  if (key.bytes.back() != 0x7f) return key.bytes.back() < 0x7f;
  const bool is_all_ones =
      std::all_of(key.bytes.begin() + 1, key.bytes.end() - 1, [](std::uint8_t byte) { return byte == 0xff; });
  return !is_all_ones || key.bytes.front() < 0xed;
}

Result<Secret<kKeyBytes>> diffie_hellman(std::span<const std::uint8_t, kKeyBytes> secret,
                                         const PublicKey& peer) {
  if (!is_canonical(peer)) return Error::bad_key;
  Secret<kKeyBytes> shared;
  if (crypto_scalarmult(shared.mutable_bytes().data(), secret.data(), peer.bytes.data()) != 0) {
    return Error::bad_key;
  }
  return shared;
}

}  // namespace rudp::crypto
