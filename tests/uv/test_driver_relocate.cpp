// A client whose address or interface is taken away while it talks, and that is given another: the connection
// goes on, and nobody had to do anything. The networks are real ones, between namespaces of this process.
#include <rudp/uv_endpoint.hpp>

#include <dirent.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/two_networks.hpp"
#include "support/uv_pair.hpp"
#include "uv/source_address.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using namespace std::chrono_literals;
using test::TwoNetworks;

namespace {

int open_descriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

const Address kAway = Address::parse(std::string(TwoNetworks::kServer) + ":9000").value();

/// A server and a client on the first of two networks.
struct Travel {
  explicit Travel(const uv::Options& of_client = {}) : networks(TwoNetworks::open()) {
    if (!networks) return;
    assert_true(networks->give(0) && networks->enter_server());
    uv::Options options = test::server_options({std::string(TwoNetworks::kServer) + ":0"});
    options.transport.keep_alive = Duration::zero();
    server = *uv::Endpoint::open(loop.get(), std::move(options));
    assert_true(networks->enter_client());
    client = *uv::Endpoint::open(loop.get(), of_client);
    at_server = std::make_unique<test::Log>(*server);
    at_client = std::make_unique<test::Log>(*client);
    client->on_path_change([this](Connection, const Address&) { ++client_moves; });
    server->on_path_change([this](Connection, const Address& remote) { seen_at = remote; });
  }
  void connect(std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i) peers.push_back(*client->connect(server->url()));
    assert_true(loop.run_until([&] { return at_client->connected.size() == count; }));
    loop.run_for(50ms);  // ids to move with
  }
  void send(std::size_t messages) {
    const std::string message(16 << 10, 'm');
    for (; sent < messages && peers[0].send(0, message); ++sent) {
    }
  }
  bool is_seen_at(int network) const {
    return seen_at && seen_at->ip == Address::parse(std::string(TwoNetworks::kClient[network]) + ":0")->ip;
  }

  test::Loop loop;
  std::unique_ptr<TwoNetworks> networks;
  test::EndpointPtr server, client;
  std::unique_ptr<test::Log> at_server, at_client;
  std::vector<Connection> peers;
  std::size_t sent = 0;
  int client_moves = 0;
  std::optional<Address> seen_at;
};

/// In the middle of a transfer of 32 MiB.
void transfer_through_the_loss(Travel& travel, const std::function<bool()>& lose) {
  constexpr std::size_t kMessages = 2'000;
  const auto arrived = [&] {
    travel.send(kMessages);
    return travel.at_server->messages.size();
  };
  assert_true(travel.loop.run_until([&] { return arrived() >= 100; }));
  const int descriptors = open_descriptors();
  assert_true(lose());
  // There is no way at all, and none is opened.
  travel.loop.run_for(700ms);
  assert_true(arrived() < kMessages);
  assert_false(uv::source_address(travel.loop.get(), kAway).has_value());
  assert_int_equal(open_descriptors(), descriptors);
  assert_int_equal(travel.client_moves, 0);
  assert_true(travel.networks->give(1));
  assert_true(travel.loop.run_until([&] { return arrived() == kMessages; }));
  assert_true(travel.is_seen_at(1));
  assert_int_equal(travel.client_moves, 1);
  assert_int_equal(travel.at_client->closes.size() + travel.at_server->closes.size(), 0);
  assert_int_equal(travel.at_server->connected.size(), 1);
  assert_true(open_descriptors() <= descriptors + 1);
}

bool skips(const Travel& travel) {
  if (travel.networks) return false;
  std::printf("SKIPPED: no network namespaces can be made here (root and the program ip are needed)\n");
  return true;
}

void a_transfer_goes_on_when_the_interface_is_gone_and_another_comes(void**) {
  Travel travel;
  if (skips(travel)) skip();
  travel.connect();
  transfer_through_the_loss(travel, [&] { return travel.networks->take_interface(0); });
}

void a_transfer_goes_on_when_the_address_is_gone_and_another_comes(void**) {
  Travel travel;
  if (skips(travel)) skip();
  travel.connect();
  transfer_through_the_loss(travel, [&] { return travel.networks->take_address(0); });
}

// A source address that is gone is an error of its own on Linux.
void a_socket_that_was_bound_to_the_address_is_given_up_too(void**) {
  uv::Options bound = test::server_options({std::string(TwoNetworks::kClient[0]) + ":0"});
  Travel travel(bound);
  if (skips(travel)) skip();
  travel.connect();
  transfer_through_the_loss(travel, [&] { return travel.networks->take_address(0); });
}

