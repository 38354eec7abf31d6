// The client's INIT, the cookies it takes, and the answers it believes.
#include "connection/client_handshake.hpp"

#include <algorithm>

#include "support/handshake_world.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Error;
using rudp::Instant;
using rudp::connection::ClientHandshake;
using test::HandshakeWorld;

namespace {

Instant seconds(int count) { return Instant::from_ns(0) + std::chrono::seconds(count); }

rudp::wire::RetryPacket retry_with(std::uint8_t fill) {
  rudp::wire::RetryPacket retry{test::id_of(7), {}};
  retry.cookie.fill(fill);
  return retry;
}

// Threat H11.
// Threat K2.
void an_init_is_resent_byte_for_byte(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(true);
  const auto first = world.init_of(handshake);
  assert_int_equal(first.size(), rudp::wire::kInitBytesMin);
  assert_true(first == world.init_of(handshake));
}

// Threat K2.
void a_cookie_changes_nothing_but_the_token(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(true);
  const auto first = world.init_of(handshake);
  const auto before = rudp::wire::parse_long_packet(first).value();
  assert_true(handshake.take_retry(seconds(0), retry_with(5)));
  const auto datagram = world.init_of(handshake);
  const auto after = std::get<rudp::wire::InitPacket>(rudp::wire::parse_long_packet(datagram).value());
  assert_int_equal(after.token.size(), 32);
  assert_int_equal(datagram.size(), rudp::wire::kInitBytesMin);
  assert_true(rudp::connection::hash_init(after) ==
              rudp::connection::hash_init(std::get<rudp::wire::InitPacket>(before)));
}

// Threat K6.
void its_secrets_lie_in_locked_memory_as_long_as_it_lasts(void**) {
  HandshakeWorld world;
  const rudp::crypto::SecretSlab& secrets = world.client.environment.secrets;
  const std::size_t before = secrets.slots_in_use();
  {
    ClientHandshake handshake = world.start(true);
    assert_int_equal(secrets.slots_in_use(), before + 1);
    ClientHandshake again = world.start(false);
    handshake = std::move(again);
    assert_int_equal(secrets.slots_in_use(), before + 1);
  }
  assert_int_equal(secrets.slots_in_use(), before);
}

void inits_come_after_a_quarter_of_a_second_and_never_slower_than_600_ms(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(true);
  const rudp::Duration expected[] = {250ms, 375ms, 562'500us, 600ms, 600ms};
  for (const rudp::Duration after : expected) {
    (void)world.init_of(handshake);
    assert_true(handshake.resend_after() == after);
  }
}

void a_held_cookie_gives_way_only_when_old_or_unanswered(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(true);
  assert_true(handshake.take_retry(seconds(0), retry_with(1)));
  assert_false(handshake.take_retry(seconds(4), retry_with(2)));
  assert_true(handshake.take_retry(seconds(5), retry_with(3)));
  for (int i = 0; i < 3; ++i) (void)world.init_of(handshake);
  assert_true(handshake.take_retry(seconds(6), retry_with(4)));
}

// Threat H6.
void no_more_than_eight_cookies_are_taken(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(true);
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += handshake.take_retry(seconds(10 * i), retry_with(1)) ? 1 : 0;
  assert_int_equal(taken, 8);
}

void a_genuine_answer_gives_keys_ids_and_parameters(void**) {
  for (const bool pinned : {true, false}) {
    HandshakeWorld world;
    ClientHandshake handshake = world.start(pinned);
    const auto accepted = std::move(world.accept(world.init_of(handshake)).value());
    const auto session = handshake.read_answer(HandshakeWorld::response_of(accepted));
    assert_true(session.has_value());
    assert_true(session->remote_cid == test::id_of(9));
    assert_int_equal(session->local_cid.size(), 4);
    assert_true(session->handshake_hash == accepted.session.handshake_hash);
    assert_true(session->peer_key == world.server.config.identity.public_key());
  }
}

// Threat H7.
void a_thousand_forged_answers_do_not_spoil_the_genuine_one(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(false);
  const auto accepted = std::move(world.accept(world.init_of(handshake)).value());
  const auto genuine = HandshakeWorld::response_of(accepted);
  for (std::size_t i = 0; i < 1000; ++i) {
    std::vector<std::uint8_t> forged(genuine.noise_message.begin(), genuine.noise_message.end());
    forged[(i * 37) % forged.size()] ^= static_cast<std::uint8_t>(1u << i % 8);
    assert_false(handshake.read_answer({genuine.client_cid, forged}).has_value());
  }
  assert_true(handshake.read_answer(genuine).has_value());
}

// Threat H9.
void a_pinned_client_refuses_another_servers_answer(void**) {
  HandshakeWorld ours(1);
  HandshakeWorld other(50);
  ClientHandshake handshake = ours.start(true);
  assert_false(other.accept(ours.init_of(handshake)).has_value());
}

void a_claimed_retry_that_never_was_is_refused(void**) {
  HandshakeWorld world;
  ClientHandshake handshake = world.start(true);
  const auto accepted = std::move(world.accept(world.init_of(handshake), /*retry_used=*/true).value());
  const auto session = handshake.read_answer(HandshakeWorld::response_of(accepted));
  assert_false(session.has_value());
  assert_true(session.error() == Error::authentication_failed);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_init_is_resent_byte_for_byte),
      cmocka_unit_test(a_cookie_changes_nothing_but_the_token),
      cmocka_unit_test(its_secrets_lie_in_locked_memory_as_long_as_it_lasts),
      cmocka_unit_test(inits_come_after_a_quarter_of_a_second_and_never_slower_than_600_ms),
      cmocka_unit_test(a_held_cookie_gives_way_only_when_old_or_unanswered),
      cmocka_unit_test(no_more_than_eight_cookies_are_taken),
      cmocka_unit_test(a_genuine_answer_gives_keys_ids_and_parameters),
      cmocka_unit_test(a_thousand_forged_answers_do_not_spoil_the_genuine_one),
      cmocka_unit_test(a_pinned_client_refuses_another_servers_answer),
      cmocka_unit_test(a_claimed_retry_that_never_was_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
