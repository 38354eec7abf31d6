#include "crypto/reset_token.hpp"

#include <numeric>
#include <string_view>
#include <vector>

#include "crypto/blake2b.hpp"
#include "support/hex.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Bytes;
using rudp::Identity;
using rudp::crypto::is_reset_token;
using rudp::crypto::ResetToken;
using rudp::crypto::ResetTokenKey;

const std::array<std::uint8_t, 8> kCid = {1, 2, 3, 4, 5, 6, 7, 8};

ResetTokenKey key(std::string_view label = {}) {
  std::vector<std::uint8_t> secret(32);
  std::iota(secret.begin(), secret.end(), std::uint8_t{1});
  return ResetTokenKey(*Identity::from_secret(secret), rudp::crypto::as_bytes(label));
}

// Computed with hashlib.blake2b of Python from the layout in PROTOCOL.md.
void the_token_agrees_with_python(void**) {
  assert_string_equal(test::to_hex(key().make(kCid)).c_str(), "8abbe6d68bbbe5283357c6041153b320");
  assert_string_equal(test::to_hex(key("192.0.2.1:8000").make(kCid)).c_str(),
                      "a8a08ede5d98d37279443d5aee244a36");
}

// Threat O3.
// The same after a restart, from the identity alone.
void the_token_survives_a_restart_and_belongs_to_one_connection_id(void**) {
  assert_true(key().make(kCid) == key().make(kCid));
  std::array<std::uint8_t, 8> other = kCid;
  other[0] ^= 1;
  assert_false(key().make(kCid) == key().make(other));
}

// Threat M6.
void only_the_very_token_matches(void**) {
  const ResetToken token = key().make(kCid);
  assert_true(is_reset_token(token, token));
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    ResetToken forged = token;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    assert_false(is_reset_token(token, forged));
  }
  assert_false(is_reset_token(token, Bytes(token).first(15)));
  assert_false(is_reset_token(token, {}));
}

// Threat M6.
void a_token_that_was_never_set_matches_nothing(void**) {
  assert_false(is_reset_token(ResetToken{}, ResetToken{}));
  assert_false(is_reset_token(ResetToken{}, key().make(kCid)));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_token_agrees_with_python),
      cmocka_unit_test(the_token_survives_a_restart_and_belongs_to_one_connection_id),
      cmocka_unit_test(only_the_very_token_matches),
      cmocka_unit_test(a_token_that_was_never_set_matches_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
