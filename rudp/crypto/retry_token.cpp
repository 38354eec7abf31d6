#include "crypto/retry_token.hpp"

#include <algorithm>

#include "crypto/address_field.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/integer_bytes.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {
namespace {

/// Rounds down, so that a clock whose origin lies ahead has epochs of equal length too.
std::int64_t epoch_of(Instant now) {
  const std::int64_t length = kRetryTokenEpoch.count();
  const std::int64_t quotient = now.ns() / length;
  return now.ns() % length < 0 ? quotient - 1 : quotient;
}

}  // namespace

RetryTokenKey::RetryTokenKey(Random& random) : master_(GuardedKey::generate(random)) {}

RetryToken RetryTokenKey::make(Instant now, const RetryTokenSubject& subject) const {
  return make_for_epoch(epoch_of(now), subject);
}

bool RetryTokenKey::verify(Instant now, const RetryTokenSubject& subject, Bytes token) const {
  if (token.size() != kRetryTokenBytes) return false;
  const std::int64_t epoch = epoch_of(now);
  // Both are computed and compared always: how long it takes says nothing.
  const bool is_current = equal_in_constant_time(make_for_epoch(epoch, subject), token);
  const bool is_previous = equal_in_constant_time(make_for_epoch(epoch - 1, subject), token);
  return is_current | is_previous;
}

RetryToken RetryTokenKey::make_for_epoch(std::int64_t epoch, const RetryTokenSubject& subject) const {
  std::array<std::uint8_t, 2 + 8> label = {'c', 'k'};
  const auto number = big_endian(static_cast<std::uint64_t>(epoch));
  std::copy(number.begin(), number.end(), label.begin() + 2);
  const Secret<32> secret = keyed_blake2b(master_.bytes(), label);
  return keyed_blake2b_of_fields(
      secret.bytes(), {ip_field(subject.client), big_endian(subject.client.port), subject.client_cid,
                       big_endian(subject.version), as_bytes(subject.pattern)});
}

}  // namespace rudp::crypto
