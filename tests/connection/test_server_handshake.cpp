// One INIT in, one RESP out.
#include "connection/server_handshake.hpp"

#include <array>
#include <vector>

#include "crypto/noise.hpp"
#include "support/handshake_world.hpp"
#include "support/low_order_points.hpp"

#include "support/cmocka.hpp"

using rudp::Error;
using test::HandshakeWorld;

namespace {

rudp::wire::InitPacket init_with(rudp::HandshakePattern pattern, rudp::Bytes message) {
  rudp::wire::InitPacket init;
  init.client_cid = test::id_of(7);
  init.pattern = pattern;
  init.noise_message = message;
  return init;
}

// Threat H3.
void the_answer_is_never_longer_than_the_question(void**) {
  HandshakeWorld world;
  auto handshake = world.start(false);
  const auto init = world.init_of(handshake);
  const auto accepted = world.accept(init);
  assert_true(accepted.has_value());
  assert_in_range(accepted->response.size(), 100, init.size() / 3);
}

void both_sides_hold_the_same_keys(void**) {
  HandshakeWorld world;
  auto handshake = world.start(true);
  auto accepted = std::move(world.accept(world.init_of(handshake)).value());
  auto session = std::move(handshake.read_answer(HandshakeWorld::response_of(accepted)).value());
  std::array<std::uint8_t, 4> header = {1, 2, 3, 4};
  std::array<std::uint8_t, 21> packet = {'h', 'e', 'l', 'l', 'o'};
  assert_true(session.protection->seal(0, header, packet).has_value());
  const auto opened = accepted.session.protection->open(0, false, header, packet);
  assert_true(opened.has_value());
  assert_memory_equal(packet.data(), "hello", 5);
}

// Threat H8.
void every_changed_bit_of_an_init_header_or_message_is_refused(void**) {
  HandshakeWorld world;
  auto handshake = world.start(true);
  const auto init = world.init_of(handshake);
  const auto parsed = std::get<rudp::wire::InitPacket>(rudp::wire::parse_long_packet(init).value());
  const std::size_t end = 1 + 8 + 4 + 1 + 1 + 2 + parsed.noise_message.size();
  for (std::size_t bit = 8; bit < end * 8; ++bit) {
    std::vector<std::uint8_t> changed = init;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1u << bit % 8));
    assert_false(world.accept(changed).has_value());
  }
}

// Threat H13.
void a_client_key_of_low_order_is_refused(void**) {
  HandshakeWorld world;
  for (const std::string_view hex : test::kLowOrderPoints) {
    const auto point = test::public_key_of_hex(hex).bytes;
    const std::vector<std::uint8_t> message(point.begin(), point.end());
    const rudp::wire::InitPacket init = init_with(rudp::HandshakePattern::nx, message);
    const auto accepted =
        rudp::connection::accept(world.server.environment, init, {test::id_of(9), {}, false});
    assert_false(accepted.has_value());
    assert_true(accepted.error() == Error::bad_key);
  }
}

// Threat H14.
void messages_of_every_length_are_refused_without_harm(void**) {
  HandshakeWorld world;
  std::vector<std::uint8_t> message(1400, 0x5a);
  for (std::size_t length = 0; length <= message.size(); ++length) {
    for (const auto pattern : {rudp::HandshakePattern::nk, rudp::HandshakePattern::nx}) {
      const rudp::wire::InitPacket init = init_with(pattern, rudp::Bytes(message).first(length));
      const auto accepted =
          rudp::connection::accept(world.server.environment, init, {test::id_of(9), {}, false});
      // In NX, 32 bytes that happen to be a point and no parameters at all are a whole message.
      if (pattern == rudp::HandshakePattern::nx && length == 32) continue;
      assert_false(accepted.has_value());
    }
  }
}

void patterns_that_the_configuration_leaves_out_are_refused(void**) {
  HandshakeWorld world;
  std::vector<std::uint8_t> message(100, 1);
  const rudp::wire::InitPacket init = init_with(rudp::HandshakePattern::nk_psk2, message);
  const auto accepted = rudp::connection::accept(world.server.environment, init, {test::id_of(9), {}, false});
  assert_true(accepted.error() == Error::unsupported);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_answer_is_never_longer_than_the_question),
      cmocka_unit_test(both_sides_hold_the_same_keys),
      cmocka_unit_test(every_changed_bit_of_an_init_header_or_message_is_refused),
      cmocka_unit_test(a_client_key_of_low_order_is_refused),
      cmocka_unit_test(messages_of_every_length_are_refused_without_harm),
      cmocka_unit_test(patterns_that_the_configuration_leaves_out_are_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
