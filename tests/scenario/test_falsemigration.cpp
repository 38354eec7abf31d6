// Attackers beside the path: they forward what they see, faster than the path does, and from their own
// address.
#include <cstdint>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

const Address kAttacker = Address::v4(198, 51, 100, 66, 6666);

/// Sees all that the client sends and forwards a copy at once, so that it always arrives before the original.
struct Attack : Duo {
  explicit Attack(std::uint64_t seed,
                  const LinkOptions& path = {.delay = 30ms, .rate_bits_per_s = 10'000'000})
      : Duo(seed, path) {}
  /// The client sends, or gets, so many bytes, and they arrive.
  void transfer(bool download, std::size_t bytes) {
    std::vector<std::uint8_t> large(bytes);
    SeededRandom(9).public_fill(large);
    const NodeId from = download ? server : client;
    const Seen& source = download ? at_server : at_client;
    const Seen& target = download ? at_client : at_server;
    assert_true(static_cast<bool>(world.send(from, source.connection, 0, large)));
    assert_true(world.run_until([&] { return target.messages.size() == 1; }, 30s));
    assert_true(target.messages[0] == large);
  }

  /// `relays_answers`: what the server sends to the attacker is passed on to the client, as if it came from
  /// the server, so that the client answers challenges for the attacker.
  void begin(bool relays_answers, int one_in = 1) {
    const auto on_datagram = [this, relays_answers](const Datagram& datagram) {
      to_attacker += datagram.bytes.size();
      if (relays_answers) world.inject(world.address(server), world.address(client), datagram.bytes);
    };
    (void)world.add_host(kAttacker, on_datagram);
    world.connect_nodes(server, NodeId{2}, {.delay = 1ms});
    world.set_filter([this, one_in](const Datagram& datagram) {
      if (datagram.from == world.address(client) && ++seen % one_in == 0) {
        from_attacker += datagram.bytes.size();
        world.inject(kAttacker, world.address(server), datagram.bytes);
        return !originals_are_lost;
      }
      return true;
    });
  }
  std::uint64_t server_moves() const {
    return world.endpoint(server).statistics(at_server.connection)->path_moves;
  }
  void talk(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      (void)say("up " + std::to_string(round));
      (void)answer("down " + std::to_string(round));
      world.run_for(37ms);
    }
    world.run_for(2s);
    assert_int_equal(at_server.messages.size(), rounds);
    assert_int_equal(at_client.messages.size(), rounds);
  }

  bool originals_are_lost = false;
  int seen = 0;
  std::uint64_t from_attacker = 0, to_attacker = 0;
};

// Threat M3.
void who_forwards_faster_gets_challenges_and_nothing_else(void**) {
  Attack attack(1);
  assert_true(attack.connect());
  attack.begin(false);
  attack.talk(100);
  assert_int_equal(attack.server_moves(), 0);
  assert_true(attack.to_attacker <= 3 * attack.from_attacker);
  assert_true(attack.is_well());
}

// The client's answer to the challenge comes from the attacker's address, and first; but so does its answer
// to the challenge that went to the client's own. Threat M3.
void who_also_wins_the_race_with_the_answer_moves_nothing(void**) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Attack attack(seed);
    assert_true(attack.connect());
    attack.begin(true);
    attack.talk(60);
    assert_int_equal(attack.server_moves(), 0);
    assert_true(attack.to_attacker > 0);
    assert_true(attack.to_attacker <= 3 * attack.from_attacker);
    assert_true(attack.is_well());
  }
}

