// Paths that stop: outages, heavy loss, and what is sent and lost over them.
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "bulk.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

void black_out(Bulk& bulk, std::vector<Blackout> times) {
  LinkOptions there = bulk.bottleneck().options(), back = bulk.return_link().options();
  there.blackouts = times;
  back.blackouts = std::move(times);
  bulk.bottleneck().set_options(there);
  bulk.return_link().set_options(back);
}

// Threat A-9.
// Five seconds on, two off, for a minute.
void blackhole(void**) {
  Bulk bulk(1);
  bulk.add(bulk_transport());
  std::vector<Blackout> holes;
  for (Instant at = Instant() + 5s; at < Instant() + 60s; at += 7s) holes.push_back({at, at + 2s});
  black_out(bulk, holes);
  bulk.run_until(2s);
  const BulkSpan span = bulk.measure(0, 44s);  // to the end of a hole
  std::printf("blackhole: %llu/1000\n", static_cast<unsigned long long>(span.share_permille));
  assert_true(span.share_permille >= 430);  // of the 714 that are there
  assert_false(bulk.is_closed(0));
}

// Threat A-9.
// Half of everything, then everything, for 5 s each; then all is as before.
void heavy_loss_is_survived(void**) {
  for (const std::uint32_t loss : {500'000u, 1'000'000u}) {
    Bulk bulk(1);
    bulk.add(bulk_transport());
    bulk.run_until(5s);
    const LinkOptions there = bulk.bottleneck().options(), back = bulk.return_link().options();
    LinkOptions lossy = there, lossy_back = back;
    lossy.loss_ppm = lossy_back.loss_ppm = loss;
    bulk.bottleneck().set_options(lossy);
    bulk.return_link().set_options(lossy_back);
    bulk.run_until(10s);
    bulk.bottleneck().set_options(there);
    bulk.return_link().set_options(back);
    bulk.run_until(15s);
    const BulkSpan span = bulk.measure(0, 25s);
    std::printf("5 s after 5 s of %u ppm loss: %llu/1000\n", loss,
                static_cast<unsigned long long>(span.share_permille));
    assert_true(span.share_permille >= 900);
  }
}

// Threat C7. Half of everything lost, each way: what is sent again stays in proportion.
void half_of_everything_lost_makes_no_storm(void**) {
  Bulk bulk(1, {.mbit_per_s = 10, .loss_ppm = 500'000});
  bulk.add(bulk_transport());
  const BulkSpan span = bulk.measure(0, 300s);
  std::printf("half lost: %llu bytes sent for %llu delivered\n", static_cast<unsigned long long>(span.sent_bytes),
              static_cast<unsigned long long>(span.delivered_bytes));
  assert_true(span.delivered_bytes > 0);
  assert_true(2 * span.sent_bytes <= 7 * span.delivered_bytes);
  assert_false(bulk.is_closed(0));
}

// Threat P8.
// 3 % lost and, apart from that, 3 % corrupted each way.
void transferloss_and_transfercorruption(void**) {
  for (const bool corrupts : {false, true}) {
    Bulk bulk(1);
    LinkOptions there = bulk.bottleneck().options(), back = bulk.return_link().options();
    for (LinkOptions* link : {&there, &back}) (corrupts ? link->corrupt_ppm : link->loss_ppm) = 30'000;
    bulk.bottleneck().set_options(there);
    bulk.return_link().set_options(back);
    bulk.add(bulk_transport());
    bulk.run_until(2s);
    const BulkSpan span = bulk.measure(0, 15s);
    std::printf("3 %% %s: %llu/1000\n", corrupts ? "corrupted" : "lost",
                static_cast<unsigned long long>(span.share_permille));
    assert_true(span.share_permille >= 880);
  }
}

void longrtt(void**) {
  Bulk bulk(1, {.mbit_per_s = 2, .rtt = 1500ms});
  bulk.add(bulk_transport());
  bulk.run_until(2s);
  const BulkSpan span = bulk.measure(0, 60s);
  std::printf("750 ms one way: %llu/1000\n", static_cast<unsigned long long>(span.share_permille));
  assert_true(span.share_permille >= 700);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(blackhole),
      cmocka_unit_test(heavy_loss_is_survived),
      cmocka_unit_test(half_of_everything_lost_makes_no_storm),
      cmocka_unit_test(transferloss_and_transfercorruption),
      cmocka_unit_test(longrtt),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
