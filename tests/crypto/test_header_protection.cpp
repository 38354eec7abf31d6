#include "crypto/header_protection.hpp"

#include <vector>

#include "support/hex.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Bytes;
using rudp::crypto::header_mask;
using rudp::crypto::Secret;

// RFC 9001, appendix A.5.
const std::vector<std::uint8_t> kKey =
    test::from_hex("25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4");
const std::vector<std::uint8_t> kSample = test::from_hex("5e5cd55c41f69080575d7999c25a5bfb");

Secret<32> key() { return Secret<32>(Bytes(kKey).first<32>()); }

// Threat P11.
void the_mask_is_that_of_rfc_9001(void**) {
  const auto mask = header_mask(key(), Bytes(kSample).first<16>());
  assert_string_equal(test::to_hex(mask).c_str(), "aefefe7d03");
}

// Threat P11.
void every_bit_of_the_sample_changes_the_mask(void**) {
  const auto mask = header_mask(key(), Bytes(kSample).first<16>());
  for (std::size_t bit = 0; bit < 128; ++bit) {
    std::vector<std::uint8_t> sample = kSample;
    sample[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    assert_false(header_mask(key(), Bytes(sample).first<16>()) == mask);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_mask_is_that_of_rfc_9001),
      cmocka_unit_test(every_bit_of_the_sample_changes_the_mask),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
