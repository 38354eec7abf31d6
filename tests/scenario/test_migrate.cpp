// A client that moves on purpose: to another network, to another address of its server, from IPv4 to IPv6.
#include <cstdint>
#include <set>
#include <vector>

#include "base/connection_id.hpp"
#include "duo.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace scenario;

const Address kSecondClient = Address::v4(192, 168, 7, 7, 4242);
const Address kServerFour = Address::v4(10, 0, 0, 1, 9000);
const Address kServerSix = Address::parse("[2001:db8::1]:9000").value();
const Address kClientSix = Address::parse("[2001:db8::2]:5000").value();

/// A client with two networks and a server with two addresses.
struct Homes : Duo {
  explicit Homes(std::uint64_t seed = 3,
                 const LinkOptions& path = {.delay = 20ms, .rate_bits_per_s = 10'000'000})
      : Duo(seed, path) {
    second = world.add_socket(client, kSecondClient).value();
    six = world.add_socket(client, kClientSix).value();
    (void)world.add_socket(server, kServerSix);
    world.set_filter([this](const Datagram& datagram) {
      if (datagram.bytes[0] >> 5 == 2 && datagram.to.port == 9000)
        ids_seen.insert({datagram.from, {datagram.bytes.begin() + 1, datagram.bytes.begin() + 9}});
      if (datagram.from.port == 9000) last_from_server = datagram.to;
      return !dead || (datagram.from != *dead && datagram.to != *dead);
    });
  }

  Result<void> migrate(const MigrateOptions& options) {
    return world.migrate(client, at_client.connection, options);
  }
  std::uint64_t moves(NodeId node) const {
    const Seen& seen = node == client ? at_client : at_server;
    return world.endpoint(node).statistics(seen.connection)->path_moves;
  }
  bool both_moved(std::uint64_t times = 1, Duration limit = 2s) {
    return world.run_until([&] { return moves(client) == times && moves(server) == times; }, limit);
  }
  Address seen_by_server() const { return world.endpoint(server).info(at_server.connection)->remote; }
  /// Both sides still hear each other.
  bool talks() {
    const std::size_t up = at_server.messages.size() + 1, down = at_client.messages.size() + 1;
    (void)say("up");
    (void)answer("down");
    return world.run_until(
        [&] { return at_server.messages.size() == up && at_client.messages.size() == down; }, 2s);
  }

  SocketId second = 0, six = 0;
  Address last_from_server;
  std::optional<Address> dead;  ///< a network that carries nothing any more
  std::set<std::pair<Address, std::vector<std::uint8_t>>> ids_seen;
};

void a_client_moves_to_another_network_that_works_beside_the_old_one(void**) {
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(200ms);
  assert_true(homes.migrate({.socket = homes.second}).has_value());
  assert_true(homes.both_moved());
  assert_true(homes.seen_by_server() == kSecondClient);
  assert_true(homes.talks());
  assert_true(homes.is_well());
}

void a_client_moves_away_from_a_network_that_is_gone(void**) {
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(200ms);
  homes.dead = homes.world.address(homes.client);
  (void)homes.say("said into the void");
  homes.world.run_for(50ms);
  assert_true(homes.migrate({.socket = homes.second}).has_value());
  assert_true(homes.both_moved());
  assert_true(homes.world.run_until([&] { return homes.at_server.messages.size() == 1; }, 1s));
  assert_true(homes.talks());
}

void from_ipv4_to_ipv6_and_back(void**) {
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(200ms);
  assert_true(homes.migrate({.to = kServerSix, .socket = homes.six}).has_value());
  assert_true(homes.both_moved());
  assert_true(homes.seen_by_server() == kClientSix);
  assert_true(homes.world.endpoint(homes.client).info(homes.at_client.connection)->remote == kServerSix);
  homes.dead = homes.world.address(homes.client);
  assert_true(homes.talks());
  homes.dead = kClientSix;
  assert_true(homes.migrate({.to = homes.world.address(homes.server)}).has_value());
  assert_true(homes.both_moved(2));
  assert_true(homes.talks());
  assert_true(homes.is_well());
}