// Threat M3.
void a_transfer_beside_such_an_attacker_is_whole(void**) {
  for (const bool download : {false, true}) {
    Attack attack(5);
    assert_true(attack.connect());
    attack.begin(true);
    attack.transfer(download, 900'000);
    assert_int_equal(attack.server_moves(), 0);
    assert_true(attack.is_well());
  }
}

// What the transfer itself puts into the queue holds challenges and answers up for longer than the round
// trip, which the copies of acks make look short, or drops them. Threat M3.
void a_queue_that_a_transfer_fills_does_not_make_the_old_path_look_silent(void**) {
  for (const Duration delay : {5ms, 30ms, 100ms}) {
    for (const std::uint64_t mbit_per_s : {2, 10, 50}) {
      for (const std::uint64_t queue_bytes : {16u << 10, 64u << 10, 400u << 10}) {
        for (const int one_in : {1, 3, 7}) {
          for (const bool download : {false, true}) {
            Attack attack(
                1, {.delay = delay, .rate_bits_per_s = mbit_per_s * 1'000'000, .queue_bytes = queue_bytes});
            assert_true(attack.connect());
            attack.begin(true, one_in);
            attack.transfer(download, 900'000);
            assert_int_equal(attack.server_moves(), 0);
          }
        }
      }
    }
  }
}

// The way up loses all that the attacker saw: only acks tell, from his address, that what the server sends still
// arrives at the client's. Threat M3.
void what_is_acknowledged_arrived_at_the_old_address(void**) {
  for (const std::uint64_t mbit_per_s : {5, 10}) {
    for (const std::uint64_t queue_bytes : {64u << 10, 400u << 10}) {
      Attack attack(
          1, {.delay = 30ms, .rate_bits_per_s = mbit_per_s * 1'000'000, .queue_bytes = queue_bytes});
      assert_true(attack.connect());
      attack.begin(true);
      attack.originals_are_lost = true;
      attack.transfer(true, 900'000);
      assert_int_equal(attack.server_moves(), 0);
    }
  }
}

// Threat M3.
void who_forwards_now_and_then_only_moves_nothing_either(void**) {
  Attack attack(3);
  assert_true(attack.connect());
  attack.begin(true, 7);
  attack.talk(200);
  assert_int_equal(attack.server_moves(), 0);
  assert_true(attack.is_well());
}

// Threat M3.
void a_client_that_really_moves_is_followed_in_spite_of_the_attacker(void**) {
  Attack attack(4);
  assert_true(attack.connect());
  attack.begin(true, 3);
  attack.world.run_for(500ms);
  attack.world.rebind(attack.client, Address::v4(10, 0, 0, 2, 7777));
  attack.talk(100);
  assert_true(attack.server_moves() >= 1);
  assert_true(attack.is_well());
}

// What a stranger sends to the client in the server's name, from elsewhere, is not even opened.
// Threat M3.
void a_client_does_not_follow_its_server(void**) {
  Duo duo(2, {.delay = 20ms});
  assert_true(duo.connect());
  std::vector<std::vector<std::uint8_t>> from_server;
  duo.world.set_filter([&](const Datagram& datagram) {
    if (datagram.from != duo.world.address(duo.server)) return true;
    duo.world.inject(kAttacker, duo.world.address(duo.client), datagram.bytes);
    return true;
  });
  for (int i = 0; i < 50; ++i) {
    (void)duo.answer("hello");
    duo.world.run_for(20ms);
  }
  duo.world.run_for(1s);
  assert_int_equal(duo.at_client.messages.size(), 50);
  assert_true(duo.world.endpoint(duo.client).info(duo.at_client.connection)->remote ==
              duo.world.address(duo.server));
  assert_true(duo.world.endpoint(duo.client).statistics().dropped_unexpected >= 50);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(who_forwards_faster_gets_challenges_and_nothing_else),
      cmocka_unit_test(who_also_wins_the_race_with_the_answer_moves_nothing),
      cmocka_unit_test(a_transfer_beside_such_an_attacker_is_whole),
      cmocka_unit_test(a_queue_that_a_transfer_fills_does_not_make_the_old_path_look_silent),
      cmocka_unit_test(what_is_acknowledged_arrived_at_the_old_address),
      cmocka_unit_test(who_forwards_now_and_then_only_moves_nothing_either),
      cmocka_unit_test(a_client_that_really_moves_is_followed_in_spite_of_the_attacker),
      cmocka_unit_test(a_client_does_not_follow_its_server),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
