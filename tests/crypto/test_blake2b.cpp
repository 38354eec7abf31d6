// Expected values: hashlib.blake2b and hmac of Python, and RFC 7693, appendix A.
#include "crypto/blake2b.hpp"

#include <array>
#include <numeric>
#include <vector>

#include "support/hex.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Bytes;
using rudp::crypto::as_bytes;

/// 0, 1, 2, ...
std::vector<std::uint8_t> rising(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

void assert_hex(Bytes bytes, const char* expected) {
  assert_string_equal(test::to_hex(bytes).c_str(), expected);
}

void the_hash_of_abc_is_that_of_the_rfc(void**) {
  assert_hex(rudp::crypto::blake2b({as_bytes("abc")}),
             "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
             "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

void parts_hash_like_their_concatenation(void**) {
  assert_true(rudp::crypto::blake2b({as_bytes("a"), {}, as_bytes("bc")}) ==
              rudp::crypto::blake2b({as_bytes("abc")}));
}

void hmac_agrees_with_python(void**) {
  assert_hex(rudp::crypto::hmac_blake2b(rising(64), {as_bytes("ru"), as_bytes("dp")}).bytes(),
             "fe4f3d481cb9e9c26046ec5f7edd10cde42d7e5613c762ee318972a07eb425f6"
             "c14e63b1755d7c87c881bc373d1e2c4397233402fd39f0e669c6ebab24da195c");
}

void hmac_takes_a_key_of_a_whole_block(void**) {
  assert_hex(rudp::crypto::hmac_blake2b(rising(128), {}).bytes(),
             "e79ec585fc83408cd654da61cc87457edd77cae194e6e4727420fa21a001229e"
             "d67f1fb7bb03effaaaec05d2d7902f98bfad11da65b4c08d197eefa96f314b31");
}

void hkdf_agrees_with_python(void**) {
  const auto outputs = rudp::crypto::hkdf3(rising(64), {as_bytes("input key "), as_bytes("material")});
  assert_hex(outputs[0].bytes(),
             "a94ec1ceaa5ac0280eafc97980003e4019176e4bf7c914c45fb0bbda0b22a995"
             "4d01f3697bbf32817ed0fccbf6dd1ebd24c0b05611051e63dc56e131af4f7c10");
  assert_hex(outputs[1].bytes(),
             "f9d83f6c5d34695529eb8e35c8a2ed78658092e7c3b38fdf0cea2a2096b6f6e5"
             "42af644e298508f37da08860db285a8ad4b604c1f160f23356df6b28c183508d");
  assert_hex(outputs[2].bytes(),
             "bb6f14b645bac5dd79c98ce583e3357b43b431c22400c9b79d690c1d2fe2d391"
             "ab8372b0b08553b56e802dc6badace75398c1b8a973d0aab18d857d431c3a48f");
}

void hkdf_with_two_outputs_gives_the_first_two_of_three(void**) {
  const auto two = rudp::crypto::hkdf2(rising(64), {as_bytes("x")});
  const auto three = rudp::crypto::hkdf3(rising(64), {as_bytes("x")});
  assert_true(two[0] == three[0]);
  assert_true(two[1] == three[1]);
}

void the_keyed_hash_agrees_with_python(void**) {
  assert_hex(rudp::crypto::keyed_blake2b(rising(32), as_bytes("rudp/1 aes256gcm")).bytes(),
             "6c32a4969e2f888fafb9f4f6bdc510dc5f59a5198695563d186e06da2efebbd0");
}

void fields_are_hashed_with_their_lengths(void**) {
  const auto key = rising(32);
  const auto tag = rudp::crypto::keyed_blake2b_of_fields(key, {as_bytes("ab"), {}, as_bytes("c")});
  assert_hex(tag, "54e988f8c436f1f403b8b64e40ea4644174cfbeea05ded4f4f8754272028a83b");
  assert_false(tag ==
               rudp::crypto::keyed_blake2b_of_fields(key, {as_bytes("a"), as_bytes("b"), as_bytes("c")}));
  assert_false(tag == rudp::crypto::keyed_blake2b_of_fields(key, {as_bytes("ab"), as_bytes("c"), {}}));
  assert_false(tag == rudp::crypto::keyed_blake2b_of_fields(key, {as_bytes("ab"), as_bytes("c")}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_hash_of_abc_is_that_of_the_rfc),
      cmocka_unit_test(parts_hash_like_their_concatenation),
      cmocka_unit_test(hmac_agrees_with_python),
      cmocka_unit_test(hmac_takes_a_key_of_a_whole_block),
      cmocka_unit_test(hkdf_agrees_with_python),
      cmocka_unit_test(hkdf_with_two_outputs_gives_the_first_two_of_three),
      cmocka_unit_test(the_keyed_hash_agrees_with_python),
      cmocka_unit_test(fields_are_hashed_with_their_lengths),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
