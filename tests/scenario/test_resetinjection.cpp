// RESET ends a connection without a key. So only the one who gave out the id can make it work.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "crypto/reset_token.hpp"
#include "duo.hpp"
#include "wire/packet_header.hpp"
#include "wire/writer.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

std::vector<std::uint8_t> reset(const ConnectionId& id, const crypto::ResetToken& token) {
  std::array<std::uint8_t, 64> bytes{};
  wire::Writer writer(bytes);
  assert_true(wire::write_long_packet(writer, wire::LongPacket(wire::ResetPacket{id, token})));
  return {writer.written().begin(), writer.written().end()};
}

/// A packet that the client sends, as anybody on the path can read it.
std::vector<std::uint8_t> seen_packet(Duo& duo) {
  std::vector<std::uint8_t> packet;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (datagram.from == duo.world.address(duo.client) && datagram.bytes[0] >> 5 == 2)
      packet = datagram.bytes;
    return true;
  });
  (void)duo.say("so that there is a packet");
  duo.world.run_for(1s);
  duo.world.set_filter({});
  return packet;
}

/// And the id in it.
ConnectionId seen_id(Duo& duo) { return ConnectionId(Bytes(seen_packet(duo)).subspan(1, 8)); }

// Threat M6.
void no_guess_ends_a_connection_whose_id_is_known(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  const ConnectionId id = seen_id(duo);
  SeededRandom random(7);
  crypto::ResetToken token{};
  for (int i = 0; i < 10'000; ++i) {
    duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client), reset(id, token));
    random.public_fill(token);
    if (i % 100 == 0) duo.world.run_for(1ms);
  }
  duo.world.run_for(1s);
  assert_false(duo.at_client.closed.has_value());
  (void)duo.say("still here");
  duo.world.run_for(1s);
  assert_int_equal(duo.at_server.messages.size(), 2);
  assert_true(duo.is_well());
}

// A server whose key an attacker holds cannot reset connections to another server.
// Threat M6.
void the_token_of_another_server_is_worth_nothing(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  const ConnectionId id = seen_id(duo);
  SeededRandom random(99);
  const crypto::ResetTokenKey other(Identity::generate(random));
  duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client),
                   reset(id, other.make(id.bytes())));
  duo.world.run_for(1s);
  assert_false(duo.at_client.closed.has_value());
}

/// What another server of the same identity says to a packet of the client.
std::vector<std::uint8_t> answer_of_another(Duo& duo, const std::string& label) {
  const std::vector<std::uint8_t> packet = seen_packet(duo);
  const Address where = Address::v4(10, 0, 0, 3, 9000), stranger = Address::v4(10, 0, 0, 4, 666);
  SeededRandom random(1);
  EndpointConfig config;
  config.identity = Identity::generate(random);
  assert_true(config.identity.public_key() == duo.server_key);
  config.accept = true;
  config.reset_label = label;
  (void)duo.world.add_node(where, config).value();
  std::vector<std::uint8_t> answer;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (datagram.from == where) answer = datagram.bytes;
    return true;
  });
  duo.world.inject(stranger, where, packet);
  duo.world.run_for(1s);
  duo.world.set_filter({});
  assert_int_equal(answer.size(), 25);
  return answer;
}

// Two servers of one identity: neither is made to end the connections of the other. (Without labels of their
// own they would be, as the second round shows.)
// Threat M6.
void what_a_server_with_another_label_answers_ends_nothing(void**) {
  for (const std::string& label : {std::string("another"), std::string()}) {
    Duo duo(1);
    assert_true(duo.connect());
    const std::vector<std::uint8_t> answer = answer_of_another(duo, label);
    duo.world.inject(duo.world.address(duo.server), duo.world.address(duo.client), answer);
    duo.world.run_for(1s);
    assert_int_equal(duo.at_client.closed.has_value(), label.empty());
  }
}

// The server has none of the client's tokens: zeros match nothing.
// Threat M6.
void a_server_is_never_reset(void**) {
  Duo duo(1);
  assert_true(duo.connect());
  std::vector<ConnectionId> ids;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (datagram.from == duo.world.address(duo.server) && datagram.bytes[0] >> 5 == 2)
      ids.push_back(ConnectionId(Bytes(datagram.bytes).subspan(1, 4)));
    return true;
  });
  (void)duo.answer("so that there is a packet");
  duo.world.run_for(1s);
  assert_false(ids.empty());
  for (const ConnectionId& id : ids) {
    std::array<std::uint8_t, 8> padded{};
    std::copy(id.bytes().begin(), id.bytes().end(), padded.begin());
    duo.world.inject(duo.world.address(duo.client), duo.world.address(duo.server),
                     reset(ConnectionId(padded), {}));
  }
  duo.world.run_for(1s);
  assert_false(duo.at_server.closed.has_value());
}

/// Two servers that know nothing of each other.
struct Strangers {
  Strangers() : world(1) {
    for (const std::uint8_t host : {std::uint8_t{1}, std::uint8_t{2}}) {
      SeededRandom random(host);
      EndpointConfig config;
      config.identity = Identity::generate(random);
      config.accept = true;
      (void)world.add_node(Address::v4(10, 0, 0, host, 9000), config);
    }
    world.set_filter([this](const Datagram& datagram) { return sent.push_back(datagram), true; });
  }
  /// A short packet for a connection that the first never had, as if the second had sent it.
  void provoke(std::size_t bytes) {
    std::vector<std::uint8_t> datagram(bytes, 0x55);
    datagram[0] = 0x40;
    world.inject(Address::v4(10, 0, 0, 2, 9000), Address::v4(10, 0, 0, 1, 9000), datagram);
  }

  World world;
  std::vector<Datagram> sent;
};

// Threat M6.
void two_endpoints_without_state_do_not_keep_each_other_busy(void**) {
  Strangers strangers;
  strangers.provoke(60);
  strangers.world.run_for(10s);
  assert_int_equal(strangers.sent.size(), 1);
  assert_int_equal(strangers.sent[0].bytes.size(), 25);
}

// Threat M6.
void every_answer_is_shorter_than_what_it_answers(void**) {
  for (std::size_t bytes = 9; bytes < 100; ++bytes) {
    Strangers strangers;
    strangers.provoke(bytes);
    strangers.world.run_for(1s);
    for (const Datagram& answer : strangers.sent) assert_true(answer.bytes.size() < bytes);
    assert_int_equal(strangers.sent.size(), bytes >= 26 ? 1 : 0);
  }
}

// Threat M6.
void a_flood_is_answered_ten_times_a_second(void**) {
  Strangers strangers;
  for (int i = 0; i < 20'000; ++i) {
    strangers.provoke(60);
    if (i % 1000 == 999) strangers.world.run_for(1s);
  }
  assert_in_range(strangers.sent.size(), 1, 100 + 10 * 20);  // the burst after a rest, then the rate
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(no_guess_ends_a_connection_whose_id_is_known),
      cmocka_unit_test(the_token_of_another_server_is_worth_nothing),
      cmocka_unit_test(what_a_server_with_another_label_answers_ends_nothing),
      cmocka_unit_test(a_server_is_never_reset),
      cmocka_unit_test(two_endpoints_without_state_do_not_keep_each_other_busy),
      cmocka_unit_test(every_answer_is_shorter_than_what_it_answers),
      cmocka_unit_test(a_flood_is_answered_ten_times_a_second),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
