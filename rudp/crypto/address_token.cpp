#include "crypto/address_token.hpp"

#include <algorithm>

#include "crypto/address_field.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/integer_bytes.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {
namespace {

constexpr std::string_view kKeyLabel = "rudp/1 address token key";
constexpr std::string_view kTokenLabel = "rudp/1 address token";
constexpr std::size_t kExpiryBytes = 8;

using ExpiryField = std::span<const std::uint8_t, kExpiryBytes>;

std::uint64_t seconds_of(Instant now) {
  const std::int64_t seconds = now.ns() / std::nano::den;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
}

constexpr std::uint64_t kLifetimeSeconds = static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::seconds>(kAddressTokenLifetime).count());

Tag32 tag_of(Bytes key, ExpiryField expiry, const Address& client) {
  return keyed_blake2b_of_fields(key, {as_bytes(kTokenLabel), expiry, ip_field(client)});
}

std::uint64_t number_of(ExpiryField expiry) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : expiry) number = number << 8 | byte;
  return number;
}

}  // namespace

AddressTokenKey::AddressTokenKey(const Identity& identity)
    : key_(keyed_blake2b(identity.secret(), as_bytes(kKeyLabel)).bytes()) {}

AddressToken AddressTokenKey::make(Instant now, const Address& client) const {
  const auto expiry = big_endian(seconds_of(now) + kLifetimeSeconds);
  const Tag32 tag = tag_of(key_.bytes(), expiry, client);
  AddressToken token;
  std::copy(expiry.begin(), expiry.end(), token.begin());
  std::copy(tag.begin(), tag.end(), token.begin() + kExpiryBytes);
  return token;
}

bool AddressTokenKey::verify(Instant now, const Address& client, Bytes token) const {
  if (token.size() != kAddressTokenBytes) return false;
  const ExpiryField expiry = token.first<kExpiryBytes>();
  if (!equal_in_constant_time(tag_of(key_.bytes(), expiry, client), token.subspan(kExpiryBytes)))
    return false;
  const std::uint64_t seconds = seconds_of(now);
  const std::uint64_t expires_at = number_of(expiry);
  return expires_at > seconds && expires_at - seconds <= kLifetimeSeconds;
}

}  // namespace rudp::crypto
