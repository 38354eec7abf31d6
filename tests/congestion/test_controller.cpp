// What holds for every controller, whatever it is told.
#include "congestion/controller.hpp"

#include <chrono>
#include <cstdint>

#include "tests/congestion/window_driver.hpp"

#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::congestion;
using rudp::ControllerKind;
using rudp::Duration;
using rudp::Instant;
using rudp::PacketNumber;

namespace {

constexpr ControllerKind kKinds[] = {ControllerKind::cubic_floor, ControllerKind::cubic,
                                     ControllerKind::new_reno};
constexpr std::uint32_t kDatagram = 1200;

// Times, rates and round trips of every size, not all of them possible.
class Nonsense {
 public:
  Nonsense(Controller& controller, std::uint64_t seed) : controller_(controller), dice_(seed) {}

  void step() {
    now_ = Instant::from_ns(static_cast<std::int64_t>(dice_.next() >> dice_.below(64)));
    switch (dice_.below(12)) {
      case 0:
        return controller_.on_loss({now_, number(), any(), 1 + small(), any(), rtt(), rtt()});
      case 1:
        return controller_.on_ecn_ce(now_, number());
      case 2:
        return dice_.percent(10) ? controller_.on_persistent_congestion(now_) : void();
      case 3:
        return controller_.on_spurious_loss(now_, number(), small());
      case 4:
        return controller_.on_max_datagram(1200 + small());
      case 5:
      case 6:
      case 7:
        return controller_.on_packet_sent({now_, next_++, any()});
      default:
        return ack();
    }
  }

