// The key of psk patterns: in guarded memory, shared by its copies.
#include <rudp/pre_shared_key.hpp>

#include "base/assert.hpp"
#include "crypto/guarded_key.hpp"

namespace rudp {

struct PreSharedKey::Secret {
  crypto::GuardedKey key;
};

Result<PreSharedKey> PreSharedKey::from_bytes(Bytes bytes) {
  if (bytes.size() != crypto::GuardedKey::kBytes) return Error::bad_key;
  PreSharedKey key;
  key.secret_ = std::make_shared<const Secret>(
      Secret{crypto::GuardedKey(bytes.first<crypto::GuardedKey::kBytes>())});
  return key;
}

Bytes PreSharedKey::bytes() const {
  RUDP_ASSERT(secret_ != nullptr);
  return secret_->key.bytes();
}

}  // namespace rudp
