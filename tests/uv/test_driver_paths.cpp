// Connections that go another way while they are used: a router gives the client another port, or the client
// moves on purpose (threats M1, M7).
#include <rudp/uv_endpoint.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/nat.hpp"
#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using test::Pair;

namespace {

// Messages that the client sent and that came back, each once and in order.
void assert_echoed(const std::vector<std::string>& messages, int count) {
  assert_int_equal(messages.size(), count);
  for (int i = 0; i < count; ++i)
    assert_string_equal(messages[static_cast<std::size_t>(i)].c_str(), std::to_string(i).c_str());
}

struct Changes {
  explicit Changes(uv::Endpoint& endpoint) {
    endpoint.on_path_change([this](Connection, const Address& remote) { remotes.push_back(remote); });
  }
  std::vector<Address> remotes;
};

// Threats M1, M7.
// The router forgets the client ten times while it talks. Nobody logs in again and nothing is lost. Each time
// the system tells the server that the old port cannot be reached, which ends nothing.
void m1_a_client_behind_a_router_that_forgets_keeps_its_connection(void**) {
  Pair pair;
  pair.echo();
  Changes at_server(*pair.server), at_client(*pair.client);
  test::Nat nat(pair.loop.get(), pair.server->sockets()[0].local.port);
  Connection peer = pair.client->connect(std::vector<Address>{nat.inside()});
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  for (int i = 0; i < 200; ++i) {
    if (i % 20 == 0) nat.rebind();
    assert_true(bool(peer.send(0, std::to_string(i))));
    const auto wanted = static_cast<std::size_t>(i + 1);
    if (i % 5 == 4)
      assert_true(pair.loop.run_until([&] { return pair.at_client.messages.size() == wanted; }));
  }
  assert_echoed(pair.at_client.messages, 200);
  assert_true(pair.loop.run_until(
      [&] { return !at_server.remotes.empty() && at_server.remotes.back().port == nat.outside_port(); }));
  assert_int_equal(pair.at_server.connected.size(), 1);
  assert_int_equal(pair.at_server.closes.size() + pair.at_client.closes.size(), 0);
  assert_true(at_client.remotes.empty());
}

/// Until the server has given an id to move with.
void move(Pair& pair, Connection peer, const std::optional<Address>& to = {}) {
  Result<void> moved = Error::would_block;
  assert_true(pair.loop.run_until([&] {
    moved = peer.migrate(to);
    return moved.has_value() || moved.error() != Error::would_block;
  }));
  assert_true(moved.has_value());
}

// Threat M1.
// On purpose: another socket each time, and the old ones are closed.
void a_client_that_moves_is_the_same_connection_from_another_port(void**) {
  Pair pair;
  pair.echo();
  Changes at_server(*pair.server), at_client(*pair.client);
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  std::vector<std::uint16_t> ports;
  for (int round = 0; round < 6; ++round) {
    const auto moves = static_cast<std::size_t>(round + 1);
    move(pair, peer);
    for (int i = 0; i < 10; ++i) assert_true(bool(peer.send(0, std::to_string(round * 10 + i))));
    assert_true(pair.loop.run_until([&] {
      return at_client.remotes.size() == moves && at_server.remotes.size() == moves &&
             pair.at_client.messages.size() == moves * 10;
    }));
    ports.push_back(at_server.remotes.back().port);
    assert_true(at_client.remotes.back() == pair.server->sockets()[0].local);
  }
  assert_echoed(pair.at_client.messages, 60);
  std::sort(ports.begin(), ports.end());
  assert_true(std::unique(ports.begin(), ports.end()) == ports.end());
  assert_int_equal(pair.at_server.connected.size(), 1);
  peer.close(7, "done");
  assert_true(pair.loop.run_until([&] { return !pair.at_server.closes.empty(); }));
  assert_int_equal(pair.at_server.closes[0].code, 7);
}

// Threat S11.
// Its socket stays for as long as a lost CLOSE has to be said again.
void s11_a_lost_close_of_a_client_that_moved_is_said_again(void**) {
  Pair pair;
  Changes at_client(*pair.client);
  test::Nat nat(pair.loop.get(), pair.server->sockets()[0].local.port);
  Connection peer = pair.client->connect(std::vector<Address>{nat.inside()});
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  move(pair, peer);
  assert_true(pair.loop.run_until([&] { return at_client.remotes.size() == 1; }));
  pair.loop.run_for(std::chrono::milliseconds(100));
  peer.close_now(7);
  nat.drop_one();
  assert_true(pair.loop.run_until([&] { return !pair.at_server.closes.empty(); }));
  assert_true(pair.at_server.closes[0].error == Error::closed_by_peer);
  assert_int_equal(pair.at_server.closes[0].code, 7);
}

// Nobody says anything, not even a keep-alive.
void the_server_follows_an_idle_client_without_waiting_for_a_word(void**) {
  uv::Options of_server = test::server_options(), of_client;
  of_server.transport.keep_alive = of_client.transport.keep_alive = Duration::zero();
  Pair pair(std::move(of_server), std::move(of_client));
  Changes at_server(*pair.server), at_client(*pair.client);
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  for (std::size_t round = 1; round <= 10; ++round) {
    move(pair, peer);
    assert_true(pair.loop.run_until(
        [&] { return at_client.remotes.size() == round && at_server.remotes.size() == round; }));
  }
}

// Only who has started a connection may move it, and only an open one.
void moves_that_cannot_be_are_refused(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(peer.migrate().error() == Error::invalid_state);
  assert_true(pair.loop.run_until(
      [&] { return !pair.at_client.connected.empty() && !pair.at_server.connected.empty(); }));
  assert_true(pair.at_server.connected[0].migrate().error() == Error::invalid_state);
  peer.close_now();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
  assert_true(peer.migrate().error() == Error::closed);
  assert_true(Connection().migrate().error() == Error::closed);
}

// Nothing answers at the other address, so the connection stays where it is; what was asked for goes with it.
void a_move_to_where_nothing_answers_leaves_the_connection_where_it_is(void**) {
  Pair pair;
  pair.echo();
  Changes at_client(*pair.client);
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  test::Nat nobody(pair.loop.get(), 9);
  move(pair, peer, nobody.inside());
  for (int i = 0; i < 20; ++i) assert_true(bool(peer.send(0, std::to_string(i))));
  assert_true(
      pair.loop.run_until([&] { return pair.at_client.messages.size() == 20 && nobody.passed() > 0; }));
  assert_true(at_client.remotes.empty());
  move(pair, peer);
  assert_true(pair.loop.run_until([&] { return at_client.remotes.size() == 1; }));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(m1_a_client_behind_a_router_that_forgets_keeps_its_connection),
      cmocka_unit_test(a_client_that_moves_is_the_same_connection_from_another_port),
      cmocka_unit_test(s11_a_lost_close_of_a_client_that_moved_is_said_again),
      cmocka_unit_test(the_server_follows_an_idle_client_without_waiting_for_a_word),
      cmocka_unit_test(moves_that_cannot_be_are_refused),
      cmocka_unit_test(a_move_to_where_nothing_answers_leaves_the_connection_where_it_is),
  };
  return cmocka_run_group_tests_name("driver_paths", tests, nullptr, nullptr);
}
