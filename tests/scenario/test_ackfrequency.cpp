// Fewer acks where many packets are under way, and what a peer may ask for.
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "bulk.hpp"
#include "wire/frame_writer.hpp"

#include "scenario/hostile.hpp"

using namespace scenario;

namespace {

struct Seen {
  std::uint64_t share_permille = 0;
  std::uint64_t acks_permille = 0;  ///< of the packets that they answer
};

Seen transfer(const BulkPath& path) {
  Bulk bulk(1, path);
  bulk.add(bulk_transport());
  bulk.run_until(4s);
  const std::uint64_t packets = bulk.bottleneck().statistics().offered;
  const std::uint64_t acks = bulk.return_link().statistics().offered;
  const BulkSpan span = bulk.measure(0, 10s);
  const std::uint64_t answered = bulk.bottleneck().statistics().offered - packets;
  const Seen seen{span.share_permille, (bulk.return_link().statistics().offered - acks) * 1000 / answered};
  std::printf("%llu Mbit/s, %lld ms: %llu/1000 of the link, %llu acks for 1000 packets\n",
              static_cast<unsigned long long>(path.mbit_per_s), static_cast<long long>(path.rtt / 1ms),
              static_cast<unsigned long long>(seen.share_permille),
              static_cast<unsigned long long>(seen.acks_permille));
  return seen;
}

void a_fast_path_needs_few_acks(void**) {
  const Seen fast = transfer({.mbit_per_s = 200, .rtt = 50ms});
  assert_true(fast.share_permille >= 940);
  assert_true(fast.acks_permille <= 60);
  const Seen medium = transfer({.mbit_per_s = 100, .rtt = 30ms});
  assert_true(medium.share_permille >= 940);
  assert_true(medium.acks_permille <= 200);
}

// Every second packet has its ack as ever.
void a_slow_path_is_acknowledged_as_ever(void**) {
  const Seen slow = transfer({.mbit_per_s = 10, .rtt = 30ms});
  assert_true(slow.acks_permille >= 480);
}

/// A client by hand that has asked for acks of its own liking; the first three packets are acked at once anyway.
struct Asking {
  explicit Asking(const wire::AckFrequencyFrame& wish) : client(0) {
    world.open(client);
    std::array<std::uint8_t, 64> bytes{};
    wire::Writer writer{MutableBytes(bytes)};
    wire::write(writer, wish);
    send(Bytes(bytes).first(writer.size()));
    for (int i = 0; i < 4; ++i) ping();
    world.now += 1ms;
  }
  /// How many datagrams come back at once.
  std::size_t send(Bytes payload) { return world.deliver(client.seal(payload)).size(); }
  std::size_t ping() { return send(std::array<std::uint8_t, 1>{0x01}); }

  test::HostileWorld world;
  fuzz::HandMadeClient client;
};

void the_threshold_is_what_was_asked_for(void**) {
  Asking ten({.sequence = 0, .ack_eliciting_threshold = 9, .max_ack_delay_us = 25'000, .reordering_threshold = 1});
  ten.world.now += 30ms;  // all is acknowledged now, and the next three are a thin flow's
  ten.world.server->handle_timeout(ten.world.now);
  ten.world.take_outputs();
  for (int i = 0; i < 3; ++i) assert_int_equal(ten.ping(), 1);
  for (int i = 0; i < 9; ++i) assert_int_equal(ten.ping(), 0);
  assert_int_equal(ten.ping(), 1);
}

void an_ack_that_is_wanted_at_once_comes_at_once(void**) {
  Asking many({.sequence = 0, .ack_eliciting_threshold = 99, .max_ack_delay_us = 25'000, .reordering_threshold = 1});
  assert_int_equal(many.ping(), 0);
  assert_int_equal(many.send(std::array<std::uint8_t, 1>{0x3d}), 1);
}

void gaps_are_reported_at_once_or_not_as_asked(void**) {
  for (const std::uint64_t threshold : {0u, 1u}) {
    Asking asking({.sequence = 0, .ack_eliciting_threshold = 99, .max_ack_delay_us = 25'000,
                   .reordering_threshold = threshold});
    asking.client.skip_numbers(1);
    assert_int_equal(asking.ping(), threshold);
  }
}

void a_delay_below_the_least_closes(void**) {
  Asking hasty({.sequence = 0, .ack_eliciting_threshold = 1, .max_ack_delay_us = 999, .reordering_threshold = 1});
  assert_true(hasty.world.closed == Error::protocol_violation);
}

void an_older_wish_changes_nothing(void**) {
  Asking asking({.sequence = 5, .ack_eliciting_threshold = 99, .max_ack_delay_us = 25'000, .reordering_threshold = 1});
  std::array<std::uint8_t, 64> bytes{};
  wire::Writer writer{MutableBytes(bytes)};
  wire::write(writer, wire::AckFrequencyFrame{4, 0, 25'000, 1});
  asking.send(Bytes(bytes).first(writer.size()));
  assert_int_equal(asking.ping(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_fast_path_needs_few_acks),
      cmocka_unit_test(a_slow_path_is_acknowledged_as_ever),
      cmocka_unit_test(the_threshold_is_what_was_asked_for),
      cmocka_unit_test(an_ack_that_is_wanted_at_once_comes_at_once),
      cmocka_unit_test(gaps_are_reported_at_once_or_not_as_asked),
      cmocka_unit_test(a_delay_below_the_least_closes),
      cmocka_unit_test(an_older_wish_changes_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
