#include "crypto/x25519.hpp"

#include <array>

#include "support/hex.hpp"
#include "support/low_order_points.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::PublicKey;
using rudp::crypto::diffie_hellman;
using rudp::crypto::Secret;

// RFC 7748, section 6.1.
constexpr const char* kAliceSecret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr const char* kBobSecret = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr const char* kShared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

Secret<32> secret_of(const char* hex) {
  const auto bytes = test::from_hex(hex);
  return Secret<32>(rudp::Bytes(bytes).first<32>());
}

void both_sides_share_the_secret_of_the_rfc(void**) {
  const Secret<32> alice = secret_of(kAliceSecret);
  const Secret<32> bob = secret_of(kBobSecret);
  const auto at_alice = diffie_hellman(alice.bytes(), rudp::crypto::public_key_of(bob.bytes()));
  const auto at_bob = diffie_hellman(bob.bytes(), rudp::crypto::public_key_of(alice.bytes()));
  assert_true(at_alice.has_value() && at_bob.has_value());
  assert_true(*at_alice == *at_bob);
  assert_string_equal(test::to_hex(at_alice->bytes()).c_str(), kShared);
}

// Threat H13.
void all_twelve_low_order_points_are_refused(void**) {
  const Secret<32> secret = secret_of(kAliceSecret);
  for (const std::string_view point : test::kLowOrderPoints) {
    const auto shared = diffie_hellman(secret.bytes(), test::public_key_of_hex(point));
    assert_false(shared.has_value());
    assert_int_equal(shared.error(), rudp::Error::bad_key);
  }
}

// Threat H13.
// The library masks the top bit, so without our own check a key would have two spellings.
void a_key_with_its_top_bit_set_is_refused(void**) {
  const Secret<32> secret = secret_of(kAliceSecret);
  PublicKey peer = rudp::crypto::public_key_of(secret_of(kBobSecret).bytes());
  assert_true(diffie_hellman(secret.bytes(), peer).has_value());
  peer.bytes.back() |= 0x80;
  assert_false(diffie_hellman(secret.bytes(), peer).has_value());
}

// Threat H13.
void encodings_from_the_field_prime_on_are_not_canonical(void**) {
  PublicKey key;
  key.bytes.fill(0xff);
  key.bytes.back() = 0x7f;
  for (unsigned first = 0; first < 256; ++first) {
    key.bytes.front() = static_cast<std::uint8_t>(first);
    assert_int_equal(rudp::crypto::is_canonical(key), first < 0xed);
  }
  key.bytes[15] = 0xfe;
  assert_true(rudp::crypto::is_canonical(key));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(both_sides_share_the_secret_of_the_rfc),
      cmocka_unit_test(all_twelve_low_order_points_are_refused),
      cmocka_unit_test(a_key_with_its_top_bit_set_is_refused),
      cmocka_unit_test(encodings_from_the_field_prime_on_are_not_canonical),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
