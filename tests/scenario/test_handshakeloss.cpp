// H11: handshakes complete, whatever the path loses.
#include "handshake_times.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr int kHandshakes = 1000;
constexpr int kMessages = 5;

// Threat H11.
void a_thousand_of_a_thousand_handshakes_complete_at_30_percent_loss_each_way(void**) {
  const auto times = handshake_times("30 % loss each way", kHandshakes, {.delay = 25ms, .loss_ppm = 300'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 6'000);
}

// Threat H11.
void a_thousand_of_a_thousand_handshakes_complete_at_50_percent_loss_each_way(void**) {
  const auto times = handshake_times("50 % loss each way", kHandshakes, {.delay = 25ms, .loss_ppm = 500'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 15'000);
}

// Threat H11.
void long_round_trips_do_not_make_it_worse_than_they_must(void**) {
  const auto times = handshake_times("50 % loss each way, 300 ms round trip", kHandshakes,
                                     {.delay = 150ms, .loss_ppm = 500'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 15'000);
}

// A burst takes four datagrams on average, or all for up to 2 s.
// Threat H11.
void bursts_of_losses_are_outlived(void**) {
  const auto times = handshake_times("bursts", kHandshakes,
                                     {.delay = 25ms, .burst_begin_ppm = 200'000, .burst_end_ppm = 250'000});
  assert_int_equal(times.size(), kHandshakes);
  assert_true(p99(times) <= 15'000);
}

// Threat H11.
void every_fault_at_once_is_outlived(void**) {
  const auto times = handshake_times("every fault", kHandshakes,
                                     {.delay = 25ms,
                                      .jitter = 20ms,
                                      .loss_ppm = 300'000,
                                      .duplicate_ppm = 300'000,
                                      .reorder_ppm = 500'000,
                                      .reorder_delay = 100ms,
                                      .corrupt_ppm = 100'000});
  assert_int_equal(times.size(), kHandshakes);
}

void a_clean_path_takes_two_round_trips_with_a_cookie(void**) {
  const auto times = handshake_times("clean", 50, {.delay = 25ms});
  assert_int_equal(times.size(), 50);
  // INIT, RETRY, INIT, RESP, first packet, its answer: the server opens after 2.5 round trips, the client
  // after 3.
  assert_true(times.back() <= 151);
}

// Threat H11.
void messages_sent_during_the_handshake_arrive(void**) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Duo duo(seed, {.delay = 25ms, .loss_ppm = 300'000});
    duo.start();
    for (int i = 0; i < kMessages; ++i) assert_true(static_cast<bool>(duo.say("early")));
    duo.world.run_until([&] { return duo.at_server.messages.size() == kMessages; }, 60s);
    assert_true(duo.is_well());
    assert_int_equal(duo.at_server.messages.size(), kMessages);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_thousand_of_a_thousand_handshakes_complete_at_30_percent_loss_each_way),
      cmocka_unit_test(a_thousand_of_a_thousand_handshakes_complete_at_50_percent_loss_each_way),
      cmocka_unit_test(long_round_trips_do_not_make_it_worse_than_they_must),
      cmocka_unit_test(bursts_of_losses_are_outlived),
      cmocka_unit_test(every_fault_at_once_is_outlived),
      cmocka_unit_test(a_clean_path_takes_two_round_trips_with_a_cookie),
      cmocka_unit_test(messages_sent_during_the_handshake_arrive),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
