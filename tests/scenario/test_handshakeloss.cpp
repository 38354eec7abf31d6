// H11: handshakes complete, whatever the path loses or damages.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr int kHandshakes = 50;

/// Milliseconds of each handshake; prints what failed.
std::vector<std::int64_t> handshake_times(const LinkOptions& path) {
  std::vector<std::int64_t> times;
  for (std::uint64_t seed = 1; seed <= kHandshakes; ++seed) {
    Duo duo(seed, path);
    if (duo.connect() && duo.is_well())
      times.push_back((duo.world.now() - Instant()) / 1ms);
    else
      std::fprintf(stderr, "seed %d: %s\n", static_cast<int>(seed), duo.world.failure_report().c_str());
  }
  std::sort(times.begin(), times.end());
  return times;
}

void print(const char* what, const std::vector<std::int64_t>& times) {
  if (times.empty()) return;
  std::printf("%s: %zu of %d handshakes, p50 %lld ms, p99 %lld ms\n", what, times.size(), kHandshakes,
              static_cast<long long>(times[times.size() / 2]),
              static_cast<long long>(times[(times.size() * 99 - 1) / 100]));
}

// Threat H11.
// At 30 % the model of PROTOCOL.md gives a p99 of 4.5 s; one of fifty may lie beyond it.
void fifty_of_fifty_handshakes_complete_at_30_percent_loss_each_way(void**) {
  const auto times = handshake_times({.delay = 25ms, .loss_ppm = 300'000});
  print("30 % loss each way", times);
  assert_int_equal(times.size(), kHandshakes);
  assert_true(times[kHandshakes / 2] < 2'000);
  assert_true(times.back() < 15'000);
}

void fifty_of_fifty_handshakes_complete_with_30_percent_of_the_datagrams_damaged(void**) {
  const auto times = handshake_times({.delay = 25ms, .corrupt_ppm = 300'000});
  print("30 % corruption each way", times);
  assert_int_equal(times.size(), kHandshakes);
}

// Threat H11.
void fifty_of_fifty_handshakes_complete_with_every_fault_at_once(void**) {
  const auto times = handshake_times({.delay = 25ms,
                                      .jitter = 20ms,
                                      .loss_ppm = 300'000,
                                      .duplicate_ppm = 300'000,
                                      .reorder_ppm = 300'000,
                                      .reorder_delay = 100ms,
                                      .corrupt_ppm = 100'000});
  print("every fault", times);
  assert_int_equal(times.size(), kHandshakes);
}

void a_clean_path_takes_two_round_trips_with_a_cookie(void**) {
  const auto times = handshake_times({.delay = 25ms});
  print("clean", times);
  assert_int_equal(times.size(), kHandshakes);
  // INIT, RETRY, INIT, RESP, first packet, its answer: the server opens after 2.5 round trips, the client
  // after 3.
  assert_true(times.back() <= 151);
}

void messages_sent_during_the_handshake_arrive(void**) {
  for (std::uint64_t seed = 1; seed <= kHandshakes; ++seed) {
    Duo duo(seed, {.delay = 25ms, .loss_ppm = 300'000});
    duo.start();
    for (int i = 0; i < 5; ++i) assert_true(static_cast<bool>(duo.say("early")));
    duo.world.run_until([&] { return duo.at_server.messages.size() == 5; }, 60s);
    assert_true(duo.is_well());
    assert_int_equal(duo.at_server.messages.size(), 5);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(fifty_of_fifty_handshakes_complete_at_30_percent_loss_each_way),
      cmocka_unit_test(fifty_of_fifty_handshakes_complete_with_30_percent_of_the_datagrams_damaged),
      cmocka_unit_test(fifty_of_fifty_handshakes_complete_with_every_fault_at_once),
      cmocka_unit_test(a_clean_path_takes_two_round_trips_with_a_cookie),
      cmocka_unit_test(messages_sent_during_the_handshake_arrive),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
