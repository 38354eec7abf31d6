// Nobody gets more than three times what it sent before it has shown that it is there, whatever is lost.
#include <cstdint>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

/// Drops the datagrams 2 to 7 of those that one side sends from now on.
void drop_second_to_seventh(Duo& duo, NodeId of) {
  duo.world.set_filter([&duo, of, sent = 0](const Datagram& datagram) mutable {
    if (datagram.from != duo.world.address(of)) return true;
    ++sent;
    return sent < 2 || sent > 7;
  });
}

// The checker of the world counts every byte; here is what it must have met.
// Threat H3.
void a_handshake_that_loses_its_second_to_seventh_packets(void**) {
  for (const bool of_client : {true, false}) {
    Duo duo(1, {.delay = 20ms});
    drop_second_to_seventh(duo, of_client ? duo.client : duo.server);
    assert_true(duo.connect());
    (void)duo.say("hello");
    assert_true(duo.world.run_until([&] { return duo.at_server.messages.size() == 1; }, 10s));
    assert_true(duo.world.statistics().filtered == 6);
    assert_true(duo.is_well());
  }
}

// Threat M9.
void a_move_that_loses_its_second_to_seventh_packets(void**) {
  for (const bool of_client : {true, false}) {
    for (const bool same_ip : {true, false}) {
      Duo duo(2, {.delay = 20ms, .rate_bits_per_s = 10'000'000});
      assert_true(duo.connect());
      std::vector<std::uint8_t> large(500'000);
      SeededRandom(5).public_fill(large);
      assert_true(static_cast<bool>(duo.world.send(duo.server, duo.at_server.connection, 0, large)));
      duo.world.run_for(200ms);
      duo.world.rebind(duo.client, Address::v4(10, 0, 0, same_ip ? 2 : 9, 7000));
      drop_second_to_seventh(duo, of_client ? duo.client : duo.server);
      assert_true(duo.world.run_until([&] { return duo.at_client.messages.size() == 1; }, 30s));
      assert_true(duo.at_client.messages[0] == large);
      assert_true(duo.is_well());
    }
  }
}

// Threat M9.
void an_address_that_never_answers_costs_a_few_packets(void**) {
  Duo duo(3, {.delay = 20ms});
  assert_true(duo.connect());
  const Address silent = Address::v4(10, 0, 0, 99, 7000);
  const Address home = duo.world.address(duo.client);
  std::uint64_t sent = 0, received = 0;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (datagram.to == silent) sent += datagram.bytes.size();
    if (datagram.from == silent) received += datagram.bytes.size();
    return datagram.to != silent;
  });
  // A part of the client's packets takes another way out, where nothing comes back.
  for (int round = 0; round < 100; ++round) {
    const Address& now_at = round % 3 == 0 ? silent : home;
    if (duo.world.address(duo.client) != now_at) duo.world.rebind(duo.client, now_at);
    (void)duo.say("up");
    (void)duo.answer("down");
    duo.world.run_for(100ms);
  }
  if (duo.world.address(duo.client) != home) duo.world.rebind(duo.client, home);
  assert_true(duo.world.run_until(
      [&] { return duo.at_client.messages.size() == 100 && duo.at_server.messages.size() == 100; }, 30s));
  assert_true(sent > 0 && sent <= 3 * received);
  assert_true(duo.is_well());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_handshake_that_loses_its_second_to_seventh_packets),
      cmocka_unit_test(a_move_that_loses_its_second_to_seventh_packets),
      cmocka_unit_test(an_address_that_never_answers_costs_a_few_packets),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
