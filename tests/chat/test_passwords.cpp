// chat/passwords: rules (threat U6) and hashes; the cost is libsodium's smallest, for speed.
#include "chat/passwords.hpp"

#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace chat;

constexpr PasswordCost kCheap{8'192, 1};

bool refused(const std::string& password, RefusalCode code) {
  const auto checked = check_password(password);
  return !checked && checked.error() == code;
}

void eight_characters_are_enough_in_any_script(void**) {
  assert_true(check_password("12345678").has_value());
  assert_true(check_password("密码密码密码密码").has_value());
  assert_true(check_password("pass word").has_value());
  assert_true(refused("1234567", RefusalCode::password_too_short));
  assert_true(refused("密码密码密码密", RefusalCode::password_too_short));
  assert_true(refused("", RefusalCode::password_too_short));
}

void length_is_limited_in_bytes_after_normalization(void**) {
  assert_true(check_password(std::string(kPasswordBytesMax, 'x')).has_value());
  assert_true(refused(std::string(kPasswordBytesMax + 1, 'x'), RefusalCode::password_too_long));
  assert_true(refused(std::string(1'024, 'x'), RefusalCode::password_too_long));
}

void nul_and_invalid_utf8_are_refused(void**) {
  assert_true(refused(std::string("long enough\0hidden", 18), RefusalCode::password_characters));
  assert_true(refused("long enough \xff", RefusalCode::password_characters));
}

void keyboards_that_compose_differently_give_the_same_password(void**) {
  const auto composed = check_password("caf\u00e9 au lait");
  const auto decomposed = check_password("cafe\u0301 au lait");
  assert_true(composed && decomposed && *composed == *decomposed);
}

void a_hash_matches_its_password_alone(void**) {
  const auto hash = hash_password("correct horse", kCheap);
  assert_true(hash.has_value());
  assert_true(hash->rfind("$argon2id$", 0) == 0);
  assert_true(verify_password("correct horse", *hash) == PasswordVerdict::match);
  assert_true(verify_password("correct horsf", *hash) == PasswordVerdict::mismatch);
  assert_true(verify_password("", *hash) == PasswordVerdict::mismatch);
}

void two_hashes_of_one_password_differ(void**) {
  assert_true(hash_password("correct horse", kCheap) != hash_password("correct horse", kCheap));
}

void what_is_no_hash_never_matches(void**) {
  for (const std::string hash : {"", "plain", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"}) {
    assert_true(verify_password("correct horse", hash) == PasswordVerdict::mismatch);
  }
  assert_true(verify_password("correct horse", std::string(500, 'a')) == PasswordVerdict::mismatch);
}

void a_hash_with_a_wrong_byte_anywhere_never_matches(void**) {
  const std::string hash = *hash_password("correct horse", kCheap);
  for (std::size_t at = 0; at < hash.size(); ++at) {
    std::string bad = hash;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    assert_true(verify_password("correct horse", bad) == PasswordVerdict::mismatch);
    assert_true(verify_password("correct horse", hash.substr(0, at)) == PasswordVerdict::mismatch);
  }
  assert_true(verify_password("correct horse", hash + "A") == PasswordVerdict::mismatch);
}

void a_hash_of_another_cost_asks_to_be_renewed(void**) {
  const auto hash = hash_password("correct horse", kCheap);
  assert_false(needs_rehash(*hash, kCheap));
  assert_true(needs_rehash(*hash, {16'384, 1}));
  assert_true(needs_rehash(*hash, {8'192, 2}));
}

void a_server_cannot_be_configured_below_the_floor(void**) {
  assert_true(is_allowed(PasswordCost{}));
  assert_true(is_allowed(kPasswordCostFloor));
  assert_false(is_allowed({kPasswordCostFloor.memory_bytes - 1, 2}));
  assert_false(is_allowed({kPasswordCostFloor.memory_bytes, 1}));
  assert_false(is_allowed({std::uint64_t{1} << 40, 2}));
  assert_false(is_allowed(kCheap));
}

void the_hash_of_a_token_depends_on_every_bit(void**) {
  ResumeToken token{};
  const TokenHash hash = hash_token(token);
  token[31] ^= 1;
  assert_true(hash != hash_token(token));
  token[31] ^= 1;
  assert_true(hash == hash_token(token));
}

void a_wiped_secret_is_gone(void**) {
  std::string secret = "secret";
  wipe(secret);
  assert_true(secret.empty());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(eight_characters_are_enough_in_any_script),
      cmocka_unit_test(length_is_limited_in_bytes_after_normalization),
      cmocka_unit_test(nul_and_invalid_utf8_are_refused),
      cmocka_unit_test(keyboards_that_compose_differently_give_the_same_password),
      cmocka_unit_test(a_hash_matches_its_password_alone),
      cmocka_unit_test(two_hashes_of_one_password_differ),
      cmocka_unit_test(what_is_no_hash_never_matches),
      cmocka_unit_test(a_hash_with_a_wrong_byte_anywhere_never_matches),
      cmocka_unit_test(a_hash_of_another_cost_asks_to_be_renewed),
      cmocka_unit_test(a_server_cannot_be_configured_below_the_floor),
      cmocka_unit_test(the_hash_of_a_token_depends_on_every_bit),
      cmocka_unit_test(a_wiped_secret_is_gone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
