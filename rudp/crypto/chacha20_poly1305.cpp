#include "crypto/chacha20_poly1305.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "crypto/integer_bytes.hpp"

namespace rudp::crypto {
namespace {

using Nonce = std::array<std::uint8_t, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

Nonce nonce_of(std::uint64_t number) {
  Nonce nonce{};
  const auto bytes = little_endian(number);
  std::copy(bytes.begin(), bytes.end(), nonce.begin() + 4);
  return nonce;
}

}  // namespace

void chacha20_poly1305_seal(ChaChaKey key, std::uint64_t number, Bytes associated, Bytes plaintext,
                            MutableBytes out) {
  static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == kTagBytes);
  RUDP_ASSERT(out.size() == plaintext.size() + kTagBytes);
  crypto_aead_chacha20poly1305_ietf_encrypt(out.data(), nullptr, plaintext.data(), plaintext.size(),
                                            associated.data(), associated.size(), nullptr,
                                            nonce_of(number).data(), key.data());
}

Result<void> chacha20_poly1305_open(ChaChaKey key, std::uint64_t number, Bytes associated, Bytes ciphertext,
                                    MutableBytes out) {
  RUDP_ASSERT(ciphertext.size() == out.size() + kTagBytes);
  const int answer = crypto_aead_chacha20poly1305_ietf_decrypt(
      out.data(), nullptr, nullptr, ciphertext.data(), ciphertext.size(), associated.data(),
      associated.size(), nonce_of(number).data(), key.data());
  if (answer != 0) return Error::authentication_failed;
  return {};
}

}  // namespace rudp::crypto
