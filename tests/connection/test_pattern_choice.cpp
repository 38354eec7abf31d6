// Options become a pattern, and servers answer the patterns that they want.
#include "connection/pattern_choice.hpp"

#include <array>

#include "support/scripted_random.hpp"

#include "support/cmocka.hpp"

using rudp::HandshakePattern;
using namespace rudp::connection;

namespace {

constexpr std::array kAll = {HandshakePattern::nk,      HandshakePattern::nx,      HandshakePattern::nk_psk2,
                             HandshakePattern::nx_psk2, HandshakePattern::xk,      HandshakePattern::ik,
                             HandshakePattern::xk_psk3, HandshakePattern::ik_psk2};

rudp::Identity some_identity() {
  test::ScriptedRandom random(1);
  return rudp::Identity::generate(random);
}

rudp::PreSharedKey some_key() {
  return rudp::PreSharedKey::from_bytes(std::array<std::uint8_t, 32>{7}).value();
}

void what_the_client_knows_and_shows_decides_the_pattern(void**) {
  const rudp::Identity identity = some_identity();
  const auto chosen = [&](bool pinned, bool psk, bool identifies, rudp::IdentityPattern how) {
    rudp::ConnectOptions options;
    if (pinned) options.server_key = rudp::PublicKey{{9}};
    if (psk) options.pre_shared_key = some_key();
    if (identifies) options.identity = identity;
    options.identity_pattern = how;
    return choose_pattern(options);
  };
  const auto xk = rudp::IdentityPattern::xk;
  const auto ik = rudp::IdentityPattern::ik;
  assert_true(chosen(true, false, false, xk).value() == HandshakePattern::nk);
  assert_true(chosen(false, false, false, ik).value() == HandshakePattern::nx);
  assert_true(chosen(true, true, false, xk).value() == HandshakePattern::nk_psk2);
  assert_true(chosen(false, true, false, xk).value() == HandshakePattern::nx_psk2);
  assert_true(chosen(true, false, true, xk).value() == HandshakePattern::xk);
  assert_true(chosen(true, false, true, ik).value() == HandshakePattern::ik);
  assert_true(chosen(true, true, true, xk).value() == HandshakePattern::xk_psk3);
  assert_true(chosen(true, true, true, ik).value() == HandshakePattern::ik_psk2);
}

void an_identity_is_shown_to_a_known_server_only(void**) {
  rudp::ConnectOptions options;
  options.identity = some_identity();
  assert_true(choose_pattern(options).error() == rudp::Error::invalid_argument);
}

void a_plain_server_answers_all_that_needs_no_shared_key(void**) {
  for (const HandshakePattern pattern : kAll)
    assert_int_equal(is_accepted({}, pattern), !mixes_pre_shared_key(pattern));
}

void a_server_with_a_shared_key_demands_it_unless_told_otherwise(void**) {
  rudp::EndpointConfig config;
  config.pre_shared_key = some_key();
  for (const HandshakePattern pattern : kAll)
    assert_int_equal(is_accepted(config, pattern), mixes_pre_shared_key(pattern));
  config.require_pre_shared_key = false;
  for (const HandshakePattern pattern : kAll) assert_true(is_accepted(config, pattern));
}

void a_server_may_demand_a_client_key(void**) {
  rudp::EndpointConfig config;
  config.require_client_key = true;
  for (const HandshakePattern pattern : kAll)
    assert_int_equal(is_accepted(config, pattern),
                     pattern == HandshakePattern::xk || pattern == HandshakePattern::ik);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_the_client_knows_and_shows_decides_the_pattern),
      cmocka_unit_test(an_identity_is_shown_to_a_known_server_only),
      cmocka_unit_test(a_plain_server_answers_all_that_needs_no_shared_key),
      cmocka_unit_test(a_server_with_a_shared_key_demands_it_unless_told_otherwise),
      cmocka_unit_test(a_server_may_demand_a_client_key),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
