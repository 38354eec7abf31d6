#include "crypto/retry_token.hpp"

#include <chrono>

#include "support/hex.hpp"
#include "support/scripted_random.hpp"
// cmocka comes last.
#include "support/cmocka.hpp"

namespace {

using rudp::Address;
using rudp::Bytes;
using rudp::Instant;
using rudp::crypto::RetryToken;
using rudp::crypto::RetryTokenKey;
using rudp::crypto::RetryTokenSubject;
using std::chrono::seconds;

const Address kClient = Address::v4(192, 0, 2, 1, 4433);
const std::array<std::uint8_t, 8> kCid = {1, 2, 3, 4, 5, 6, 7, 8};
const Instant kNow = Instant() + seconds(7 * 60 + 30);  // in the middle of epoch 7

RetryTokenSubject subject() { return {kClient, kCid, 1, "NK"}; }

RetryTokenKey key() {
  test::ScriptedRandom random(std::vector<std::uint8_t>(32, 0x5a));
  return RetryTokenKey(random);
}

// Computed with hashlib.blake2b of Python from the layout in PROTOCOL.md.
void the_token_agrees_with_python(void**) {
  assert_string_equal(test::to_hex(key().make(kNow, subject())).c_str(),
                      "266911d21c1a9a91d15dffb9d084893f41ef05ce6b1f3a927f1776f13ac5e95d");
}

// Threat H4.
void every_flipped_bit_is_refused(void**) {
  const RetryTokenKey tokens = key();
  const RetryToken token = tokens.make(kNow, subject());
  assert_true(tokens.verify(kNow, subject(), token));
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    RetryToken forged = token;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    assert_false(tokens.verify(kNow, subject(), forged));
  }
}

// Threat H4.
void truncated_longer_and_all_zero_tokens_are_refused(void**) {
  const RetryTokenKey tokens = key();
  const RetryToken token = tokens.make(kNow, subject());
  for (std::size_t length = 0; length < token.size(); ++length) {
    assert_false(tokens.verify(kNow, subject(), Bytes(token).first(length)));
  }
  std::vector<std::uint8_t> longer(token.begin(), token.end());
  longer.push_back(0);
  assert_false(tokens.verify(kNow, subject(), longer));
  assert_false(tokens.verify(kNow, subject(), RetryToken{}));
}

// Threat H4.
void a_token_is_bound_to_everything_it_names(void**) {
  const RetryTokenKey tokens = key();
  const RetryToken token = tokens.make(kNow, subject());
  const Address other_ip = Address::v4(192, 0, 2, 2, 4433);
  const Address other_port = Address::v4(192, 0, 2, 1, 4434);
  std::array<std::uint8_t, 8> other_cid = kCid;
  other_cid[7] ^= 1;
  assert_false(tokens.verify(kNow, {other_ip, kCid, 1, "NK"}, token));
  assert_false(tokens.verify(kNow, {other_port, kCid, 1, "NK"}, token));
  assert_false(tokens.verify(kNow, {kClient, other_cid, 1, "NK"}, token));
  assert_false(tokens.verify(kNow, {kClient, Bytes(kCid).first(7), 1, "NK"}, token));
  assert_false(tokens.verify(kNow, {kClient, kCid, 2, "NK"}, token));
  assert_false(tokens.verify(kNow, {kClient, kCid, 1, "NX"}, token));
  assert_true(tokens.verify(kNow, subject(), token));
}

void an_ipv6_address_that_holds_the_same_bytes_is_another_client(void**) {
  const RetryTokenKey tokens = key();
  Address v6 = kClient;
  v6.ip[0] = 0x20;
  assert_false(tokens.verify(kNow, subject(), tokens.make(kNow, {v6, kCid, 1, "NK"})));
}

// Threat H4.
void a_token_holds_for_its_epoch_and_the_next(void**) {
  const RetryTokenKey tokens = key();
  const RetryToken token = tokens.make(kNow, subject());
  const Instant last_moment = Instant() + seconds(9 * 60) - rudp::Duration(1);
  assert_true(tokens.verify(kNow + seconds(30), subject(), token));
  assert_true(tokens.verify(last_moment, subject(), token));
  assert_false(tokens.verify(last_moment + rudp::Duration(1), subject(), token));
  assert_false(tokens.verify(kNow - seconds(60), subject(), token));  // from an epoch to come
}

void epochs_before_the_clocks_origin_are_as_long(void**) {
  const RetryTokenKey tokens = key();
  const Instant before = Instant() - seconds(1);
  const RetryToken token = tokens.make(before, subject());
  assert_true(token != tokens.make(Instant(), subject()));
  assert_true(token == tokens.make(Instant() - seconds(60), subject()));
  assert_true(tokens.verify(Instant() + seconds(59), subject(), token));
  assert_false(tokens.verify(Instant() + seconds(60), subject(), token));
}

void another_server_accepts_nothing_of_it(void**) {
  test::ScriptedRandom random(99);
  const RetryTokenKey other(random);
  assert_false(other.verify(kNow, subject(), key().make(kNow, subject())));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_token_agrees_with_python),
      cmocka_unit_test(every_flipped_bit_is_refused),
      cmocka_unit_test(truncated_longer_and_all_zero_tokens_are_refused),
      cmocka_unit_test(a_token_is_bound_to_everything_it_names),
      cmocka_unit_test(an_ipv6_address_that_holds_the_same_bytes_is_another_client),
      cmocka_unit_test(a_token_holds_for_its_epoch_and_the_next),
      cmocka_unit_test(epochs_before_the_clocks_origin_are_as_long),
      cmocka_unit_test(another_server_accepts_nothing_of_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
