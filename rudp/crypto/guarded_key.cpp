#include "crypto/guarded_key.hpp"

#include <sodium.h>

#include <algorithm>
#include <new>

#include "crypto/initialize.hpp"

namespace rudp::crypto {

// sodium_free wipes.
void GuardedKey::Free::operator()(std::uint8_t* key) const { sodium_free(key); }

GuardedKey::GuardedKey() {
  initialize();
  key_.reset(static_cast<std::uint8_t*>(sodium_malloc(kBytes)));
  if (!key_) throw std::bad_alloc();
}

GuardedKey GuardedKey::generate(Random& random) {
  GuardedKey key;
  random.secret_fill(MutableBytes(key.key_.get(), kBytes));
  key.seal();
  return key;
}

GuardedKey::GuardedKey(std::span<const std::uint8_t, kBytes> key) : GuardedKey() {
  std::copy(key.begin(), key.end(), key_.get());
  seal();
}

std::span<const std::uint8_t, GuardedKey::kBytes> GuardedKey::bytes() const {
  return std::span<const std::uint8_t, kBytes>(key_.get(), kBytes);
}

// A page that cannot be made read-only still holds the key: the protection is a
// second line against our own mistakes.
void GuardedKey::seal() { static_cast<void>(sodium_mprotect_readonly(key_.get())); }

}  // namespace rudp::crypto
