// 30 messages of 200 bytes a second: early probes answer a loss before anybody notices it, within a budget of
// bytes; the low-latency mode does so at a higher price.
#include <cinttypes>

#include "thin_flow.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

/// Enough that the rarest hundredth does not hang on one seed.
constexpr int kMessages = 40'000;

/// Who has the low-latency mode.
enum class Mode : std::uint8_t { nobody, sender, receiver, both };
constexpr const char* kModeNames[] = {"default", "low latency, sender", "low latency, receiver",
                                      "low latency"};

ThinFlow flow_in(Mode mode, const LinkOptions& path, int messages) {
  ThinFlow flow;
  flow.path = path;
  flow.messages = messages;
  flow.transport.low_latency = mode == Mode::sender || mode == Mode::both;
  flow.receiver_transport.low_latency = mode == Mode::receiver || mode == Mode::both;
  return flow;
}

struct Goal {
  std::uint32_t loss_ppm;
  Duration p99_max;
  std::uint64_t forward_bytes_per_mille_max;
};

constexpr Goal kLowLatencyGoals[] = {{20'000, 60ms, 2'500}, {100'000, 65ms, 2'900}, {200'000, 90ms, 3'300}};
constexpr Goal kDefaultGoals[] = {{20'000, 85ms, 1'400}, {100'000, 140ms, 1'650}, {200'000, 140ms, 2'050}};
constexpr Goal kSenderGoals[] = {{20'000, 60ms, 2'550}, {100'000, 65ms, 3'100}, {200'000, 90ms, 3'800}};
constexpr Goal kReceiverGoals[] = {{20'000, 85ms, 1'400}, {100'000, 140ms, 1'550}, {200'000, 140ms, 1'850}};

std::int64_t us(Duration duration) { return duration.count() / 1'000; }

ThinFlowFigures row(Mode mode, const LinkOptions& path, int messages) {
  const ThinFlowFigures figures = measure(flow_in(mode, path, messages));
  print_message("%-24s RTT %3" PRId64 " ms  loss %2u %%  bursts %2u %%  p50 %6" PRId64 " us  p99 %6" PRId64
                " us  longest %7" PRId64 " us  %4" PRIu64 " forward bytes for 1000\n",
                kModeNames[static_cast<int>(mode)], 2 * us(path.delay) / 1'000, path.loss_ppm / 10'000,
                path.burst_begin_ppm / 10'000, us(figures.p50), us(figures.p99), us(figures.longest),
                figures.forward_bytes_per_mille);
  assert_true(figures.well);
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

void hold(Mode mode, const Goal& goal) {
  const ThinFlowFigures figures = row(mode, path(25ms, goal.loss_ppm), kMessages);
  assert_true(figures.p99 <= goal.p99_max);
  assert_true(figures.forward_bytes_per_mille <= goal.forward_bytes_per_mille_max);
}

void probes_hold_the_tail_within_their_budget(void**) {
  for (const Goal& goal : kDefaultGoals) hold(Mode::nobody, goal);
}

void the_low_latency_mode_answers_a_loss_with_the_next_message(void**) {
  for (const Goal& goal : kLowLatencyGoals) hold(Mode::both, goal);
}

void where_one_side_has_the_mode_it_stays_within_a_budget_too(void**) {
  for (const Goal& goal : kSenderGoals) hold(Mode::sender, goal);
  for (const Goal& goal : kReceiverGoals) hold(Mode::receiver, goal);
}

/// No goal is set here: what is lost in bursts, or on a longer way, is printed and must arrive.
void a_longer_way_and_bursts_lose_nothing(void**) {
  for (const Mode mode : {Mode::nobody, Mode::sender, Mode::both}) {
    for (const Goal& goal : kDefaultGoals) {
      row(mode, path(75ms, goal.loss_ppm), 3'000);
      LinkOptions bursts = path(25ms, 0);
      bursts.burst_begin_ppm = goal.loss_ppm / 2;
      bursts.burst_longest = 100ms;
      row(mode, bursts, 3'000);
    }
  }
}

/// IP bytes that 16 messages cost, and the silence after them.
std::uint64_t bytes_of_a_burst(Duo& duo) {
  const LinkStatistics& link = duo.world.link(duo.client, duo.server).statistics();
  const std::uint64_t before = link.offered_bytes;
  for (std::uint32_t index = 0; index < 16; ++index) {
    assert_true(static_cast<bool>(duo.say_bytes(numbered(index, 200))));
    duo.world.run_for(33ms);
  }
  duo.world.run_for(5s);
  return link.offered_bytes - before;
}

/// At rest the names of messages are given back, and the first ones after it have those of old ones: they were
/// taken for these, and saved no bytes up for their repetition.
void after_a_rest_messages_are_repeated_as_before_it(void**) {
  TransportOptions transport;
  transport.low_latency = true;
  Duo duo(1, path(25ms, 0), transport);
  assert_true(duo.connect());
  duo.world.run_for(5s);
  const std::uint64_t first = bytes_of_a_burst(duo);
  const std::uint64_t second = bytes_of_a_burst(duo);
  assert_in_range(second, first - 400, first + 400);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(probes_hold_the_tail_within_their_budget),
      cmocka_unit_test(the_low_latency_mode_answers_a_loss_with_the_next_message),
      cmocka_unit_test(where_one_side_has_the_mode_it_stays_within_a_budget_too),
      cmocka_unit_test(a_longer_way_and_bursts_lose_nothing),
      cmocka_unit_test(after_a_rest_messages_are_repeated_as_before_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
