// 30 messages of 200 bytes a second: early probes answer a loss before anybody notices it, within a budget of
// bytes; the low-latency mode does so at a higher price.
#include <cinttypes>

#include "thin_flow.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

/// Enough that the rarest hundredth does not hang on one seed.
constexpr int kMessages = 40'000;

struct Goal {
  std::uint32_t loss_ppm;
  Duration p99_max;
  std::uint64_t forward_bytes_per_mille_max;
};

constexpr Goal kLowLatencyGoals[] = {{20'000, 60ms, 2'500}, {100'000, 65ms, 2'900}, {200'000, 90ms, 3'300}};
constexpr Goal kDefaultGoals[] = {{20'000, 85ms, 1'400}, {100'000, 140ms, 1'650}, {200'000, 140ms, 2'050}};

std::int64_t us(Duration duration) { return duration.count() / 1'000; }

ThinFlowFigures row(const char* name, ThinFlow flow) {
  const ThinFlowFigures figures = measure(flow);
  print_message("%-24s RTT %3" PRId64 " ms  loss %2u %%  bursts %2u %%  p50 %6" PRId64 " us  p99 %6" PRId64
                " us  longest %7" PRId64 " us  %4" PRIu64 " forward bytes for 1000\n",
                name, 2 * us(flow.path.delay) / 1'000, flow.path.loss_ppm / 10'000,
                flow.path.burst_begin_ppm / 10'000, us(figures.p50), us(figures.p99), us(figures.longest),
                figures.forward_bytes_per_mille);
  return figures;
}

LinkOptions path(Duration delay, std::uint32_t loss_ppm) {
  LinkOptions options;
  options.delay = delay;
  options.rate_bits_per_s = 20'000'000;
  options.queue_bytes = 125'000;
  options.loss_ppm = loss_ppm;
  return options;
}

void probes_hold_the_tail_within_their_budget(void**) {
  for (const Goal& goal : kDefaultGoals) {
    ThinFlow flow;
    flow.messages = kMessages;
    flow.path = path(25ms, goal.loss_ppm);
    const ThinFlowFigures figures = row("default", flow);
    assert_true(figures.well);
    assert_true(figures.p99 <= goal.p99_max);
    assert_true(figures.forward_bytes_per_mille <= goal.forward_bytes_per_mille_max);
  }
}

void the_low_latency_mode_answers_a_loss_with_the_next_message(void**) {
  for (const Goal& goal : kLowLatencyGoals) {
    ThinFlow flow;
    flow.messages = kMessages;
    flow.transport.low_latency = true;
    flow.path = path(25ms, goal.loss_ppm);
    const ThinFlowFigures figures = row("low latency", flow);
    assert_true(figures.well);
    assert_true(figures.p99 <= goal.p99_max);
    assert_true(figures.forward_bytes_per_mille <= goal.forward_bytes_per_mille_max);
  }
}

/// No goal is set here: what is lost in bursts, or on a longer way, is printed and must arrive.
void a_longer_way_and_bursts_lose_nothing(void**) {
  for (const bool low_latency : {false, true}) {
    for (const Goal& goal : kDefaultGoals) {
      const char* const name = low_latency ? "low latency" : "default";
      ThinFlow flow;
      flow.messages = 3'000;
      flow.transport.low_latency = low_latency;
      flow.path = path(75ms, goal.loss_ppm);
      assert_true(row(name, flow).well);
      flow.path = path(25ms, 0);
      flow.path.burst_begin_ppm = goal.loss_ppm / 2;
      flow.path.burst_longest = 100ms;
      assert_true(row(name, flow).well);
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(probes_hold_the_tail_within_their_budget),
      cmocka_unit_test(the_low_latency_mode_answers_a_loss_with_the_next_message),
      cmocka_unit_test(a_longer_way_and_bursts_lose_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
