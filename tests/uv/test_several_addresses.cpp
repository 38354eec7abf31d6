// One endpoint on several addresses: one table of connections, and each answer leaves through the address
// that was written to.
#include <rudp/uv_endpoint.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/uv_pair.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using test::Pair;

namespace {

const std::string kOtherPort4 = "127.0.0.2:0";

bool has_ipv6() {
  static const bool has =
      uv::Endpoint::open(test::Loop().get(), test::server_options({test::kAnyPort6})).has_value();
  return has;
}

std::vector<std::string> all_addresses() {
  std::vector<std::string> addresses{test::kAnyPort4, kOtherPort4};
  if (has_ipv6())
    addresses.push_back(test::kAnyPort6);
  else
    std::printf("SKIPPED: no IPv6 here, so only IPv4 is tried\n");
  return addresses;
}

Address address_of(const Pair& pair, std::size_t socket) { return pair.server->sockets()[socket].local; }

void each_address_is_answered_from_itself(void**) {
  Pair pair(test::server_options(all_addresses()));
  pair.echo();
  const std::size_t count = pair.server->sockets().size();
  assert_int_equal(count, all_addresses().size());
  for (std::size_t i = 0; i < count; ++i) assert_true(bool(pair.connect(i).send(0, "hello")));
  // A client takes nothing from elsewhere.
  assert_true(pair.loop.run_until([&] { return pair.at_client.messages.size() == count; }));
  assert_int_equal(pair.server->statistics().connections, count);
  for (std::size_t i = 0; i < count; ++i) {
    const uv::SocketInfo& socket = pair.server->sockets()[i];
    assert_true(Url::parse(pair.server->url(i))->port == socket.local.port);
  }
  assert_true(pair.server->url(count).empty());
}

void limits_hold_for_all_addresses_together(void**) {
  uv::Options options = test::server_options({test::kAnyPort4, kOtherPort4});
  options.max_connections = options.max_half_open = 2;
  Pair pair(std::move(options));
  pair.connect(0);
  pair.connect(1);
  assert_true(pair.loop.run_until([&] { return pair.at_server.connected.size() == 2; }));
  Connection third = pair.connect(1);
  assert_true(pair.loop.run_until([&] { return pair.server->statistics().dropped_limit > 0; }));
  assert_int_equal(pair.at_server.connected.size(), 2);
  third.close_now();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.closes.empty(); }));
}

/// Until the server has given an id to move with.
void move(Pair& pair, Connection peer, const Address& to) {
  Result<void> moved = Error::would_block;
  assert_true(pair.loop.run_until([&] {
    moved = peer.migrate(to);
    return moved.has_value() || moved.error() != Error::would_block;
  }));
  assert_true(moved.has_value());
}

// The whole way round and back, in the middle of a talk.
void a_client_moves_from_one_address_of_its_server_to_another_and_back(void**) {
  Pair pair(test::server_options(all_addresses()));
  pair.echo();
  std::vector<Address> went;
  pair.client->on_path_change([&](Connection, const Address& remote) { went.push_back(remote); });
  std::size_t followed = 0;
  pair.server->on_path_change([&](Connection, const Address&) { ++followed; });
  Connection peer = pair.connect(0);
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  const std::size_t count = pair.server->sockets().size();
  std::size_t said = 0;
  for (std::size_t round = 1; round <= 2 * count; ++round) {
    const Address to = address_of(pair, round % count);
    move(pair, peer, to);
    for (int i = 0; i < 10; ++i) assert_true(bool(peer.send(0, std::to_string(said++))));
    assert_true(pair.loop.run_until(
        [&] { return went.size() == round && followed == round && pair.at_client.messages.size() == said; }));
    assert_true(went.back() == to);
    assert_true(peer.info()->remote == to);
  }
  for (std::size_t i = 0; i < said; ++i)
    assert_string_equal(pair.at_client.messages[i].c_str(), std::to_string(i).c_str());
  assert_int_equal(pair.at_server.connected.size(), 1);
  assert_int_equal(pair.at_server.closes.size() + pair.at_client.closes.size(), 0);
}

void an_endpoint_bound_to_both_families_reaches_both_through_what_it_bound(void**) {
  if (!has_ipv6()) skip();
  Pair pair(test::server_options({test::kAnyPort4, test::kAnyPort6}),
            test::server_options({test::kAnyPort4, test::kAnyPort6}));
  pair.echo();
  for (std::size_t i = 0; i < 2; ++i) assert_true(bool(pair.connect(i).send(0, "hello")));
  assert_true(pair.loop.run_until([&] { return pair.at_client.messages.size() == 2; }));
  assert_int_equal(pair.client->sockets().size(), 2);
  std::vector<std::uint16_t> ports;
  for (Connection accepted : pair.at_server.connected) ports.push_back(accepted.info()->remote.port);
  for (const uv::SocketInfo& socket : pair.client->sockets())
    assert_true(std::count(ports.begin(), ports.end(), socket.local.port) == 1);
}

void an_address_that_cannot_be_is_named(void**) {
  test::Loop loop;
  const auto refusal = [&](std::vector<std::string> bind) {
    const auto opened = uv::Endpoint::open(loop.get(), test::server_options(std::move(bind)));
    assert_false(opened.has_value());
    return opened.error();
  };
  assert_string_equal(refusal({test::kAnyPort4, "localhost"}).what.c_str(), "bind: \"localhost\"");
  const auto first = *uv::Endpoint::open(loop.get(), test::server_options());
  const std::string taken = first->sockets()[0].local.to_string();
  const Failure twice = refusal({kOtherPort4, taken});
  assert_true(twice.code == Error::address_in_use);
  assert_string_equal(twice.what.c_str(), ("bind: " + taken).c_str());
  const Failure foreign = refusal({test::kAnyPort4, "203.0.113.1:0"});
  assert_true(foreign.code == Error::bad_address);
  assert_true(foreign.what.rfind("bind: 203.0.113.1:0: ", 0) == 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_address_is_answered_from_itself),
      cmocka_unit_test(limits_hold_for_all_addresses_together),
      cmocka_unit_test(a_client_moves_from_one_address_of_its_server_to_another_and_back),
      cmocka_unit_test(an_endpoint_bound_to_both_families_reaches_both_through_what_it_bound),
      cmocka_unit_test(an_address_that_cannot_be_is_named),
  };
  return cmocka_run_group_tests_name("several_addresses", tests, nullptr, nullptr);
}
