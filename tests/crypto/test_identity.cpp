#include <rudp/identity.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "support/hex.hpp"
#include "support/memory_flags.hpp"
#include "support/scripted_random.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Identity;

// RFC 7748, section 6.1.
constexpr const char* kAliceSecret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr const char* kAlicePublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

void the_public_key_follows_from_the_secret(void**) {
  const auto secret = test::from_hex(kAliceSecret);
  const auto identity = Identity::from_secret(secret);
  assert_true(identity.has_value());
  assert_string_equal(test::to_hex(identity->public_key().bytes).c_str(), kAlicePublic);
  assert_string_equal(test::to_hex(identity->secret()).c_str(), kAliceSecret);
}

void a_secret_of_another_length_is_refused(void**) {
  for (const std::size_t length : {0U, 1U, 31U, 33U, 64U}) {
    const std::vector<std::uint8_t> secret(length, 1);
    const auto identity = Identity::from_secret(secret);
    assert_false(identity.has_value());
    assert_int_equal(identity.error(), rudp::Error::bad_key);
  }
}

void a_default_identity_holds_no_key(void**) {
  assert_false(static_cast<bool>(Identity()));
  test::ScriptedRandom random;
  assert_true(static_cast<bool>(Identity::generate(random)));
}

void generating_takes_the_key_from_the_secret_randomness(void**) {
  test::ScriptedRandom random(test::from_hex(kAliceSecret));
  const Identity identity = Identity::generate(random);
  assert_int_equal(random.secret_draws, 1);
  assert_string_equal(test::to_hex(identity.public_key().bytes).c_str(), kAlicePublic);
  assert_true(Identity::generate(random).public_key() != identity.public_key());
}

void copies_share_the_secret_and_outlive_the_original(void**) {
  test::ScriptedRandom random;
  auto original = std::make_unique<Identity>(Identity::generate(random));
  const Identity copy = *original;
  assert_ptr_equal(copy.secret().data(), original->secret().data());
  const std::string secret = test::to_hex(original->secret());
  original.reset();
  assert_string_equal(test::to_hex(copy.secret()).c_str(), secret.c_str());
}

// Threat K6.
void the_secret_is_read_only_and_left_out_of_core_dumps(void**) {
  test::ScriptedRandom random;
  const Identity identity = Identity::generate(random);
  const auto flags = test::memory_flags(identity.secret().data());
  if (!flags) {
    print_message("skipped: the system does not tell how memory is mapped\n");
    skip();
  }
  assert_true(test::has_flag(*flags, "dd"));
  assert_false(test::has_flag(*flags, "wr"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_public_key_follows_from_the_secret),
      cmocka_unit_test(a_secret_of_another_length_is_refused),
      cmocka_unit_test(a_default_identity_holds_no_key),
      cmocka_unit_test(generating_takes_the_key_from_the_secret_randomness),
      cmocka_unit_test(copies_share_the_secret_and_outlive_the_original),
      cmocka_unit_test(the_secret_is_read_only_and_left_out_of_core_dumps),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