void nothing_of_a_transfer_is_lost_in_the_move(void**) {
  for (const bool download : {false, true}) {
    Homes homes;
    assert_true(homes.connect());
    homes.world.run_for(200ms);
    std::vector<std::uint8_t> large(700'000);
    SeededRandom(5).public_fill(large);
    const NodeId from = download ? homes.server : homes.client;
    const Seen& source = download ? homes.at_server : homes.at_client;
    assert_true(static_cast<bool>(homes.world.send(from, source.connection, 0, large)));
    homes.world.run_for(300ms);
    assert_true(homes.migrate({.socket = homes.second}).has_value());
    homes.dead = homes.world.address(homes.client);
    const Seen& target = download ? homes.at_client : homes.at_server;
    assert_true(homes.world.run_until([&] { return target.messages.size() == 1; }, 10s));
    assert_true(target.messages[0] == large);
    assert_true(homes.is_well());
  }
}

/// Nobody says anything, and still the server goes along at once: what it says next must not go to a network
/// that may be gone. The second move comes while the first is so fresh that the server looks at nothing new.
void the_server_follows_an_idle_client_within_two_round_trips(void**) {
  constexpr Duration kRoundTrip = 40ms;
  constexpr Duration kBusy = 2ms;  // the time of a padded datagram on the link, both ways
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(5s);
  assert_true(homes.migrate({.to = kServerSix, .socket = homes.six}).has_value());
  homes.world.run_for(2 * kRoundTrip + kBusy);
  assert_true(homes.last_from_server == kClientSix);
  assert_true(homes.migrate({.to = kServerFour, .socket = homes.second}).has_value());
  homes.world.run_for(2 * kRoundTrip + kBusy);
  assert_true(homes.last_from_server == kSecondClient);
  assert_int_equal(homes.moves(homes.server), 2);
}

/// On a path without any delay two moves fall into the 10 ms in which a server looks at one address only.
void a_move_on_the_heels_of_another_is_followed_without_a_word_of_the_client(void**) {
  Homes homes(3, {.delay = 100us});
  assert_true(homes.connect());
  homes.world.run_for(5s);
  for (std::uint64_t move = 1; move <= 6; ++move) {
    assert_true(
        homes.migrate({.socket = static_cast<SocketId>(move % 2 == 1 ? homes.second : 0)}).has_value());
    assert_true(homes.both_moved(move, 20ms));
  }
  assert_true(homes.talks());
  assert_true(homes.is_well());
}

/// Whoever watches both networks cannot tell by an id that it is the same connection.
void no_id_of_the_server_is_seen_on_two_networks(void**) {
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(200ms);
  for (std::uint64_t move = 1; move <= 10; ++move) {
    assert_true(
        homes.migrate({.socket = static_cast<SocketId>(move % 2 == 1 ? homes.second : 0)}).has_value());
    assert_true(homes.both_moved(move));
    homes.world.run_for(300ms);
  }
  std::set<std::vector<std::uint8_t>> ids;
  std::size_t with_address = 0;
  for (const auto& [address, id] : homes.ids_seen) {
    ids.insert(id);
    ++with_address;
  }
  assert_int_equal(ids.size(), with_address);
  assert_true(ids.size() >= 11);
  assert_true(homes.talks());
}

void a_move_to_where_nobody_is_leaves_all_as_it_was(void**) {
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(200ms);
  assert_true(homes.migrate({.to = Address::v4(203, 0, 113, 1, 9000)}).has_value());
  assert_true(homes.talks());
  homes.world.run_for(1min);
  assert_int_equal(homes.moves(homes.client), 0);
  assert_int_equal(homes.moves(homes.server), 0);
  assert_true(homes.talks());
  // And it can move where somebody is.
  assert_true(homes.migrate({.socket = homes.second}).has_value());
  assert_true(homes.both_moved());
}

void through_heavy_loss_a_move_takes_longer_and_succeeds(void**) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Homes homes(seed);
    assert_true(homes.connect());
    homes.world.run_for(500ms);
    const LinkOptions lossy{.delay = 20ms, .loss_ppm = 300'000};
    homes.world.link(homes.client, homes.server).set_options(lossy);
    homes.world.link(homes.server, homes.client).set_options(lossy);
    assert_true(homes.migrate({.socket = homes.second}).has_value());
    const auto moved = [&] { return homes.moves(homes.client) > 0 && homes.moves(homes.server) > 0; };
    assert_true(homes.world.run_until(moved, 20s));
    homes.heal();
    assert_true(homes.talks());
    homes.world.run_for(2s);
    assert_true(homes.seen_by_server() == kSecondClient);
    assert_true(homes.is_well());
  }
}

