// What a socket's endpoint stands: garbage, floods, a system without room.
#include <rudp/uv_endpoint.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/uv_pair.hpp"
#include "uv/socket_address.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using rudp::uv::Connection;
using std::chrono::milliseconds;
using test::Pair;

namespace {

// A stranger who may send anything.
class Stranger {
 public:
  Stranger() : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) { assert_true(socket_ >= 0); }
  ~Stranger() { close(socket_); }
  void send(const Address& to, const std::vector<std::uint8_t>& bytes) {
    const uv::SocketAddress target = uv::to_socket_address(to);
    const ssize_t sent = sendto(socket_, bytes.data(), bytes.size(), 0, &target.any, uv::length_of(target));
    assert_int_equal(sent, bytes.size());
  }
  /// What has come to it; empty: nothing.
  std::vector<std::uint8_t> receive() {
    std::vector<std::uint8_t> datagram(1500);
    const ssize_t bytes = recv(socket_, datagram.data(), datagram.size(), MSG_DONTWAIT);
    datagram.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
    return datagram;
  }

 private:
  int socket_;
};

std::vector<std::uint8_t> garbage(std::size_t bytes, std::uint32_t seed) {
  std::vector<std::uint8_t> made(bytes);
  for (std::uint8_t& byte : made)
    byte = static_cast<std::uint8_t>((seed = seed * 1664525u + 1013904223u) >> 24);
  return made;
}

std::uint64_t dropped(const EndpointStatistics& statistics) {
  return statistics.dropped_malformed + statistics.dropped_unknown_connection +
         statistics.dropped_unauthenticated + statistics.dropped_duplicate + statistics.dropped_limit +
         statistics.dropped_unexpected;
}

void p1_garbage_of_every_length_is_dropped_and_counted(void**) {
  Pair pair;
  pair.echo();
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  Stranger stranger;
  const Address to = pair.server->sockets()[0].local;
  const std::uint64_t received = pair.server->statistics().datagrams_received;
  const std::uint64_t before = dropped(pair.server->statistics());
  std::uint32_t count = 0;
  // One at a time: a small receive buffer holds no more of the largest.
  for (const std::size_t bytes : {0, 1, 2, 8, 9, 40, 41, 1199, 1200, 1500, 9000, 65'507}) {
    for (int i = 0; i < 20; ++i) {
      stranger.send(to, garbage(bytes, ++count));
      assert_true(pair.loop.run_until(
          [&] { return pair.server->statistics().datagrams_received >= received + count; }));
    }
  }
  assert_true(bool(peer.send(0, "still here")));
  assert_true(pair.loop.run_until([&] { return !pair.at_client.messages.empty(); }));
  assert_true(dropped(pair.server->statistics()) >=
              before + count - 40);  // an empty run of luck makes an INIT
  assert_int_equal(pair.server->statistics().connections, 1);
}

/// What a server says to a packet of a connection that it does not know.
std::vector<std::uint8_t> reset_of(test::Loop& loop, const uv::Endpoint& server) {
  Stranger stranger;
  std::vector<std::uint8_t> packet(60, 0x55), answer;
  packet[0] = 0x40;
  stranger.send(server.sockets()[0].local, packet);
  assert_true(loop.run_until([&] {
    if (answer.empty()) answer = stranger.receive();
    return !answer.empty();
  }));
  assert_int_equal(answer.size(), 25);
  return answer;
}

// Threats M6, O3.
// Two servers of one identity: neither gives away what ends the connections of the other, and both still end
// their own after a restart.
void m6_a_server_makes_the_resets_of_its_own_addresses_alone(void**) {
  test::Loop loop;
  uv::Options options = test::server_options();
  auto first = *uv::Endpoint::open(loop.get(), options);
  const auto second = *uv::Endpoint::open(loop.get(), options);
  const std::vector<std::uint8_t> reset = reset_of(loop, *first);
  assert_true(reset != reset_of(loop, *second));
  options.bind = {first->sockets()[0].local.to_string()};
  first.reset();
  loop.run_for(milliseconds(1));
  first = *uv::Endpoint::open(loop.get(), options);
  assert_true(reset == reset_of(loop, *first));
}

// Threat M6.
void m6_an_application_may_name_what_tells_its_servers_apart(void**) {
  test::Loop loop;
  uv::Options options = test::server_options();
  options.reset_label = "a";
  const auto a = *uv::Endpoint::open(loop.get(), options), same = *uv::Endpoint::open(loop.get(), options);
  options.reset_label = "b";
  const auto b = *uv::Endpoint::open(loop.get(), options);
  assert_true(reset_of(loop, *a) == reset_of(loop, *same));
  assert_true(reset_of(loop, *a) != reset_of(loop, *b));
}

void a_flood_does_not_keep_the_loop_from_its_other_handles(void**) {
  Pair pair;
  Stranger stranger;
  // As many as the smallest buffer holds that systems grant.
  for (int i = 0; i < 500; ++i) stranger.send(pair.server->sockets()[0].local, garbage(100, 7));
  int turns = 0;
  assert_true(pair.loop.run_until([&] {
    ++turns;
    return pair.server->statistics().datagrams_received >= 300;
  }));
  assert_true(turns > 2);
}

/// A server in a thread of its own, with its own loop.
class ServerThread {
 public:
  ServerThread() : thread_([this] { run(); }) {}
  ~ServerThread() {
    is_over_ = true;
    thread_.join();
  }
  const std::string& url() { return url_.get(); }
  int messages() const { return messages_; }

 private:
  void run() {
    test::Loop loop;
    const auto server = *uv::Endpoint::open(loop.get(), test::server_options());
    server->on_message([this](Connection, const Message&) { ++messages_; });
    opened_.set_value(server->url());
    loop.run_until([this] { return is_over_.load(); });
  }

  std::atomic<bool> is_over_ = false;
  std::atomic<int> messages_ = 0;
  std::promise<std::string> opened_;
  std::shared_future<std::string> url_ = opened_.get_future().share();
  std::thread thread_;
};

// The program was busy while the ack came and the time to wait for it passed.
void an_ack_that_is_here_is_taken_before_the_timer_that_waits_for_it(void**) {
  ServerThread server;
  test::Loop loop;
  const auto client = *uv::Endpoint::open(loop.get(), {});
  test::Log at_client(*client);
  Connection peer = *client->connect(server.url());
  assert_true(loop.run_until([&] { return !at_client.connected.empty(); }));
  loop.run_for(milliseconds(300));
  const std::uint64_t before = peer.statistics()->probes_sent;
  assert_true(bool(peer.send(0, "hello")));
  uv_run(loop.get(), UV_RUN_NOWAIT);
  while (server.messages() == 0) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(200));
  loop.run_for(milliseconds(50));
  assert_int_equal(peer.statistics()->probes_sent, before);
}

