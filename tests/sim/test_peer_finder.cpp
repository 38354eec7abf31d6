#include "sim/peer_finder.hpp"

#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

void the_two_ends_of_a_connection_are_each_others_peers_until_one_crashes(void**) {
  Pair pair(1);
  pair.connect();
  const SideKey client{pair.client, pair.at_client}, server{pair.server, pair.at_server};
  PeerFinder peers;
  peers.on_connect(client);
  peers.on_settled(pair.world, pair.client);
  assert_false(peers.peer_of(client).has_value());
  peers.on_event(pair.world, server);
  assert_true(peers.peer_of(client) == server);
  assert_true(peers.peer_of(server) == client);
  assert_false(peers.peer_of({pair.client, {7, 7}}).has_value());
  peers.on_crash(pair.server);
  assert_false(peers.peer_of(client).has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_two_ends_of_a_connection_are_each_others_peers_until_one_crashes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
