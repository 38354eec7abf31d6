#include "crypto/packet_key.hpp"

#include <sodium.h>

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/initialize.hpp"
#include "crypto/integer_bytes.hpp"

namespace rudp::crypto {
namespace {

using AesNonce = std::array<std::uint8_t, crypto_aead_aes256gcm_NPUBBYTES>;

AesNonce aes_nonce_of(std::uint64_t number) {
  AesNonce nonce{};
  const auto bytes = big_endian(number);
  std::copy(bytes.begin(), bytes.end(), nonce.begin() + 4);
  return nonce;
}

const crypto_aead_aes256gcm_state* aes_state(const std::uint8_t* state) {
  return reinterpret_cast<const crypto_aead_aes256gcm_state*>(state);
}

ChaChaKey chacha_key(const std::uint8_t* state) { return ChaChaKey(state, 32); }

constexpr std::uint8_t bit_of(Suite suite) { return static_cast<std::uint8_t>(suite); }

}  // namespace

std::uint8_t supported_suites() {
  initialize();
  static const bool has_aes = crypto_aead_aes256gcm_is_available() != 0;
  const std::uint8_t aes = has_aes ? bit_of(Suite::aes256_gcm) : std::uint8_t{0};
  return bit_of(Suite::chacha20_poly1305) | aes;
}

Result<Suite> choose_suite(std::uint8_t ours, std::uint8_t theirs) {
  const std::uint8_t both = ours & theirs;
  if ((both & bit_of(Suite::aes256_gcm)) != 0) return Suite::aes256_gcm;
  if ((both & bit_of(Suite::chacha20_poly1305)) != 0) return Suite::chacha20_poly1305;
  return Error::no_common_suite;
}

Secret<32> next_traffic_secret(const Secret<32>& traffic_secret) {
  constexpr std::array<std::uint8_t, 32> kZeros{};
  Secret<32 + kTagBytes> sealed;
  chacha20_poly1305_seal(traffic_secret.bytes(), std::numeric_limits<std::uint64_t>::max(), {}, kZeros,
                         sealed.mutable_bytes());
  return Secret<32>(sealed.bytes().first<32>());
}

Secret<32> packet_secret(Suite suite, const Secret<32>& traffic_secret) {
  if (suite == Suite::chacha20_poly1305) return traffic_secret.clone();
  return keyed_blake2b(traffic_secret.bytes(), as_bytes("rudp/1 aes256gcm"));
}

PacketKey::PacketKey(Suite suite, const Secret<32>& key) noexcept : suite_(suite) {
  static_assert(sizeof(state_) == sizeof(crypto_aead_aes256gcm_state) &&
                crypto_aead_aes256gcm_ABYTES == kTagBytes);
  RUDP_ASSERT((supported_suites() & bit_of(suite)) != 0);
  if (suite == Suite::chacha20_poly1305) {
    std::copy(key.bytes().begin(), key.bytes().end(), state_.begin());
    return;
  }
  crypto_aead_aes256gcm_beforenm(reinterpret_cast<crypto_aead_aes256gcm_state*>(state_.data()),
                                 key.bytes().data());
}

PacketKey::PacketKey(PacketKey&& other) noexcept : state_(other.state_), suite_(other.suite_) {
  wipe(other.state_);
}

PacketKey& PacketKey::operator=(PacketKey&& other) noexcept {
  if (this == &other) return *this;
  state_ = other.state_;
  suite_ = other.suite_;
  wipe(other.state_);
  return *this;
}

Result<void> PacketKey::seal(std::uint64_t number, Bytes header, MutableBytes payload_and_tag) const {
  if (payload_and_tag.size() < kTagBytes) return Error::buffer_too_small;
  const Bytes payload = payload_and_tag.first(payload_and_tag.size() - kTagBytes);
  if (suite_ == Suite::chacha20_poly1305) {
    chacha20_poly1305_seal(chacha_key(state_.data()), number, header, payload, payload_and_tag);
    return {};
  }
  crypto_aead_aes256gcm_encrypt_afternm(payload_and_tag.data(), nullptr, payload.data(), payload.size(),
                                        header.data(), header.size(), nullptr, aes_nonce_of(number).data(),
                                        aes_state(state_.data()));
  return {};
}

Result<std::size_t> PacketKey::open(std::uint64_t number, Bytes header,
                                    MutableBytes ciphertext_and_tag) const {
  if (ciphertext_and_tag.size() < kTagBytes) return Error::truncated;
  const MutableBytes payload = ciphertext_and_tag.first(ciphertext_and_tag.size() - kTagBytes);
  if (suite_ == Suite::chacha20_poly1305) {
    const Result<void> opened =
        chacha20_poly1305_open(chacha_key(state_.data()), number, header, ciphertext_and_tag, payload);
    if (!opened) return opened.error();
    return payload.size();
  }
  const int answer = crypto_aead_aes256gcm_decrypt_afternm(
      payload.data(), nullptr, nullptr, ciphertext_and_tag.data(), ciphertext_and_tag.size(), header.data(),
      header.size(), aes_nonce_of(number).data(), aes_state(state_.data()));
  if (answer != 0) return Error::authentication_failed;
  return payload.size();
}

}  // namespace rudp::crypto