void r3_a_small_send_buffer_slows_down_and_loses_nothing(void**) {
  uv::Options small;
  small.socket_buffer_bytes = 4096;
  Pair pair(test::server_options(), small);
  assert_true(bool(pair.connect().send(0, std::string(1 << 20, 'x'))));
  assert_true(pair.loop.run_until([&] { return !pair.at_server.messages.empty(); }));
  assert_int_equal(pair.at_server.messages[0].size(), 1 << 20);
  assert_true(pair.client->sockets()[0].send_buffer_bytes <= 8192);
}

void m7_a_server_that_is_gone_does_not_break_the_clients_socket(void**) {
  Pair pair;
  Connection peer = pair.connect();
  assert_true(pair.loop.run_until([&] { return !pair.at_client.connected.empty(); }));
  const auto other = *uv::Endpoint::open(pair.loop.get(), test::server_options());
  test::Log at_other(*other);
  pair.server.reset();
  // Each of these is answered by the system with "port unreachable".
  for (int i = 0; i < 10; ++i) {
    assert_true(bool(peer.send(0, "anyone?")));
    pair.loop.run_for(milliseconds(5));
  }
  assert_int_equal(pair.at_client.closes.size(), 0);
  Connection second = *pair.client->connect(other->url());
  assert_true(bool(second.send(0, "hello")));
  assert_true(pair.loop.run_until([&] { return !at_other.messages.empty(); }));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(p1_garbage_of_every_length_is_dropped_and_counted),
      cmocka_unit_test(m6_a_server_makes_the_resets_of_its_own_addresses_alone),
      cmocka_unit_test(m6_an_application_may_name_what_tells_its_servers_apart),
      cmocka_unit_test(a_flood_does_not_keep_the_loop_from_its_other_handles),
      cmocka_unit_test(an_ack_that_is_here_is_taken_before_the_timer_that_waits_for_it),
      cmocka_unit_test(r3_a_small_send_buffer_slows_down_and_loses_nothing),
      cmocka_unit_test(m7_a_server_that_is_gone_does_not_break_the_clients_socket),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
