// Routers that mark instead of dropping, and paths that handle marks badly.
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <vector>

#include "bulk.hpp"
#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr std::uint64_t kBulkBytes = 768u << 10;

/// What the path does to a datagram of the client's: passes it on with another mark; absent: drops it.
using Handling = std::function<std::optional<Ecn>(Ecn)>;

/// A transfer over a path whose handling of marks is no link's.
struct Transfer {
  explicit Transfer(Handling handling) : duo(1, {.delay = 20ms}) {
    duo.world.set_filter([this, handling](const Datagram& datagram) {
      if (datagram.from != duo.world.address(duo.client)) return true;
      const std::optional<Ecn> mark = handling(datagram.ecn);
      if (datagram.ecn == Ecn::ect0) ++marked;
      if (mark)
        duo.world.after(20ms, [this, datagram, mark] {
          duo.world.inject(datagram.from, datagram.to, datagram.bytes, *mark);
        });
      return false;
    });
    duo.world.on_event(duo.server, [this](const Event& event) {
      if (event.type == EventType::message) delivered += event.message.bytes.size();
    });
  }
  /// How long it takes until all is there; absent: it is not.
  std::optional<Duration> run() {
    const std::vector<std::uint8_t> message(kBulkBytes / 8, 'b');
    duo.start();
    for (int i = 0; i < 8; ++i) assert_true(bool(duo.say_bytes(message)));
    const bool done = duo.world.run_until([this] { return delivered == kBulkBytes; }, 60s);
    if (!done || !duo.is_well()) return {};
    return duo.world.now() - Instant();
  }
  ConnectionStatistics statistics() const {
    return duo.world.endpoint(duo.client).statistics(duo.at_client.connection).value();
  }

  Duo duo;
  std::uint64_t delivered = 0;
  std::uint64_t marked = 0;
};

Ecn as_it_is(Ecn mark) { return mark; }

