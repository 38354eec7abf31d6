// What the statistics say of a path's rate.
#include "congestion/bandwidth_estimate.hpp"

#include "support/cmocka.hpp"

using namespace rudp::congestion;

namespace {

struct Flow {
  /// So many rounds of one packet each, delivered at that rate.
  void rounds(int count, std::uint64_t rate, bool app_limited = false) {
    for (int i = 0; i < count; ++i) {
      estimate.on_packet_sent(number);
      estimate.on_ack(number++, RateSample{rate, app_limited});
    }
  }
  BandwidthEstimate estimate;
  rudp::PacketNumber number = 1;
};

void nothing_is_known_at_first(void**) {
  Flow flow;
  assert_int_equal(flow.estimate.bytes_per_second(), 0);
  flow.estimate.on_ack(0, {});
  assert_int_equal(flow.estimate.bytes_per_second(), 0);
}

void the_highest_rate_counts_for_five_to_ten_rounds(void**) {
  Flow flow;
  flow.rounds(1, 1'000);
  flow.rounds(4, 500);
  assert_int_equal(flow.estimate.bytes_per_second(), 1'000);
  flow.rounds(10, 500);
  assert_int_equal(flow.estimate.bytes_per_second(), 500);
}

void an_application_that_says_little_does_not_make_the_path_slow(void**) {
  Flow flow;
  flow.rounds(2, 1'000);
  flow.rounds(100, 10, true);
  assert_int_equal(flow.estimate.bytes_per_second(), 1'000);
  flow.rounds(1, 2'000, true);
  assert_int_equal(flow.estimate.bytes_per_second(), 2'000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_known_at_first),
      cmocka_unit_test(the_highest_rate_counts_for_five_to_ten_rounds),
      cmocka_unit_test(an_application_that_says_little_does_not_make_the_path_slow),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
