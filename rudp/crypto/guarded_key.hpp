// A long-term key of 32 bytes in a page of its own: guarded, locked, left out of core dumps, read-only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <rudp/random.hpp>
#include <rudp/types.hpp>

namespace rudp::crypto {

/// For the few keys of an endpoint (identity, token keys). Each costs some
/// pages, so connection secrets go into a SecretSlab instead. Wiped on
/// destruction. Throws std::bad_alloc where the system has no memory.
class GuardedKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// Draws a key from random.secret_fill.
  static GuardedKey generate(Random& random);
  explicit GuardedKey(std::span<const std::uint8_t, kBytes> key);

  /// Valid while this key lives and is not moved from.
  std::span<const std::uint8_t, kBytes> bytes() const;

 private:
  struct Free {
    void operator()(std::uint8_t* key) const;
  };
  GuardedKey();
  void seal();

  std::unique_ptr<std::uint8_t, Free> key_;
};

}  // namespace rudp::crypto
