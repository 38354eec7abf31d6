// Real sockets on an interface that takes small packets only, and smaller ones still after a while. The
// interface is the loopback of a network namespace of this process alone.
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "support/uv_pair.hpp"
#include "uv/platform.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using test::Pair;

namespace {

bool g_has_namespace = false;

bool set_loopback(int mtu) {
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_mtu = mtu;
  bool done = ioctl(any, SIOCSIFMTU, &request) == 0;
  request.ifr_flags = IFF_UP;
  done = done && ioctl(any, SIOCSIFFLAGS, &request) == 0;
  close(any);
  return done;
}

bool has_ipv6() {
  const int any = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return false;
  close(any);
  return access("/proc/net/if_inet6", F_OK) == 0;
}

/// Sends so many messages of 16 KiB and waits until all are there.
void transfer(Pair& pair, uv::Connection connection, std::size_t messages) {
  const std::string message(16 << 10, 'm');
  const std::size_t goal = pair.at_server.messages.size() + messages;
  std::size_t sent = 0;
  const auto more = [&] {
    while (sent < messages && connection.send(0, message)) ++sent;
    return pair.at_server.messages.size() >= goal;
  };
  assert_true(pair.loop.run_until(more));
}

/// Sends until packets are at least so large; a busy machine drops some and makes the search longer.
void transfer_until(Pair& pair, uv::Connection connection, std::uint64_t bytes) {
  for (int round = 0; round < 50 && connection.statistics()->datagram_bytes_max < bytes; ++round)
    transfer(pair, connection, 50);
}

void a_small_interface_is_found_out_and_a_smaller_one_survived(const std::string& bind, std::uint64_t headers) {
  assert_true(set_loopback(1400));
  Pair pair(test::server_options({bind}));
  const uv::Connection connection = pair.connect();
  transfer_until(pair, connection, 1400 - headers - 15);
  const ConnectionStatistics before = *connection.statistics();
  std::printf("%s: %llu bytes of payload of 1400, ecn %d\n", bind.c_str(),
              static_cast<unsigned long long>(before.datagram_bytes_max), before.ecn_capable);
  assert_true(before.datagram_bytes_max + headers <= 1400);
  assert_true(before.datagram_bytes_max + headers > 1400 - 16);
  assert_true(pair.client->sockets().front().datagrams_refused > 0);  // the probes

  const bool offload = pair.client->sockets().front().segmentation_offload;
  assert_true(set_loopback(1300));
  transfer(pair, connection, 200);
  const ConnectionStatistics after = *connection.statistics();
  std::printf("%s: %llu of 1300\n", bind.c_str(), static_cast<unsigned long long>(after.datagram_bytes_max));
  assert_true(after.datagram_bytes_max + headers <= 1300);
  assert_int_equal(pair.client->sockets().front().segmentation_offload, offload);
  assert_true(after.mtu_black_holes > before.mtu_black_holes);
}

// Threat F5.
void on_ipv4(void**) {
  if (!g_has_namespace) skip();
  a_small_interface_is_found_out_and_a_smaller_one_survived(test::kAnyPort4, 28);
}

// Threat F5.
void on_ipv6(void**) {
  if (!g_has_namespace || !has_ipv6()) skip();
  a_small_interface_is_found_out_and_a_smaller_one_survived(test::kAnyPort6, 48);
}

void on_loopback_all_is_well(void**) {
  if (g_has_namespace) assert_true(set_loopback(65536));
  Pair pair;
  const uv::Connection connection = pair.connect();
  transfer_until(pair, connection, 1472);
  const ConnectionStatistics now = *connection.statistics();
  assert_int_equal(now.datagram_bytes_max, 1472);
  assert_true(now.bandwidth_bytes_per_s > 0);
#if RUDP_UV_LINUX
  assert_true(now.ecn_capable);
#else
  assert_false(now.ecn_capable);  // libuv sends no marks
#endif
}

}  // namespace

int main() {
  g_has_namespace = unshare(CLONE_NEWNET) == 0 && set_loopback(65536);
  if (!g_has_namespace) std::printf("no network namespace can be made here: only the loopback as it is\n");
  const CMUnitTest tests[] = {
      cmocka_unit_test(on_ipv4),
      cmocka_unit_test(on_ipv6),
      cmocka_unit_test(on_loopback_all_is_well),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
