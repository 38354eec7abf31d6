// Flows that share a bottleneck: each keeps at least 40 % of its fair share.
#include <cstdint>
#include <cstdio>

#include "bulk.hpp"
#include "tcp.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr std::uint64_t kLeastPermille = 200;  // 40 % of the fair half
constexpr Duration kFrom = 10s;
constexpr Duration kUntil = 40s;

struct Shares {
  std::uint64_t first = 0, second = 0;
};

std::uint64_t permille(std::uint64_t bytes, const BulkPath& path) {
  return bytes * 1000 / (path.mbit_per_s * 125'000 * static_cast<std::uint64_t>((kUntil - kFrom) / 1s));
}

void show(const char* what, const BulkPath& path, Shares shares) {
  std::printf("%s, %llu Mbit/s, %lld ms, queue %llu %% of BDP: %llu and %llu\n", what,
              static_cast<unsigned long long>(path.mbit_per_s), static_cast<long long>(path.rtt / 1ms),
              static_cast<unsigned long long>(path.queue_percent),
              static_cast<unsigned long long>(shares.first), static_cast<unsigned long long>(shares.second));
}

// The one that comes second begins 3 s later.
Shares beside_tcp(const BulkPath& path, bool tcp_is_first) {
  Bulk bulk(1, path);
  TcpFlow tcp(bulk.world, 0, bulk.forward_id(), bulk.backward_id(), tcp_is_first ? 0s : 3s);
  bulk.add(bulk_transport(), tcp_is_first ? 3s : 0s);
  bulk.run_until(kFrom);
  const std::uint64_t before = tcp.delivered_bytes();
  const BulkSpan ours = bulk.measure(0, kUntil);
  const Shares shares{permille(tcp.delivered_bytes() - before, path), permille(ours.delivered_bytes, path)};
  show(tcp_is_first ? "TCP CUBIC, then rudp" : "TCP CUBIC after rudp", path, shares);
  return shares;
}

Shares beside_itself(const BulkPath& path) {
  Bulk bulk(1, path);
  bulk.add(bulk_transport());
  bulk.add(bulk_transport(), 3s);
  bulk.run_until(kFrom);
  const auto spans = bulk.measure_all(kUntil);
  const Shares shares{permille(spans[0].delivered_bytes, path), permille(spans[1].delivered_bytes, path)};
  show("rudp twice", path, shares);
  return shares;
}

void assert_fair(Shares shares) {
  assert_true(shares.first >= kLeastPermille && shares.second >= kLeastPermille);
  assert_true(shares.first + shares.second >= 900);
}

// 25 packets of queue, at 10 Mbit/s and 30 ms. Threat C2.
void on_a_short_queue_both_keep_their_share(void**) {
  const BulkPath path{.mbit_per_s = 10, .rtt = 30ms, .queue_percent = 100};
  assert_fair(beside_tcp(path, true));
  assert_fair(beside_tcp(path, false));
  assert_fair(beside_itself(path));
}

// Threat C2.
void tcp_keeps_its_share_beside_the_default(void**) {
  for (const std::uint64_t queue : {25u, 100u, 400u}) {
    assert_fair(beside_tcp({.queue_percent = queue}, true));
    assert_fair(beside_tcp({.queue_percent = queue}, false));
  }
}

// Threat C2.
void two_of_the_default_share(void**) {
  for (const std::uint64_t queue : {25u, 100u, 400u}) assert_fair(beside_itself({.queue_percent = queue}));
}

// The model; a kernel reached, at 0 / 1 / 5 / 10 % loss, .965 / .115 / .043 / .021.
void the_tcp_model_does_what_the_kernel_does(void**) {
  constexpr struct {
    std::uint32_t loss_ppm;
    std::uint64_t low, high;
  } kKernel[] = {{0, 955, 975}, {10'000, 90, 180}, {50'000, 30, 65}, {100'000, 14, 32}};
  for (const auto& expected : kKernel) {
    Bulk bulk(1, {.loss_ppm = expected.loss_ppm});
    TcpFlow tcp(bulk.world, 0, bulk.forward_id(), bulk.backward_id(), 0s);
    bulk.run_until(kFrom);
    const std::uint64_t before = tcp.delivered_bytes();
    bulk.run_until(kUntil);
    const std::uint64_t share = permille(tcp.delivered_bytes() - before, bulk.path());
    std::printf("TCP model alone, loss %u ppm: %llu\n", expected.loss_ppm,
                static_cast<unsigned long long>(share));
    assert_in_range(share, expected.low, expected.high);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(on_a_short_queue_both_keep_their_share),
      cmocka_unit_test(tcp_keeps_its_share_beside_the_default),
      cmocka_unit_test(two_of_the_default_share),
      cmocka_unit_test(the_tcp_model_does_what_the_kernel_does),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
