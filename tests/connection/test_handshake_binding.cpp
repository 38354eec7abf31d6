// What both sides must agree on.
#include "connection/handshake_binding.hpp"

#include <cstring>
#include <set>
#include <vector>

#include "crypto/noise_pattern.hpp"
#include "support/handshake_world.hpp"

#include "support/cmocka.hpp"

using rudp::HandshakePattern;
using rudp::connection::hash_init;
using rudp::connection::make_prologue;

namespace {

constexpr HandshakePattern kPatterns[] = {
    HandshakePattern::nk, HandshakePattern::nx, HandshakePattern::nk_psk2, HandshakePattern::nx_psk2,
    HandshakePattern::xk, HandshakePattern::ik, HandshakePattern::xk_psk3, HandshakePattern::ik_psk2};

void the_prologue_is_label_type_version_id_and_pattern(void**) {
  const auto prologue = make_prologue(rudp::wire::kVersion1, test::id_of(0xaa), HandshakePattern::nx);
  const std::uint8_t expected[] = {'r',  'u',  'd',  'p',  '/',  '1',  0x80, 'r',  'u',  'd',
                                   0x01, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0x01};
  assert_int_equal(prologue.size(), sizeof expected);
  assert_memory_equal(prologue.data(), expected, sizeof expected);
}

void every_pattern_byte_names_a_noise_pattern(void**) {
  for (const HandshakePattern pattern : kPatterns)
    assert_true(rudp::crypto::find_pattern(rudp::connection::noise_pattern_name(pattern)).has_value());
}

void the_init_hash_covers_everything_but_the_token(void**) {
  const std::vector<std::uint8_t> message(64, 3);
  const std::vector<std::uint8_t> other(64, 4);
  const std::vector<std::uint8_t> cookie(32, 5);
  rudp::wire::InitPacket init;
  init.client_cid = test::id_of(1);
  init.noise_message = message;
  const auto base = hash_init(init);
  init.token = cookie;
  assert_true(hash_init(init) == base);
  init.noise_message = other;
  assert_false(hash_init(init) == base);
  init.noise_message = message;
  init.client_cid = test::id_of(2);
  assert_false(hash_init(init) == base);
  init.client_cid = test::id_of(1);
  init.pattern = HandshakePattern::nx;
  assert_false(hash_init(init) == base);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_prologue_is_label_type_version_id_and_pattern),
      cmocka_unit_test(every_pattern_byte_names_a_noise_pattern),
      cmocka_unit_test(the_init_hash_covers_everything_but_the_token),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
