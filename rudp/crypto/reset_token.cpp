#include "crypto/reset_token.hpp"

#include <algorithm>

#include "crypto/blake2b.hpp"
#include "crypto/secret.hpp"

namespace rudp::crypto {
namespace {

constexpr std::string_view kKeyLabel = "rudp/1 reset token key";
constexpr std::string_view kTokenLabel = "rudp/1 reset token";

}  // namespace

ResetTokenKey::ResetTokenKey(const Identity& identity, Bytes label)
    : key_(keyed_blake2b(keyed_blake2b(identity.secret(), as_bytes(kKeyLabel)).bytes(), label).bytes()) {}

ResetToken ResetTokenKey::make(Bytes server_cid) const {
  const Tag32 tag = keyed_blake2b_of_fields(key_.bytes(), {as_bytes(kTokenLabel), server_cid});
  ResetToken token;
  std::copy_n(tag.begin(), token.size(), token.begin());
  return token;
}

bool is_reset_token(const ResetToken& expected, Bytes received) {
  constexpr ResetToken kNeverSet{};
  const bool is_set = !equal_in_constant_time(expected, kNeverSet);
  return is_set && equal_in_constant_time(expected, received);
}

}  // namespace rudp::crypto
