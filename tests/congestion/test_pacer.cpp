#include "congestion/pacer.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::Instant;
using rudp::congestion::kPacingQuantumBytesMax;
using rudp::congestion::Pacer;

namespace {

constexpr std::uint64_t kDatagram = 1200;
constexpr Instant kStart = Instant::from_ns(1'000'000'000);

Pacer at_rate(std::uint64_t bytes_per_second) {
  Pacer pacer(kDatagram);
  pacer.set_rate(kStart, bytes_per_second);
  return pacer;
}

/// More than any test expects: a pacer that never says no ends a test, and does not hold it up.
constexpr std::uint64_t kFarTooMuch = 4'000'000'000;

// Sends as fast as the pacer lets it; returns what left until `end`.
std::uint64_t send_until(Pacer& pacer, Instant now, Instant end, std::uint64_t bytes) {
  std::uint64_t sent = 0;
  while (now < end && sent < kFarTooMuch) {
    if (const std::optional<Instant> next = pacer.next_send(now, bytes)) {
      assert_true(*next > now);
      now = *next;
      continue;
    }
    pacer.on_sent(now, bytes);
    sent += bytes;
  }
  return sent;
}

// Threat C8.
void a_burst_is_at_most_two_packets_or_a_millisecond_C8(void**) {
  assert_int_equal(at_rate(1).quantum_bytes(), kDatagram);
  assert_int_equal(at_rate(240'000).quantum_bytes(), kDatagram);  // two of them in 10 ms
  assert_int_equal(at_rate(240'100).quantum_bytes(), 2 * kDatagram);
  assert_int_equal(at_rate(12'500'000).quantum_bytes(), 12'500);  // 100 Mbit/s: ten packets
  assert_int_equal(at_rate(1'250'000'000).quantum_bytes(), kPacingQuantumBytesMax);
}

// Threat C8.
void over_time_exactly_the_rate_leaves(void**) {
  for (const std::uint64_t rate : {10'000u, 1'250'000u, 125'000'000u}) {
    Pacer pacer = at_rate(rate);
    const std::uint64_t sent = send_until(pacer, kStart, kStart + 10s, kDatagram);
    assert_in_range(sent, 10 * rate - kDatagram, 10 * rate + pacer.quantum_bytes() + kDatagram);
  }
}

// Threat C8.
void silence_earns_no_more_than_a_quantum(void**) {
  Pacer pacer = at_rate(1'250'000);
  pacer.on_sent(kStart, 2 * kDatagram);
  assert_int_equal(pacer.available_bytes(kStart), 0);
  assert_int_equal(pacer.available_bytes(kStart + 1h), pacer.quantum_bytes());
}

void at_the_named_instant_it_may_be_sent_and_not_before(void**) {
  for (const std::uint64_t rate : {7u, 999'983u, 123'456'789u}) {
    Pacer pacer = at_rate(rate);
    pacer.on_sent(kStart, pacer.quantum_bytes());
    const Instant next = *pacer.next_send(kStart, kDatagram);
    assert_false(pacer.next_send(next, kDatagram).has_value());
    assert_true(pacer.next_send(next - 1ns, kDatagram).has_value());
  }
}

void what_leaves_unasked_is_held_against_what_follows(void**) {
  Pacer pacer = at_rate(1'200'000);
  pacer.on_sent(kStart, 4 * kDatagram);
  assert_true(*pacer.next_send(kStart, kDatagram) == kStart + 3ms);
}

void debt_is_bounded(void**) {
  Pacer pacer = at_rate(1'200'000);
  for (int i = 0; i < 1000; ++i) pacer.on_sent(kStart, std::numeric_limits<std::uint64_t>::max());
  assert_true(*pacer.next_send(kStart, kDatagram) <= kStart + 40ms);
}

void more_than_a_quantum_waits_for_a_full_bucket_only(void**) {
  Pacer pacer = at_rate(1'200'000);
  assert_false(pacer.next_send(kStart, 1'000'000).has_value());
  pacer.on_sent(kStart, kDatagram);
  assert_true(*pacer.next_send(kStart, 1'000'000) == kStart + 1ms);
}

void a_new_rate_counts_from_its_instant(void**) {
  Pacer pacer = at_rate(1'200'000);
  pacer.on_sent(kStart, 2 * kDatagram);
  pacer.set_rate(kStart + 500us, 120'000);  // half a packet earned by now, the rest ten times slower
  assert_true(*pacer.next_send(kStart + 500us, kDatagram) == kStart + 5500us);
}

// Threat A-10.
void a_clock_that_stands_still_or_runs_back_earns_nothing_A10(void**) {
  Pacer pacer = at_rate(1'200'000);
  pacer.on_sent(kStart, 2 * kDatagram);
  assert_int_equal(pacer.available_bytes(kStart), 0);
  assert_int_equal(pacer.available_bytes(kStart - 1h), 0);
  pacer.on_sent(kStart - 1h, 0);
  assert_true(pacer.next_send(kStart - 1h, kDatagram) <= kStart - 1h + 1ms);
  assert_int_equal(pacer.available_bytes(Instant::max()), pacer.quantum_bytes());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_burst_is_at_most_two_packets_or_a_millisecond_C8),
      cmocka_unit_test(over_time_exactly_the_rate_leaves),
      cmocka_unit_test(silence_earns_no_more_than_a_quantum),
      cmocka_unit_test(at_the_named_instant_it_may_be_sent_and_not_before),
      cmocka_unit_test(what_leaves_unasked_is_held_against_what_follows),
      cmocka_unit_test(debt_is_bounded),
      cmocka_unit_test(more_than_a_quantum_waits_for_a_full_bucket_only),
      cmocka_unit_test(a_new_rate_counts_from_its_instant),
      cmocka_unit_test(a_clock_that_stands_still_or_runs_back_earns_nothing_A10),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
