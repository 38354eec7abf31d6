// A secret that client and server were given beforehand, mixed into their handshakes.
#pragma once

#include <memory>

#include <rudp/error.hpp>
#include <rudp/export.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// 32 random bytes. Whoever lacks them cannot finish a handshake, not even one who has stolen the server's
/// key or can compute discrete logarithms. A password is not such a key: it can be guessed from a recorded
/// handshake. Lives in locked memory that is left out of core dumps and wiped when the last copy goes.
class RUDP_API PreSharedKey {
 public:
  /// No key.
  PreSharedKey() = default;
  /// Copies the bytes; wiping the source is the caller's business. Errors: bad_key (not 32 bytes).
  static Result<PreSharedKey> from_bytes(Bytes bytes);

  explicit operator bool() const { return secret_ != nullptr; }
  /// The 32 bytes; valid while this PreSharedKey lives. REQUIRES: *this holds a key.
  Bytes bytes() const;

 private:
  struct Secret;
  std::shared_ptr<const Secret> secret_;
};

}  // namespace rudp
