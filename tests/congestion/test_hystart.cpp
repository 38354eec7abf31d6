#include "congestion/hystart.hpp"

#include <chrono>

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using rudp::Duration;
using rudp::PacketNumber;
using rudp::congestion::Hystart;
using rudp::congestion::kHystartCssGrowthDivisor;
using rudp::congestion::kHystartCssRounds;
using rudp::congestion::kHystartRttSamples;
using Phase = rudp::congestion::Hystart::Phase;

namespace {

struct SlowStart {
  Hystart hystart;
  PacketNumber next = 0;

  // A round of ten packets with one round-trip time each.
  std::uint64_t round(Duration rtt, int packets = 10) {
    std::uint64_t growth = 0;
    const PacketNumber first = next;
    for (int i = 0; i < packets; ++i) hystart.on_packet_sent(next++);
    for (PacketNumber number = first; number < next; ++number) growth += hystart.on_ack(number, 1200, rtt);
    return growth;
  }
};

void a_steady_round_trip_keeps_doubling(void**) {
  SlowStart flow;
  for (int i = 0; i < 50; ++i) assert_int_equal(flow.round(50ms), 12'000);
  assert_true(flow.hystart.phase() == Phase::slow_start);
}

void a_rise_by_an_eighth_turns_conservative(void**) {
  SlowStart flow;
  flow.round(80ms);
  flow.round(90ms - 1ns);
  assert_true(flow.hystart.phase() == Phase::slow_start);
  flow.round(101ms + 300us);
  assert_true(flow.hystart.phase() == Phase::conservative);
  assert_int_equal(flow.round(101ms + 300us), 12'000 / kHystartCssGrowthDivisor);
}

void the_rise_is_at_least_4_and_at_most_16_ms(void**) {
  SlowStart fast;
  fast.round(1ms);
  fast.round(5ms - 1ns);
  assert_true(fast.hystart.phase() == Phase::slow_start);
  SlowStart far;
  far.round(600ms);
  far.round(616ms);
  assert_true(far.hystart.phase() == Phase::conservative);
}

void fewer_than_eight_samples_prove_nothing(void**) {
  SlowStart flow;
  flow.round(50ms);
  flow.round(90ms, static_cast<int>(kHystartRttSamples) - 1);
  assert_true(flow.hystart.phase() == Phase::slow_start);
}

void one_low_sample_in_the_round_holds_the_rise_back(void**) {
  SlowStart flow;
  flow.round(50ms);
  flow.hystart.on_packet_sent(flow.next++);
  flow.hystart.on_ack(flow.next - 1, 1200, 50ms);
  for (int i = 0; i < 20; ++i) flow.hystart.on_ack(flow.next - 1, 1200, 90ms);
  assert_true(flow.hystart.phase() == Phase::slow_start);
}

void five_conservative_rounds_end_slow_start(void**) {
  SlowStart flow;
  flow.round(50ms);
  flow.round(60ms);
  for (std::uint32_t round = 1; round < kHystartCssRounds; ++round) {
    flow.round(60ms);
    assert_true(flow.hystart.phase() == Phase::conservative);
  }
  flow.round(60ms);
  assert_true(flow.hystart.phase() == Phase::done);
}

void jitter_that_passes_resumes_slow_start(void**) {
  SlowStart flow;
  flow.round(50ms);
  flow.round(60ms);
  flow.round(59ms);
  assert_true(flow.hystart.phase() == Phase::slow_start);
}

void it_can_begin_anew(void**) {
  SlowStart flow;
  flow.round(50ms);
  for (int i = 0; i < 10; ++i) flow.round(90ms);
  assert_true(flow.hystart.phase() == Phase::done);
  flow.hystart.restart();
  flow.round(500ms);
  assert_true(flow.hystart.phase() == Phase::slow_start);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_steady_round_trip_keeps_doubling),
      cmocka_unit_test(a_rise_by_an_eighth_turns_conservative),
      cmocka_unit_test(the_rise_is_at_least_4_and_at_most_16_ms),
      cmocka_unit_test(fewer_than_eight_samples_prove_nothing),
      cmocka_unit_test(one_low_sample_in_the_round_holds_the_rise_back),
      cmocka_unit_test(five_conservative_rounds_end_slow_start),
      cmocka_unit_test(jitter_that_passes_resumes_slow_start),
      cmocka_unit_test(it_can_begin_anew),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
