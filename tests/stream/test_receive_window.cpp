#include "stream/receive_window.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::stream;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant() + 1h;
constexpr Duration kRtt = 50ms;

void credit_is_kept_and_announced_when_a_quarter_is_free(void**) {
  ReceiveWindow window(1000);
  assert_true(window.on_received(kStart, 600));
  assert_false(window.on_received(kStart, 401));
  window.on_consumed(kStart + 1s, 249, kRtt);
  assert_false(window.has_limit_to_announce());
  window.on_consumed(kStart + 1s, 1, kRtt);
  assert_int_equal(*window.limit_to_announce(), 1250);
  assert_false(window.has_limit_to_announce());
  window.on_limit_lost();
  assert_int_equal(*window.limit_to_announce(), 1250);
}

void a_sender_without_credit_hears_of_less(void**) {
  ReceiveWindow window(1600);
  assert_true(window.on_received(kStart, 1600));
  window.on_consumed(kStart, 99, kRtt);
  assert_false(window.has_limit_to_announce());
  window.on_consumed(kStart, 1, kRtt);
  assert_int_equal(*window.limit_to_announce(), 1700);
  window.on_consumed(kStart, 200, kRtt);
  assert_false(window.has_limit_to_announce());
}

/// Consumes a window in `time` and says whether it then wants to grow.
bool wants_to_grow_after(Duration time, Duration rtt) {
  ReceiveWindow window(1000);
  assert_true(window.on_received(kStart, 1000));
  window.on_consumed(kStart + time / 2, 500, rtt);
  assert_false(window.take_wants_to_grow());
  window.on_consumed(kStart + time, 500, rtt);
  const bool wants = window.take_wants_to_grow();
  assert_false(window.take_wants_to_grow());
  return wants;
}

void a_window_consumed_within_eight_round_trips_wants_to_grow(void**) {
  assert_true(wants_to_grow_after(399ms, kRtt));
  assert_false(wants_to_grow_after(400ms, kRtt));
  assert_false(wants_to_grow_after(1ms, 0ms));
}

void a_window_that_grew_is_worth_an_announcement(void**) {
  ReceiveWindow window(1000);
  window.grow_to(2000);
  assert_int_equal(*window.limit_to_announce(), 2000);
  assert_int_equal(window.window(), 2000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(credit_is_kept_and_announced_when_a_quarter_is_free),
      cmocka_unit_test(a_sender_without_credit_hears_of_less),
      cmocka_unit_test(a_window_consumed_within_eight_round_trips_wants_to_grow),
      cmocka_unit_test(a_window_that_grew_is_worth_an_announcement),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
