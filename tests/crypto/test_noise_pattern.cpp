#include "crypto/noise_pattern.hpp"

#include <string>

#include "support/cmocka.hpp"

namespace {

using rudp::crypto::find_pattern;
using rudp::crypto::Pattern;
using rudp::crypto::Role;
using rudp::crypto::Token;

/// As the Noise specification writes it: "e es|e ee".
std::string written(const Pattern& pattern) {
  constexpr const char* kNames[] = {"", "e", "s", "ee", "es", "se", "ss", "psk"};
  std::string text;
  for (std::size_t i = 0; i < pattern.message_count; ++i) {
    if (i > 0) text += "|";
    for (std::size_t k = 0; pattern.messages[i][k] != Token::none; ++k) {
      if (k > 0) text += " ";
      text += kNames[static_cast<std::size_t>(pattern.messages[i][k])];
    }
  }
  return text;
}

std::string written(const char* name) {
  const auto pattern = find_pattern(name);
  return pattern ? written(*pattern) : "unsupported";
}

void a_pattern_is_found_by_its_name(void**) {
  const auto pattern = find_pattern("NK");
  assert_true(pattern.has_value());
  assert_true(pattern->name() == "NK");
  assert_false(pattern->initiator_static_is_known);
  assert_true(pattern->responder_static_is_known);
  assert_string_equal(written(*pattern).c_str(), "e es|e ee");
}

void psk_modifiers_place_their_tokens(void**) {
  assert_string_equal(written("NNpsk0").c_str(), "psk e|e ee");
  assert_string_equal(written("NKpsk2").c_str(), "e es|e ee psk");
  assert_string_equal(written("INpsk1").c_str(), "e s psk|e ee se");
  assert_string_equal(written("XXpsk0+psk3").c_str(), "psk e|e ee s es|s se psk");
  assert_int_equal(find_pattern("XXpsk0+psk3")->psk_count, 2);
}

void the_longest_name_fits(void**) {
  assert_string_equal(written("X1K1psk0+psk1+psk2+psk3").c_str(), "psk e psk|e ee es psk|s psk|se");
}

void names_that_are_none_are_unsupported(void**) {
  for (const char* name : {"", "nk", "NK ", "ZZ", "NKpsk", "NKpsk3", "NKpskx", "NKpsk2psk0", "NKpsk2+psk0",
                           "NKpsk0+psk0", "NKpsk0+", "NKpsk0++psk1", "NK+psk0", "psk0",
                           "X1K1psk0+psk1+psk2+psk3+psk4", "NKpsk00", "NKfallback"}) {
    const auto pattern = find_pattern(name);
    assert_false(pattern.has_value());
    assert_int_equal(pattern.error(), rudp::Error::unsupported);
  }
}

void a_pattern_tells_who_needs_a_static_key(void**) {
  assert_false(uses_static_key(*find_pattern("NK"), Role::initiator));
  assert_true(uses_static_key(*find_pattern("NK"), Role::responder));
  assert_false(uses_static_key(*find_pattern("NX"), Role::initiator));
  assert_true(uses_static_key(*find_pattern("NX"), Role::responder));
  assert_true(uses_static_key(*find_pattern("XK"), Role::initiator));
  assert_true(uses_static_key(*find_pattern("KN"), Role::initiator));
  assert_false(uses_static_key(*find_pattern("IN"), Role::responder));
  assert_false(uses_static_key(*find_pattern("NN"), Role::responder));
}

// Threat H16.
// What an endpoint offers with a psk must hold the server's static key, or its own
// messages could be reflected at it (RFC 9257, section 4.1).
void the_psk_variants_in_use_hold_the_servers_static_key(void**) {
  for (const char* name : {"NKpsk2", "NXpsk2", "XKpsk3", "IKpsk2"}) {
    assert_true(uses_static_key(*find_pattern(name), Role::responder));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_pattern_is_found_by_its_name),
      cmocka_unit_test(psk_modifiers_place_their_tokens),
      cmocka_unit_test(the_longest_name_fits),
      cmocka_unit_test(names_that_are_none_are_unsupported),
      cmocka_unit_test(a_pattern_tells_who_needs_a_static_key),
      cmocka_unit_test(the_psk_variants_in_use_hold_the_servers_static_key),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