 private:
  void ack() {
    AckSample sample{now_,  number(), any(), any(),
                     rtt(), rtt(),    rtt(), RateSample{dice_.next(), dice_.percent(50)}};
    if (dice_.percent(30)) sample.rate.reset();
    if (dice_.percent(30)) sample.rtt_sample.reset();
    controller_.on_ack(sample);
  }
  PacketNumber number() { return next_ == 0 ? 0 : dice_.below(next_); }
  std::uint64_t any() { return dice_.next() >> (34 + dice_.below(30)); }
  std::uint32_t small() { return static_cast<std::uint32_t>(dice_.below(300)); }
  Duration rtt() {
    return Duration(static_cast<std::int64_t>(dice_.below(60'000'000'000) >> dice_.below(36)));
  }

  Controller& controller_;
  test::Dice dice_;
  PacketNumber next_ = 0;
  Instant now_;
};

void each_kind_is_what_it_was_asked_to_be(void**) {
  for (const ControllerKind kind : kKinds) {
    const auto controller = make_controller(kind, kDatagram);
    assert_true(controller->kind() == kind);
    assert_int_equal(controller->congestion_window(), kInitialWindowDatagrams * kDatagram);
    assert_true(controller->in_slow_start());
    assert_false(controller->slow_start_threshold().has_value());
  }
}

void nonsense_never_leaves_the_bounds_C1(void**) {
  for (const ControllerKind kind : kKinds) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const auto controller = make_controller(kind, kDatagram);
      Nonsense nonsense(*controller, seed);
      for (int step = 0; step < 2000; ++step) {
        nonsense.step();
        assert_in_range(controller->congestion_window(), kMinimumWindowDatagrams * kDatagram,
                        kMaximumWindowBytes);
        assert_true(controller->pacing_rate(0ns) > 0 && controller->pacing_rate(60s) > 0);
      }
    }
  }
}

/// Lossy rounds, then a window under way with a standing queue: no kind takes its loss for noise.
test::WindowDriver settled(ControllerKind kind) {
  test::WindowDriver flow(kind);
  flow.rtt = 60ms;
  for (int i = 0; i < 3; ++i) flow.round();
  flow.lose_and_recover();
  for (int i = 0; i < 5; ++i) flow.round();
  flow.send_window();
  return flow;
}

void arrive(test::WindowDriver& flow, PacketNumber number) {
  flow.controller->on_spurious_loss(flow.now, number, kDatagram);
}

void a_loss_that_was_ignored_takes_nothing_back(void**) {
  test::WindowDriver flow(ControllerKind::cubic_floor);
  flow.send_window();
  flow.lose(2);
  assert_int_equal(flow.window(), 10 * kDatagram);
  flow.rtt = 60ms;
  flow.lose(5);
  assert_int_equal(flow.window(), 7 * kDatagram);
  arrive(flow, 2);
  assert_int_equal(flow.window(), 7 * kDatagram);
}

// Threat A-6. RFC 9438 4.9: window, threshold, curve and recovery period are as if nothing had been lost.
void a_reduction_that_is_taken_back_leaves_no_trace_A6(void**) {
  for (const ControllerKind kind : kKinds) {
    test::WindowDriver flow = settled(kind), untouched = settled(kind);
    flow.lose(flow.next - 3, 2);
    flow.lose(flow.next - 1);
    assert_true(flow.window() < untouched.window());
    for (const PacketNumber back : {3u, 4u, 1u}) arrive(flow, flow.next - back);
    assert_int_equal(flow.window(), untouched.window());
    assert_true(flow.controller->slow_start_threshold() == untouched.controller->slow_start_threshold());
    for (int i = 0; i < 40; ++i) {
      flow.ack_all();
      untouched.ack_all();
      assert_int_equal(flow.window(), untouched.window());
      flow.send_window();
      untouched.send_window();
    }
  }
}

void slow_start_goes_on_after_a_loss_that_was_none_A6(void**) {
  for (const ControllerKind kind : kKinds) {
    test::WindowDriver flow(kind), untouched(kind);
    flow.rtt = untouched.rtt = 60ms;
    for (test::WindowDriver* each : {&flow, &untouched}) each->send_window();
    flow.lose(2);
    assert_false(flow.controller->in_slow_start());
    arrive(flow, 2);
    assert_true(flow.controller->in_slow_start());
    for (test::WindowDriver* each : {&flow, &untouched}) {
      each->ack_all();
      for (int i = 0; i < 2; ++i) each->round();
    }
    assert_true(flow.controller->in_slow_start() == untouched.controller->in_slow_start());
    assert_int_equal(flow.window(), untouched.window());
  }
}

// A packet of a round trip before explains nothing of the last reduction. Threat A-6.
void what_an_earlier_reduction_lost_takes_the_last_one_not_back_A6(void**) {
  for (const ControllerKind kind : kKinds) {
    test::WindowDriver flow = settled(kind);
    const PacketNumber early = flow.next - 1;
    flow.lose(early);
    flow.ack_all();
    flow.send_window();
    flow.lose(flow.next - 1);
    const std::uint64_t reduced = flow.window();
    arrive(flow, early);
    flow.send(1);
    arrive(flow, flow.next - 1);  // nor does one that was sent after it
    assert_int_equal(flow.window(), reduced);
  }
}

// Threat A-6.
void a_real_loss_beside_one_that_was_none_still_reduces_A6(void**) {
  for (const ControllerKind kind : kKinds) {
    test::WindowDriver flow = settled(kind);
    const std::uint64_t before = flow.window();
    flow.lose(flow.next - 3);
    arrive(flow, flow.next - 3);
    assert_int_equal(flow.window(), before);
    flow.lose(flow.next - 2);
    assert_true(flow.window() < before);
  }
}

// Threats A-6, C5. A path that stood still for long and then delivered all.
void persistent_congestion_that_was_none_is_taken_back_A6(void**) {
  for (const ControllerKind kind : kKinds) {
    test::WindowDriver flow = settled(kind);
    const std::uint64_t before = flow.window();
    const auto threshold = flow.controller->slow_start_threshold();
    flow.lose(flow.next - 1, 2);
    flow.controller->on_persistent_congestion(flow.now);
    assert_int_equal(flow.window(), kMinimumWindowDatagrams * kDatagram);
    arrive(flow, flow.next - 2);
    assert_int_equal(flow.window(), kMinimumWindowDatagrams * kDatagram);
    arrive(flow, flow.next - 1);
    assert_int_equal(flow.window(), before);
    assert_true(flow.controller->slow_start_threshold() == threshold);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_is_what_it_was_asked_to_be),
      cmocka_unit_test(nonsense_never_leaves_the_bounds_C1),
      cmocka_unit_test(a_loss_that_was_ignored_takes_nothing_back),
      cmocka_unit_test(a_reduction_that_is_taken_back_leaves_no_trace_A6),
      cmocka_unit_test(slow_start_goes_on_after_a_loss_that_was_none_A6),
      cmocka_unit_test(what_an_earlier_reduction_lost_takes_the_last_one_not_back_A6),
      cmocka_unit_test(a_real_loss_beside_one_that_was_none_still_reduces_A6),
      cmocka_unit_test(persistent_congestion_that_was_none_is_taken_back_A6),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
