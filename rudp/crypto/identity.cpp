// A long-term key pair: the secret half in guarded memory, shared by its copies.
#include <rudp/identity.hpp>

#include "base/assert.hpp"
#include "crypto/guarded_key.hpp"
#include "crypto/x25519.hpp"

namespace rudp {

struct Identity::Secret {
  explicit Secret(crypto::GuardedKey secret_key)
      : key(std::move(secret_key)), public_key(crypto::public_key_of(key.bytes())) {}

  crypto::GuardedKey key;
  PublicKey public_key;
};

Identity Identity::generate(Random& random) {
  Identity identity;
  identity.secret_ = std::make_shared<const Secret>(crypto::GuardedKey::generate(random));
  return identity;
}

Result<Identity> Identity::from_secret(Bytes secret) {
  if (secret.size() != crypto::GuardedKey::kBytes) return Error::bad_key;
  Identity identity;
  identity.secret_ =
      std::make_shared<const Secret>(crypto::GuardedKey(secret.first<crypto::GuardedKey::kBytes>()));
  return identity;
}

const PublicKey& Identity::public_key() const {
  RUDP_ASSERT(secret_ != nullptr);
  return secret_->public_key;
}

Bytes Identity::secret() const {
  RUDP_ASSERT(secret_ != nullptr);
  return secret_->key.bytes();
}

}  // namespace rudp
