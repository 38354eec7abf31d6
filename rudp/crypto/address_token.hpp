// What a server gives to a client that proved its address, so that the next handshake needs no RETRY.
#pragma once

#include <array>
#include <cstdint>

#include <rudp/address.hpp>
#include <rudp/identity.hpp>
#include <rudp/types.hpp>
#include "crypto/guarded_key.hpp"

namespace rudp::crypto {

inline constexpr std::size_t kAddressTokenBytes = 40;  // expiry u64 big-endian, keyed BLAKE2b-256
inline constexpr Duration kAddressTokenLifetime = std::chrono::hours(24);

using AddressToken = std::array<std::uint8_t, kAddressTokenBytes>;

/// Bound to the IP address without the port, which a NAT may change.
class AddressTokenKey {
 public:
  /// The key follows from the identity, so that tokens survive a restart.
  /// REQUIRES: identity holds a key.
  explicit AddressTokenKey(const Identity& identity);

  /// The expiry is in seconds of the clock that `now` comes from. Where that
  /// clock starts anew (a reboot), tokens may be refused early; none is ever
  /// accepted whose expiry lies more than kAddressTokenLifetime ahead.
  AddressToken make(Instant now, const Address& client) const;
  bool verify(Instant now, const Address& client, Bytes token) const;

 private:
  GuardedKey key_;
};

}  // namespace rudp::crypto