void who_may_not_move_is_told(void**) {
  Homes homes;
  homes.start();
  assert_true(homes.migrate({.socket = homes.second}).error() == Error::invalid_state);
  assert_true(
      homes.world.run_until([&] { return homes.at_client.connected && homes.at_server.connected; }, 5s));
  homes.world.run_for(200ms);
  Endpoint& server = homes.world.endpoint(homes.server);
  const Instant now = homes.world.local_time(homes.server);
  assert_true(server.migrate(now, homes.at_server.connection).error() == Error::invalid_state);
  assert_true(homes.migrate({.to = Address::v4(10, 0, 0, 1, 0)}).error() == Error::bad_address);
  assert_true(homes.migrate({.to = Address{}}).error() == Error::bad_address);
  // Calls in a row use the spare ids up, and end nothing.
  while (homes.migrate({.socket = homes.second})) {
  }
  assert_true(homes.migrate({.socket = homes.second}).error() == Error::would_block);
  homes.world.run_for(1s);
  assert_true(homes.talks());
  homes.world.close_now(homes.client, homes.at_client.connection);
  assert_true(homes.migrate({.socket = homes.second}).error() == Error::unknown_connection);
}

// Threat M6.
void a_restarted_server_resets_also_who_has_moved(void**) {
  Homes homes;
  assert_true(homes.connect());
  homes.world.run_for(200ms);
  for (std::uint64_t move = 1; move <= 5; ++move) {
    assert_true(
        homes.migrate({.socket = static_cast<SocketId>(move % 2 == 1 ? homes.second : 0)}).has_value());
    assert_true(homes.both_moved(move));
    homes.world.run_for(300ms);
  }
  homes.world.crash(homes.server);
  homes.world.restart(homes.server);
  (void)homes.say("anybody there, in a packet longer than the answer?");
  homes.world.run_for(1s);
  assert_true(homes.at_client.closed == Error::reset_by_peer);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_client_moves_to_another_network_that_works_beside_the_old_one),
      cmocka_unit_test(a_client_moves_away_from_a_network_that_is_gone),
      cmocka_unit_test(from_ipv4_to_ipv6_and_back),
      cmocka_unit_test(nothing_of_a_transfer_is_lost_in_the_move),
      cmocka_unit_test(the_server_follows_an_idle_client_within_two_round_trips),
      cmocka_unit_test(a_move_on_the_heels_of_another_is_followed_without_a_word_of_the_client),
      cmocka_unit_test(no_id_of_the_server_is_seen_on_two_networks),
      cmocka_unit_test(a_move_to_where_nobody_is_leaves_all_as_it_was),
      cmocka_unit_test(through_heavy_loss_a_move_takes_longer_and_succeeds),
      cmocka_unit_test(who_may_not_move_is_told),
      cmocka_unit_test(a_restarted_server_resets_also_who_has_moved),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
