// A server that is bound to every address of a machine answers from the one that was written to, whichever
// the system would choose: a socket that is connected, and a NAT, take nothing from elsewhere.
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "support/two_networks.hpp"
#include "support/uv_pair.hpp"
#include "uv/file_descriptor.hpp"
#include "uv/platform.hpp"
#include "uv/socket_address.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using test::Pair;

namespace {

#if RUDP_UV_LINUX
constexpr bool kIsPortable = false;
#else
constexpr bool kIsPortable = true;
#endif

bool g_has_namespace = false;
bool g_has_ipv6 = false;

bool run(const std::string& command) { return std::system((command + " >&2").c_str()) == 0; }

/// Addresses of our own, which can be taken away, in a network namespace of this process.
bool make_namespace() {
  return run("ip -V") && unshare(CLONE_NEWNET) == 0 && run("ip link set lo up") &&
         run("ip addr add 10.9.0.1/32 dev lo") && run("ip addr add 10.9.0.2/32 dev lo") &&
         run("ip addr add 10.9.0.9/32 dev lo");
}

bool make_ipv6() {
  return run("ip addr add fd77::1/128 dev lo") && run("ip addr add fd77::2/128 dev lo") &&
         run("ip addr add fd77::9/128 dev lo") && run("ip link add d0 type veth peer name d1") &&
         run("ip link set d1 up") && run("ip link set d0 up") &&
         run("ip addr add fe80::77/64 dev d0 nodad") && run("ip addr add fe80::78/64 dev d0 nodad");
}

bool skips(bool is_there, const char* what) {
  if (!is_there)
    std::printf("SKIPPED: %s (root, the program ip and a kernel that allows it are needed)\n", what);
  return !is_there;
}

/// The address with the port of the server's socket of its family.
Address at(const Pair& pair, const std::string& ip) {
  const std::string host = ip.find(':') == std::string::npos ? ip : '[' + ip + ']';
  Address address = *Address::parse(host + ":1");
  for (const uv::SocketInfo& socket : pair.server->sockets())
    if (socket.local.is_v4() == address.is_v4()) address.port = socket.local.port;
  return address;
}

Connection connect(Pair& pair, const std::string& ip) {
  ConnectOptions options;
  options.server_key = Url::parse(pair.server->url())->key;
  return pair.client->connect(std::vector<Address>{at(pair, ip)}, options);
}

uv::Options on_one_address(const std::string& bind) {
  uv::Options options = test::server_options({bind});
  options.automatic_migration = false;  // it is the server's addresses that come and go here
  return options;
}

/// What the server can send back without waiting, however slow the client is.
constexpr std::size_t kUnderWayMax = 8;

/// Sends so many messages of 16 KiB over each of the connections, in turn, and waits until all have come back.
void talk(Pair& pair, const std::vector<Connection>& peers, std::size_t each) {
  const std::string message(16 << 10, 'm');
  const std::size_t before = pair.at_client.messages.size();
  const std::size_t goal = each * peers.size();
  std::size_t sent = 0;
  assert_true(pair.loop.run_until([&] {
    const std::size_t back = pair.at_client.messages.size() - before;
    for (bool takes = true; takes && sent < goal && sent - back < kUnderWayMax; sent += takes ? 1 : 0) {
      Connection peer = peers[sent % peers.size()];
      takes = static_cast<bool>(peer.send(0, message));
    }
    return back >= goal;
  }));
}

/// A client takes nothing from an address that it did not write to; and none of them is seen to move.
void all_are_answered(Pair& pair, const std::vector<std::string>& ips) {
  pair.echo();
  std::vector<Connection> peers;
  for (const std::string& ip : ips) peers.push_back(connect(pair, ip));
  talk(pair, peers, 100);
  for (const Connection accepted : pair.at_server.connected)
    assert_int_equal(accepted.statistics()->path_moves, 0);
  assert_int_equal(pair.at_server.connected.size(), ips.size());
}

void on_ipv4(void**) {
  Pair pair(test::server_options({"0.0.0.0:0"}));
  all_are_answered(pair, {"127.0.0.2", "127.0.0.1", "127.0.0.3"});
}

// The two sockets that stand for the dual stack here; what is mapped into IPv6 is IPv4.
void on_both_families_at_once(void**) {
  if (skips(g_has_ipv6, "no IPv6 addresses")) skip();
  Pair pair(test::server_options({"0.0.0.0:0", "[::]:0"}), on_one_address("[fd77::9]:0"));
  all_are_answered(pair, {"fd77::2", "127.0.0.2", "fd77::1", "::ffff:127.0.0.3"});
}

// Of several connections from one socket, each has its own address of the server.
void on_ipv6(void**) {
  if (skips(g_has_ipv6, "no IPv6 addresses")) skip();
  Pair pair(test::server_options({"[::]:0"}), on_one_address("[fd77::9]:0"));
  all_are_answered(pair, {"fd77::2", "fd77::1"});
}

// Which are addresses only together with an interface.
void on_a_link_local_address(void**) {
  if (skips(g_has_ipv6, "no IPv6 addresses")) skip();
  const std::string zone = '%' + std::to_string(if_nametoindex("d0"));
  Pair pair(test::server_options({"[::]:0"}), on_one_address("[fe80::78" + zone + "]:0"));
  all_are_answered(pair, {"fe80::77" + zone});
}

void on_a_link_with_another_address_nearer_to_the_client(void**) {
  const auto networks = test::TwoNetworks::open();
  if (skips(networks != nullptr, "no network namespaces")) skip();
  assert_true(networks->give(0) && networks->enter_server());
  test::Loop loop;
  uv::Options options = test::server_options({"0.0.0.0:0"});
  const test::EndpointPtr server = *uv::Endpoint::open(loop.get(), std::move(options));
  server->on_message([](Connection who, const Message& message) {
    if (!who.send(message.channel, message.bytes)) std::abort();
  });
  assert_true(networks->enter_client());
  const test::EndpointPtr client = *uv::Endpoint::open(loop.get(), {});
  test::Log at_client(*client);
  Url url = *Url::parse(server->url());
  url.host = test::TwoNetworks::kServer;
  assert_true(bool(client->connect(url).send(0, "hello")));
  assert_true(loop.run_until([&] { return !at_client.messages.empty(); }));
}

/// What a client would send first.
std::vector<std::uint8_t> first_datagram(const Address& to, const PublicKey& key) {
  const auto core = *rudp::Endpoint::create({}, system_random());
  ConnectOptions options;
  options.server_key = key;
  const Instant now = Instant::from_ns(1'000'000'000);
  assert_true(core->connect(now, to, options).has_value());
  std::vector<std::uint8_t> bytes(64 << 10);
  Transmit transmit;
  assert_true(core->poll_transmit(now, bytes, transmit));
  bytes.resize(transmit.bytes);
  return bytes;
}

/// The address that answers it, if it comes to a socket that takes it from anywhere.
std::optional<Address> who_answers(Pair& pair, const std::string& ip) {
  const Address to = at(pair, ip);
  const uv::SocketAddress target = uv::to_socket_address(to);
  const uv::FileDescriptor raw(socket(target.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto bytes = first_datagram(to, *Url::parse(pair.server->url())->key);
  const ssize_t sent = sendto(raw.get(), bytes.data(), bytes.size(), 0, &target.any, uv::length_of(target));
  assert_int_equal(sent, bytes.size());
  std::optional<Address> from;
  std::array<std::uint8_t, 2048> answer;
  pair.loop.run_until([&] {
    uv::SocketAddress sender{};
    socklen_t length = sizeof sender;
    if (recvfrom(raw.get(), answer.data(), answer.size(), 0, &sender.any, &length) > 0)
      from = uv::from_socket_address(sender.any);
    return from.has_value();
  });
  return from;
}

void a_stranger_is_answered_from_there_too(void**) {
  Pair pair(test::server_options({"0.0.0.0:0"}));
  for (const std::string ip : {"127.0.0.2", "127.0.0.1", "127.0.0.7"})
    assert_true(who_answers(pair, ip) == at(pair, ip));
}

void a_bound_address_is_the_source_as_ever(void**) {
  Pair pair(test::server_options({"127.0.0.2:0"}));
  assert_true(who_answers(pair, "127.0.0.2") == at(pair, "127.0.0.2"));
}

// The clients of the other address feel nothing of it, and runs of datagrams leave as runs.
void an_address_that_is_taken_away_is_forgotten_and_comes_back(const std::string& gone,
                                                               const std::string& stays,
                                                               const std::string& client,
                                                               const std::string& any,
                                                               const std::string& length) {
  Pair pair(test::server_options({any}), on_one_address(client));
  pair.echo();
  const uv::SocketInfo before = pair.server->sockets()[0];
  const std::vector<Connection> peers{connect(pair, gone), connect(pair, stays)};
  talk(pair, peers, 20);
  assert_true(run("ip addr del " + gone + length + " dev lo"));
  const std::string message(16 << 10, 'm');
  for (Connection accepted : pair.at_server.connected)
    for (int i = 0; i < 20; ++i) assert_true(bool(accepted.send(1, message)));
  talk(pair, {peers[1]}, 100);
  const uv::SocketInfo after = pair.server->sockets()[0];
  assert_int_equal(after.segmentation_offload, before.segmentation_offload);
  assert_int_equal(after.datagrams_refused, before.datagrams_refused);
  assert_true(run("ip addr add " + gone + length + " dev lo"));
  talk(pair, peers, 20);
  for (const Connection accepted : pair.at_server.connected)
    assert_int_equal(accepted.statistics()->path_moves, 0);
  assert_int_equal(pair.at_client.closes.size() + pair.at_server.closes.size(), 0);
}

void an_ipv4_address_that_is_taken_away_is_forgotten_and_comes_back(void**) {
  if (skips(g_has_namespace, "no network namespace")) skip();
  an_address_that_is_taken_away_is_forgotten_and_comes_back("10.9.0.2", "10.9.0.1", "10.9.0.9:0", "0.0.0.0:0",
                                                            "/32");
}

void an_ipv6_address_that_is_taken_away_is_forgotten_and_comes_back(void**) {
  if (skips(g_has_ipv6, "no IPv6 addresses")) skip();
  an_address_that_is_taken_away_is_forgotten_and_comes_back("fd77::2", "fd77::1", "[fd77::9]:0", "[::]:0",
                                                            "/128");
}

}  // namespace

int main() {
  if (kIsPortable) {
    std::printf("SKIPPED: the portable socket of libuv leaves the source to the system\n");
    return 77;
  }
  g_has_namespace = make_namespace();
  g_has_ipv6 = g_has_namespace && make_ipv6();
  const CMUnitTest tests[] = {
      cmocka_unit_test(on_ipv4),
      cmocka_unit_test(on_ipv6),
      cmocka_unit_test(on_both_families_at_once),
      cmocka_unit_test(on_a_link_local_address),
      cmocka_unit_test(on_a_link_with_another_address_nearer_to_the_client),
      cmocka_unit_test(a_stranger_is_answered_from_there_too),
      cmocka_unit_test(a_bound_address_is_the_source_as_ever),
      cmocka_unit_test(an_ipv4_address_that_is_taken_away_is_forgotten_and_comes_back),
      cmocka_unit_test(an_ipv6_address_that_is_taken_away_is_forgotten_and_comes_back),
  };
  return cmocka_run_group_tests_name("answer_source", tests, nullptr, nullptr);
}
