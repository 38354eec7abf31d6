// The SymmetricState of Noise (revision 34, section 5.2): chaining key, transcript hash, current key.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/types.hpp>
#include "crypto/blake2b.hpp"
#include "crypto/chacha20_poly1305.hpp"
#include "crypto/noise_pattern.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {

/// Two keys, one for each direction.
struct KeyPair {
  Secret<32> initiator_to_responder;
  Secret<32> responder_to_initiator;
};

class NoiseSymmetric {
 public:
  explicit NoiseSymmetric(const Pattern& pattern);
  NoiseSymmetric clone() const;

  void mix_key(Bytes input);
  void mix_hash(Bytes data);
  void mix_key_and_hash(Bytes input);

  bool has_key() const { return has_key_; }
  /// What encrypting adds: a tag once there is a key.
  std::size_t tag_bytes() const { return has_key_ ? kTagBytes : 0; }
  /// REQUIRES: out.size() == plaintext.size() + tag_bytes(); no overlap.
  void encrypt_and_hash(Bytes plaintext, MutableBytes out);
  /// Errors: truncated, buffer_too_small, authentication_failed. The state is
  /// untouched then.
  Result<std::size_t> decrypt_and_hash(Bytes ciphertext, MutableBytes out);

  const Hash& hash() const { return hash_; }
  KeyPair split() const;
  KeyPair export_keys(std::string_view label) const;
  /// Everything in here, hashed: equal exactly for equal states.
  Hash fingerprint() const;

 private:
  NoiseSymmetric() = default;
  void set_key(const Secret<kHashBytes>& output);
  Result<void> decrypt(Bytes ciphertext, MutableBytes out);

  Secret<kHashBytes> chaining_key_;
  Hash hash_{};
  Secret<32> key_;
  std::uint64_t nonce_ = 0;
  bool has_key_ = false;
};

}  // namespace rudp::crypto
