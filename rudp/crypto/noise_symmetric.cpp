#include "crypto/noise_symmetric.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/integer_bytes.hpp"

namespace rudp::crypto {
namespace {

constexpr std::string_view kNamePrefix = "Noise_";
constexpr std::string_view kNameSuffix = "_25519_ChaChaPoly_BLAKE2b";

/// The protocol name, padded with zeros. Names longer than a hash would have to
/// be hashed (Noise section 5.2); no pattern name is long enough for that.
Hash initial_hash(const Pattern& pattern) {
  static_assert(kNamePrefix.size() + kPatternNameBytesMax + kNameSuffix.size() <= kHashBytes);
  Hash hash{};
  auto at = hash.begin();
  for (const std::string_view part : {kNamePrefix, pattern.name(), kNameSuffix}) {
    at = std::copy(part.begin(), part.end(), at);
  }
  return hash;
}

/// Keys are the first 32 bytes of HKDF outputs (Noise section 5.2).
Secret<32> key_from(const Secret<kHashBytes>& output) { return Secret<32>(output.bytes().first<32>()); }

KeyPair pair_from(const std::array<Secret<kHashBytes>, 2>& outputs) {
  return KeyPair{key_from(outputs[0]), key_from(outputs[1])};
}

}  // namespace

NoiseSymmetric::NoiseSymmetric(const Pattern& pattern)
    : chaining_key_(initial_hash(pattern)), hash_(initial_hash(pattern)) {}

NoiseSymmetric NoiseSymmetric::clone() const {
  NoiseSymmetric copy;
  copy.chaining_key_ = chaining_key_.clone();
  copy.hash_ = hash_;
  copy.key_ = key_.clone();
  copy.nonce_ = nonce_;
  copy.has_key_ = has_key_;
  return copy;
}

void NoiseSymmetric::set_key(const Secret<kHashBytes>& output) {
  key_ = key_from(output);
  nonce_ = 0;
  has_key_ = true;
}

void NoiseSymmetric::mix_key(Bytes input) {
  auto outputs = hkdf2(chaining_key_.bytes(), {input});
  chaining_key_ = std::move(outputs[0]);
  set_key(outputs[1]);
}

void NoiseSymmetric::mix_hash(Bytes data) { hash_ = blake2b({hash_, data}); }

void NoiseSymmetric::mix_key_and_hash(Bytes input) {
  auto outputs = hkdf3(chaining_key_.bytes(), {input});
  chaining_key_ = std::move(outputs[0]);
  mix_hash(outputs[1].bytes());
  set_key(outputs[2]);
}

void NoiseSymmetric::encrypt_and_hash(Bytes plaintext, MutableBytes out) {
  RUDP_ASSERT(out.size() == plaintext.size() + tag_bytes());
  if (has_key_) {
    chacha20_poly1305_seal(key_.bytes(), nonce_++, hash_, plaintext, out);
  } else {
    std::copy(plaintext.begin(), plaintext.end(), out.begin());
  }
  mix_hash(out);
}

Result<std::size_t> NoiseSymmetric::decrypt_and_hash(Bytes ciphertext, MutableBytes out) {
  if (ciphertext.size() < tag_bytes()) return Error::truncated;
  const std::size_t plaintext_bytes = ciphertext.size() - tag_bytes();
  if (out.size() < plaintext_bytes) return Error::buffer_too_small;
  const Result<void> opened = decrypt(ciphertext, out.first(plaintext_bytes));
  if (!opened) return opened.error();
  mix_hash(ciphertext);
  return plaintext_bytes;
}

Result<void> NoiseSymmetric::decrypt(Bytes ciphertext, MutableBytes out) {
  if (!has_key_) {
    std::copy(ciphertext.begin(), ciphertext.end(), out.begin());
    return {};
  }
  const Result<void> opened = chacha20_poly1305_open(key_.bytes(), nonce_, hash_, ciphertext, out);
  if (opened) ++nonce_;
  return opened;
}

KeyPair NoiseSymmetric::split() const { return pair_from(hkdf2(chaining_key_.bytes(), {})); }

KeyPair NoiseSymmetric::export_keys(std::string_view label) const {
  return pair_from(hkdf2(chaining_key_.bytes(), {as_bytes(label), hash_}));
}

Hash NoiseSymmetric::fingerprint() const {
  const std::array<std::uint8_t, 1> has_key = {static_cast<std::uint8_t>(has_key_)};
  return blake2b({chaining_key_.bytes(), hash_, key_.bytes(), little_endian(nonce_), has_key});
}

}  // namespace rudp::crypto