// There is a way all the time, and only the socket cannot use it.
void a_socket_bound_to_an_address_that_is_gone_is_left_for_the_other_network(void**) {
  uv::Options bound = test::server_options({std::string(TwoNetworks::kClient[0]) + ":0"});
  Travel travel(bound);
  if (skips(travel)) skip();
  travel.connect();
  assert_true(travel.networks->give(1));
  travel.loop.run_for(100ms);
  assert_int_equal(travel.client_moves, 0);  // it was bound there on purpose
  assert_true(travel.networks->take_address(0));
  assert_true(bool(travel.peers[0].send(0, "hello")));
  assert_true(travel.loop.run_until(
      [&] { return travel.client_moves == 1 && travel.at_server->messages.size() == 1; }));
  assert_true(travel.is_seen_at(1));
}

// Nothing is refused: the old network stays, and the system prefers another from now on. The client has
// nothing to say, and no keep-alive to say it with.
void an_idle_client_moves_to_the_network_that_the_system_prefers(void**) {
  uv::Options quiet;
  quiet.transport.keep_alive = Duration::zero();
  Travel travel(quiet);
  if (skips(travel)) skip();
  travel.connect();
  assert_true(travel.networks->give(1));
  assert_true(travel.loop.run_until([&] { return travel.client_moves == 1 && travel.is_seen_at(1); }));
  assert_true(bool(travel.at_server->connected[0].send(0, "are you there?")));
  assert_true(travel.loop.run_until([&] { return travel.at_client->messages.size() == 1; }));
  assert_true(travel.networks->prefer(0));
  assert_true(travel.loop.run_until([&] { return travel.client_moves == 2 && travel.is_seen_at(0); }));
}

void many_connections_that_lose_one_socket_share_the_next(void**) {
  constexpr std::size_t kConnections = 30;
  Travel travel;
  if (skips(travel)) skip();
  travel.connect(kConnections);
  const int descriptors = open_descriptors();
  assert_true(travel.networks->take_interface(0));
  for (Connection peer : travel.peers) assert_true(bool(peer.send(0, "into the void")));
  travel.loop.run_for(100ms);
  assert_true(travel.networks->give(1));
  assert_true(travel.loop.run_until([&] {
    return travel.at_server->messages.size() == kConnections &&
           travel.client_moves == static_cast<int>(kConnections);
  }));
  assert_true(open_descriptors() <= descriptors + 2);
  for (Connection peer : travel.peers) peer.close_now();
  assert_true(travel.loop.run_until([&] { return travel.at_client->closes.size() == kConnections; }));
  assert_true(travel.loop.run_until([&] { return open_descriptors() == descriptors; }));
}

void where_it_is_turned_off_the_app_decides(void**) {
  uv::Options bound = test::server_options({std::string(TwoNetworks::kClient[0]) + ":0"});
  bound.automatic_migration = false;
  Travel travel(bound);
  if (skips(travel)) skip();
  travel.connect();
  assert_true(travel.networks->take_address(0) && travel.networks->give(1));
  assert_true(bool(travel.peers[0].send(0, "hello")));
  travel.loop.run_for(1s);
  assert_int_equal(travel.client_moves, 0);
  assert_true(travel.at_server->messages.empty());
  assert_true(travel.peers[0].migrate().has_value());
  assert_true(travel.loop.run_until([&] { return travel.at_server->messages.size() == 1; }));
  assert_int_equal(travel.client_moves, 1);
}

// The idle timeout is the end of the search.
void a_client_that_finds_no_network_any_more_ends_by_its_idle_timeout(void**) {
  uv::Options options;
  options.transport.max_idle = 1s;
  options.transport.keep_alive = 300ms;
  Travel travel(options);
  if (skips(travel)) skip();
  travel.connect();
  assert_true(travel.networks->take_interface(0));
  assert_true(bool(travel.peers[0].send(0, "into the void")));
  assert_true(travel.loop.run_until([&] { return travel.at_client->closes.size() == 1; }));
  assert_true(travel.at_client->closes[0].error == Error::idle_timeout);
  assert_int_equal(travel.client_moves, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_transfer_goes_on_when_the_interface_is_gone_and_another_comes),
      cmocka_unit_test(a_transfer_goes_on_when_the_address_is_gone_and_another_comes),
      cmocka_unit_test(a_socket_that_was_bound_to_the_address_is_given_up_too),
      cmocka_unit_test(a_socket_bound_to_an_address_that_is_gone_is_left_for_the_other_network),
      cmocka_unit_test(an_idle_client_moves_to_the_network_that_the_system_prefers),
      cmocka_unit_test(many_connections_that_lose_one_socket_share_the_next),
      cmocka_unit_test(where_it_is_turned_off_the_app_decides),
      cmocka_unit_test(a_client_that_finds_no_network_any_more_ends_by_its_idle_timeout),
  };
  return cmocka_run_group_tests_name("driver_relocate", tests, nullptr, nullptr);
}
