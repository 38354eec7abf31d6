// chat/known_addresses: what is remembered, and for how many.
#include "chat/known_addresses.hpp"

#include "support/cmocka.hpp"

namespace {

using chat::KnownAddresses;

std::string name(std::size_t number) { return std::to_string(number); }

void an_address_is_known_for_its_account_alone(void**) {
  KnownAddresses known;
  known.remember("bob", "home");
  known.remember("bob", "work");
  assert_true(known.knows("bob", "home") && known.knows("bob", "work"));
  assert_false(known.knows("eve", "home") || known.knows("bob", "elsewhere"));
}

void of_one_account_the_last_addresses_are_kept(void**) {
  KnownAddresses known;
  known.remember("bob", "home");
  for (std::size_t i = 1; i < KnownAddresses::kAddressesMax; ++i) known.remember("bob", name(i));
  known.remember("bob", "home");
  known.remember("bob", "one more");
  assert_true(known.knows("bob", "home") && known.knows("bob", "one more") && known.knows("bob", "2"));
  assert_false(known.knows("bob", "1"));
}

void the_account_that_was_not_entered_for_longest_is_forgotten(void**) {
  KnownAddresses known;
  known.remember("bob", "home");
  known.remember("eve", "home");
  for (std::size_t i = 2; i < KnownAddresses::kAccountsMax; ++i) known.remember(name(i), "there");
  known.remember("bob", "home");
  known.remember("mallory", "there");
  assert_int_equal(known.size(), KnownAddresses::kAccountsMax);
  assert_true(known.knows("bob", "home") && known.knows("mallory", "there"));
  assert_false(known.knows("eve", "home"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_address_is_known_for_its_account_alone),
      cmocka_unit_test(of_one_account_the_last_addresses_are_kept),
      cmocka_unit_test(the_account_that_was_not_entered_for_longest_is_forgotten),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
