#include "crypto/short_hash.hpp"

#include <numeric>

#include "support/cmocka.hpp"

namespace {

using rudp::crypto::short_hash;
using rudp::crypto::ShortHashKey;

ShortHashKey rising_key() {
  ShortHashKey key;
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  return key;
}

// M5; the example of the SipHash paper, appendix A.
void the_value_is_that_of_the_siphash_paper(void**) {
  std::array<std::uint8_t, 15> data;
  std::iota(data.begin(), data.end(), std::uint8_t{0});
  assert_true(short_hash(rising_key(), data) == 0xa129ca6149be45e5U);
}

// Threat M5.
void another_key_gives_another_value(void**) {
  const std::array<std::uint8_t, 8> connection_id = {1, 2, 3, 4, 5, 6, 7, 8};
  ShortHashKey other = rising_key();
  other[15] ^= 1;
  assert_true(short_hash(rising_key(), connection_id) != short_hash(other, connection_id));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_value_is_that_of_the_siphash_paper),
      cmocka_unit_test(another_key_gives_another_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
