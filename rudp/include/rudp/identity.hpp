// Who an endpoint is: an X25519 key pair, and how its public half is written.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <rudp/error.hpp>
#include <rudp/export.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// An X25519 public key.
struct RUDP_API PublicKey {
  std::array<std::uint8_t, 32> bytes{};

  /// 43 characters of unpadded base64url, as a rudp:// address carries it.
  std::string to_string() const;
  /// Errors: bad_key (not 43 canonical characters of base64url).
  static Result<PublicKey> parse(std::string_view text);

  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

/// A long-term key pair. The secret half lives in locked memory that is left
/// out of core dumps and wiped when the last copy goes; copies share it.
class RUDP_API Identity {
 public:
  /// No identity: an endpoint that only connects needs none.
  Identity() = default;
  /// Draws a new key pair from random.secret_fill.
  static Identity generate(Random& random);
  /// Takes the 32 bytes of a secret key. Errors: bad_key (not 32 bytes).
  static Result<Identity> from_secret(Bytes secret);

  explicit operator bool() const { return secret_ != nullptr; }
  /// REQUIRES: *this holds a key.
  const PublicKey& public_key() const;
  /// The 32 secret bytes, for writing a key file; valid while this Identity
  /// lives. REQUIRES: *this holds a key.
  Bytes secret() const;

 private:
  struct Secret;
  std::shared_ptr<const Secret> secret_;
};

}  // namespace rudp
