// Paths that stop: outages, heavy loss, and what is sent and lost over them.
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "bulk.hpp"
#include "duo.hpp"

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
  assert_true(span.share_permille >= 620);  // of the 714 that are there
  assert_false(bulk.is_closed(0));
}

// Threat A-9.
/// What came when, after a path was back.
struct Return {
  Duration round_trip{0};                ///< as the sender had measured it, the bottleneck's queue included
  Duration payload{0}, message{0};       ///< the first datagram with payload, the first whole message
  std::uint64_t asked = 0;               ///< datagrams of the sender in the last second of the outage
  std::uint64_t permille_of_second = 0;  ///< of the link, in the second second after it
};

Return after_outage(std::uint64_t seed, const BulkPath& path, Duration length) {
  Bulk bulk(seed, path);
  bulk.add(bulk_transport());
  const Duration back = 5s + 7ms * seed + length;
  black_out(bulk, {{Instant() + back - length, Instant() + back}});
  const LinkStatistics& link = bulk.bottleneck().statistics();
  Return seen;
  bulk.run_until(back - 1s);
  seen.round_trip = bulk.statistics(0).smoothed_rtt;
  const std::uint64_t offered = link.offered;
  bulk.run_until(back);
  seen.asked = link.offered - offered;
  const std::uint64_t arrived = link.delivered, delivered = bulk.delivered_bytes(0);
  bulk.world.run_until([&] { return link.delivered > arrived; }, 30s);
  seen.payload = bulk.world.now() - (Instant() + back);
  bulk.world.run_until([&] { return bulk.delivered_bytes(0) > delivered; }, 30s);
  seen.message = bulk.world.now() - (Instant() + back);
  bulk.run_until(back + 1s);
  seen.permille_of_second = bulk.measure(0, back + 2s).share_permille;
  return seen;
}

// Threat C5. Every probe of a transfer carries payload, and they do not become rare for a quarter of a
// minute.
void after_an_outage_of_ten_seconds_data_flows_within_two_round_trips(void**) {
  const BulkPath paths[] = {
      {}, {.mbit_per_s = 100, .rtt = 20ms}, {.mbit_per_s = 10, .rtt = 150ms}, {.queue_percent = 400}};
  for (const BulkPath& path : paths) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Return seen = after_outage(seed, path, 10s);
      std::printf(
          "10 s out, %lld ms: payload after %lld us, a message after %lld us, %llu asked a second, then "
          "%llu/1000\n",
          static_cast<long long>(path.rtt / 1ms), static_cast<long long>(seen.payload / 1us),
          static_cast<long long>(seen.message / 1us), static_cast<unsigned long long>(seen.asked),
          static_cast<unsigned long long>(seen.permille_of_second));
      // A deep queue makes the sender's round trip, and so its period, a longer one.
      assert_true(seen.payload <= 2 * (path.queue_percent > 100 ? seen.round_trip : path.rtt));
      assert_true(seen.asked <= static_cast<std::uint64_t>(1s / path.rtt));
      assert_true(seen.permille_of_second >= 900);
    }
  }
}

// Threat C5. The same for one line of a talk that was written meanwhile, and for five.
void what_was_said_during_an_outage_arrives_within_two_round_trips(void**) {
  for (const int lines : {1, 5}) {
    Duo duo(1, {.delay = 25ms});
    assert_true(duo.connect());
    duo.world.run_for(1s);
    LinkOptions there = duo.world.link(duo.client, duo.server).options();
    const Instant back = duo.world.now() + 10s;
    there.blackouts = {{duo.world.now(), back}};
    duo.world.link(duo.client, duo.server).set_options(there);
    for (int line = 0; line < lines; ++line) assert_true(static_cast<bool>(duo.say("hello?")));
    duo.world.run_for(9s);
    const std::uint64_t offered = duo.world.link(duo.client, duo.server).statistics().offered;
    duo.world.run_for(1s);
    assert_true(duo.world.link(duo.client, duo.server).statistics().offered - offered <= 20);
    const auto said = static_cast<std::size_t>(lines);
    assert_true(duo.world.run_until([&] { return duo.at_server.messages.size() == said; }, 30s));
    std::printf("10 s out, %d lines said: after %lld us\n", lines,
                static_cast<long long>((duo.world.now() - back) / 1us));
    assert_true(duo.world.now() - back <= 100ms);
    assert_true(duo.is_well());
  }
}

// Threat C5. A server asks seldom, for clients vanish. But its client asks often, and is heard, whenever its
// server would have asked next.
void a_download_goes_on_within_two_round_trips_of_its_return(void**) {
  for (int phase = 0; phase < 12; ++phase) {
    Duo duo(1, {.delay = 25ms, .rate_bits_per_s = 20'000'000});
    assert_true(duo.connect());
    const std::vector<std::uint8_t> large(10'000'000, 1);
    assert_true(static_cast<bool>(duo.world.send(duo.server, duo.at_server.connection, 0, large)));
    duo.world.run_for(2s);
    const Instant back = duo.world.now() + 10s + phase * 37ms;
    for (const auto& [from, to] : {std::pair(duo.server, duo.client), std::pair(duo.client, duo.server)}) {
      LinkOptions dark = duo.world.link(from, to).options();
      dark.blackouts = {{duo.world.now(), back}};
      duo.world.link(from, to).set_options(dark);
    }
    const LinkStatistics& link = duo.world.link(duo.server, duo.client).statistics();
    duo.world.run_for(back - duo.world.now() - 1s);
    const std::uint64_t offered = link.offered;
    duo.world.run_for(1s);
    const std::uint64_t delivered_bytes = link.delivered_bytes, asked = link.offered - offered;
    // Acks alone are not what is meant.
    duo.world.run_until([&] { return link.delivered_bytes > delivered_bytes + 1'000; }, 30s);
    const Duration took = duo.world.now() - back;
    const Duration rtt = duo.world.endpoint(duo.server).statistics(duo.at_server.connection)->smoothed_rtt;
    std::printf("10 s out, a download: %llu asked a second, payload after %lld us, round trip %lld us\n",
                static_cast<unsigned long long>(asked), static_cast<long long>(took / 1us),
                static_cast<long long>(rtt / 1us));
    assert_in_range(asked, 1, 5);
    assert_true(took <= 2 * rtt);  // as the sender had measured it, its own queue included
    assert_true(duo.is_well());
  }
}

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
  std::printf("half lost: %llu bytes sent for %llu delivered\n",
              static_cast<unsigned long long>(span.sent_bytes),
              static_cast<unsigned long long>(span.delivered_bytes));
  assert_true(span.delivered_bytes > 0);
  assert_true(2 * span.sent_bytes <= 5 * span.delivered_bytes);  // two would be perfect
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
      cmocka_unit_test(after_an_outage_of_ten_seconds_data_flows_within_two_round_trips),
      cmocka_unit_test(what_was_said_during_an_outage_arrives_within_two_round_trips),
      cmocka_unit_test(a_download_goes_on_within_two_round_trips_of_its_return),
      cmocka_unit_test(heavy_loss_is_survived),
      cmocka_unit_test(half_of_everything_lost_makes_no_storm),
      cmocka_unit_test(transferloss_and_transfercorruption),
      cmocka_unit_test(longrtt),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
