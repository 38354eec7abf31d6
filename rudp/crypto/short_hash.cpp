#include "crypto/short_hash.hpp"

#include <sodium.h>

namespace rudp::crypto {

std::uint64_t short_hash(const ShortHashKey& key, Bytes data) {
  static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<ShortHashKey>);
  std::array<std::uint8_t, crypto_shorthash_BYTES> digest;
  crypto_shorthash(digest.data(), data.data(), data.size(), key.data());
  std::uint64_t value = 0;
  for (std::size_t i = digest.size(); i-- > 0;) value = value << 8 | digest[i];
  return value;
}

}  // namespace rudp::crypto
