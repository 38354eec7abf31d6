// What holds for every controller, whatever it is told.
#include "congestion/controller.hpp"

#include <chrono>
#include <cstdint>

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
        return controller_.on_spurious_loss(now_, small());
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

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_is_what_it_was_asked_to_be),
      cmocka_unit_test(nonsense_never_leaves_the_bounds_C1),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