// 20 Mbit/s, 50 ms, a queue of one bandwidth-delay product that marks from a quarter of it on.
void marks_keep_the_queue_short_and_nothing_is_lost(void**) {
  for (const bool ecn : {true, false}) {
    Bulk bulk(1);
    TransportOptions transport = bulk_transport();
    transport.ecn = ecn;
    LinkOptions link = bulk.bottleneck().options();
    link.mark_bytes = bulk.path().bdp_bytes() / 4;
    bulk.bottleneck().set_options(link);
    bulk.add(transport);
    bulk.run_until(5s);
    bulk.mean_queue_us();
    const std::uint64_t dropped = bulk.bottleneck().statistics().dropped_queue;
    const BulkSpan span = bulk.measure(0, 25s);
    const std::uint64_t queue_us = bulk.mean_queue_us();
    const ConnectionStatistics now = bulk.statistics(0);
    std::printf("ecn %d: %llu/1000, queue %llu us, %llu marks, %llu drops\n", ecn,
                static_cast<unsigned long long>(span.share_permille),
                static_cast<unsigned long long>(queue_us),
                static_cast<unsigned long long>(now.ecn_marks_reported),
                static_cast<unsigned long long>(bulk.bottleneck().statistics().dropped_queue - dropped));
    assert_int_equal(now.ecn_capable, ecn);
    assert_true(span.share_permille >= 930);
    if (!ecn) continue;
    assert_true(now.ecn_marks_reported > 0);
    assert_int_equal(bulk.bottleneck().statistics().dropped_queue, dropped);
    assert_true(queue_us <= 13'000);
  }
}

// Threat C6.
// Whatever a path does to marks, what is sent arrives, nearly as soon as over one that leaves them be.
void no_path_suffers_from_marks(void**) {
  const Duration clean = Transfer(as_it_is).run().value();
  const struct {
    const char* name;
    Handling handling;
  } paths[] = {
      {"clears them", [](Ecn) { return Ecn::not_ect; }},
      {"drops what is marked",
       [](Ecn mark) { return mark == Ecn::not_ect ? std::optional(mark) : std::nullopt; }},
      {"turns them into the other one", [](Ecn mark) { return mark == Ecn::ect0 ? Ecn::ect1 : mark; }},
  };
  for (const auto& path : paths) {
    Transfer transfer(path.handling);
    const auto took = transfer.run();
    assert_true(took.has_value());
    std::printf("a path that %s: %lld ms, %llu packets were marked; without: %lld ms\n", path.name,
                static_cast<long long>(*took / 1ms), static_cast<unsigned long long>(transfer.marked),
                static_cast<long long>(clean / 1ms));
    assert_false(transfer.statistics().ecn_capable);
    assert_true(transfer.marked <= 20);
    assert_true(*took <= clean + 300ms);
  }
}

// A path that marks everything as congested is obeyed, for it may be; the window never closes entirely.
void a_path_that_marks_everything_is_slow_and_alive(void**) {
  Transfer transfer([](Ecn mark) { return mark == Ecn::not_ect ? mark : Ecn::ce; });
  assert_true(transfer.run().has_value());
  assert_true(transfer.statistics().ecn_marks_reported > 0);
}

// A queue that marks as soon as two packets are in it: a window of two that leaves as a pair was marked for
// ever, at any rate of the link. Found by a seed, in which a message of a megabyte took minutes.
void a_queue_that_marks_a_pair_holds_nobody_at_the_smallest_window(void**) {
  constexpr struct {
    std::uint64_t mbit_per_s;
    Duration rtt;
    std::uint64_t share_min;
  } kPaths[] = {{1, 20ms, 700}, {1, 300ms, 500}, {4, 300ms, 300}, {16, 40ms, 80}};
  for (const auto& path : kPaths) {
    for (const ControllerKind kind : {ControllerKind::cubic_floor, ControllerKind::new_reno}) {
      Bulk bulk(1, {.mbit_per_s = path.mbit_per_s, .rtt = path.rtt});
      LinkOptions link = bulk.bottleneck().options();
      link.queue_bytes = 8u << 10;
      link.mark_bytes = link.queue_bytes / 4;
      bulk.bottleneck().set_options(link);
      bulk.add(bulk_transport(kind));
      bulk.run_until(10s);
      const std::uint64_t share = bulk.measure(0, 60s).share_permille;
      std::printf("%llu Mbit/s, %lld ms, two packets are marked: %llu/1000, %llu marks\n",
                  static_cast<unsigned long long>(path.mbit_per_s), static_cast<long long>(path.rtt / 1ms),
                  static_cast<unsigned long long>(share),
                  static_cast<unsigned long long>(bulk.statistics(0).ecn_marks_reported));
      assert_true(share >= path.share_min);
    }
  }
}

// 4 Mbit/s, 50 ms: everything is marked for 10 s, then nothing.
void once_marks_stop_the_window_grows(void**) {
  Bulk bulk(1, {.mbit_per_s = 4});
  LinkOptions link = bulk.bottleneck().options();
  link.mark_bytes = 1;
  bulk.bottleneck().set_options(link);
  bulk.add(bulk_transport());
  bulk.run_until(5s);
  const std::uint64_t marked = bulk.measure(0, 10s).share_permille;
  link.mark_bytes = 0;
  bulk.bottleneck().set_options(link);
  bulk.run_until(15s);
  const std::uint64_t share = bulk.measure(0, 20s).share_permille;
  std::printf("all marked: %llu/1000; 5 s after: %llu/1000\n", static_cast<unsigned long long>(marked),
              static_cast<unsigned long long>(share));
  assert_in_range(marked, 30, 150);
  assert_true(share >= 900);
}

void a_sender_that_does_not_want_to_marks_nothing(void**) {
  TransportOptions transport;
  transport.ecn = false;
  Duo duo(1, {}, transport);
  bool any = false;
  duo.world.set_filter([&](const Datagram& datagram) {
    any = any || datagram.ecn != Ecn::not_ect;
    return true;
  });
  assert_true(duo.connect());
  assert_true(bool(duo.say("unmarked")));
  duo.world.run_for(1s);
  assert_false(any);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(marks_keep_the_queue_short_and_nothing_is_lost),
      cmocka_unit_test(no_path_suffers_from_marks),
      cmocka_unit_test(a_path_that_marks_everything_is_slow_and_alive),
      cmocka_unit_test(a_queue_that_marks_a_pair_holds_nobody_at_the_smallest_window),
      cmocka_unit_test(once_marks_stop_the_window_grows),
      cmocka_unit_test(a_sender_that_does_not_want_to_marks_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
