#include "crypto/address_token.hpp"

#include <chrono>
#include <numeric>
#include <vector>

#include "support/hex.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Address;
using rudp::Bytes;
using rudp::Identity;
using rudp::Instant;
using rudp::crypto::AddressToken;
using rudp::crypto::AddressTokenKey;
using std::chrono::hours;
using std::chrono::seconds;

const Address kClient = Address::v4(192, 0, 2, 1, 4433);
const Instant kNow = Instant() + seconds(1000);

Identity identity() {
  std::vector<std::uint8_t> secret(32);
  std::iota(secret.begin(), secret.end(), std::uint8_t{1});
  return *Identity::from_secret(secret);
}

// Computed with hashlib.blake2b of Python from the layout in PROTOCOL.md.
void the_token_agrees_with_python(void**) {
  assert_string_equal(test::to_hex(AddressTokenKey(identity()).make(kNow, kClient)).c_str(),
                      "00000000000155686f08173d92841a5b17a5bdd65e43fd7ad62d21a687a6c18b4600d6541db8d664");
}

// Threat H4.
void every_flipped_bit_and_every_other_length_is_refused(void**) {
  const AddressTokenKey key(identity());
  const AddressToken token = key.make(kNow, kClient);
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    AddressToken forged = token;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    assert_false(key.verify(kNow, kClient, forged));
  }
  for (std::size_t length = 0; length < token.size(); ++length) {
    assert_false(key.verify(kNow, kClient, Bytes(token).first(length)));
  }
  assert_false(key.verify(kNow, kClient, AddressToken{}));
  assert_true(key.verify(kNow, kClient, token));
}

void the_port_may_change_but_not_the_ip(void**) {
  const AddressTokenKey key(identity());
  const AddressToken token = key.make(kNow, kClient);
  assert_true(key.verify(kNow, Address::v4(192, 0, 2, 1, 1), token));
  assert_false(key.verify(kNow, Address::v4(192, 0, 2, 3, 4433), token));
}

void a_token_holds_for_a_day(void**) {
  const AddressTokenKey key(identity());
  const AddressToken token = key.make(kNow, kClient);
  assert_true(key.verify(kNow + hours(24) - seconds(1), kClient, token));
  assert_false(key.verify(kNow + hours(24), kClient, token));
}

void a_token_from_before_the_clock_started_anew_is_refused(void**) {
  const AddressTokenKey key(identity());
  const AddressToken token = key.make(kNow + hours(100), kClient);
  assert_false(key.verify(kNow, kClient, token));
  assert_false(key.verify(Instant::from_ns(-1), kClient, token));
}

void a_restarted_server_accepts_its_earlier_tokens(void**) {
  const AddressToken token = AddressTokenKey(identity()).make(kNow, kClient);
  assert_true(AddressTokenKey(identity()).verify(kNow + seconds(60), kClient, token));
  const Identity other = *Identity::from_secret(std::vector<std::uint8_t>(32, 9));
  assert_false(AddressTokenKey(other).verify(kNow, kClient, token));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_token_agrees_with_python),
      cmocka_unit_test(every_flipped_bit_and_every_other_length_is_refused),
      cmocka_unit_test(the_port_may_change_but_not_the_ip),
      cmocka_unit_test(a_token_holds_for_a_day),
      cmocka_unit_test(a_token_from_before_the_clock_started_anew_is_refused),
      cmocka_unit_test(a_restarted_server_accepts_its_earlier_tokens),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
