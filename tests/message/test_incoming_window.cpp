// Credit for messages that grows where it holds the sender back.
#include "message/incoming.hpp"
#include "support/dice.hpp"

#include "support/cmocka.hpp"

using namespace rudp;
using namespace rudp::message;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kWindow = 64u << 10;
constexpr std::uint64_t kPieceBytes = 1024 - kMessageChargeBytes;
constexpr std::uint64_t kPieces = kWindow / 1024;

/// Takes that many windows, one after the other in `time` each, and says what the budget has paid.
std::uint64_t budget_after(std::uint64_t budget_bytes, Duration rtt, std::uint64_t windows, Duration time) {
  transfer::CreditBudget budget(budget_bytes);
  Incoming in({.window_bytes = kWindow}, budget);
  in.set_smoothed_rtt(rtt);
  Instant now = Instant() + 1h;
  for (std::uint64_t piece = 0; piece < windows * kPieces; ++piece) {
    const auto taken = in.on_message(now, Delivery::reliable_ordered, 0, static_cast<std::uint16_t>(piece),
                                     test::pattern(kPieceBytes, piece));
    assert_true(taken.has_value());
    ReceivedMessage message;
    assert_true(in.poll(message));
    (void)in.limit_to_announce();
    now += time / static_cast<std::int64_t>(kPieces);
  }
  return in.budget_bytes();
}

void a_window_that_holds_the_sender_back_doubles(void**) {
  assert_int_equal(budget_after(64u << 20, 50ms, 1, 100ms), kWindow);
  assert_int_equal(budget_after(64u << 20, 50ms, 1, 500ms), 0);
}

void it_grows_to_its_limit_and_leaves_half_of_the_budget(void**) {
  assert_int_equal(budget_after(64u << 20, 10s, 300, 100ms), kWindowBytesMax - kWindow);
  assert_int_equal(budget_after(1u << 20, 10s, 300, 100ms), 448u << 10);
}

void what_it_grew_by_comes_back_at_the_end(void**) {
  transfer::CreditBudget budget(64u << 20);
  {
    Incoming in({.window_bytes = 1024}, budget);
    in.set_smoothed_rtt(50ms);
    assert_true(in.on_message(Instant() + 1h, Delivery::reliable_ordered, 0, 0, test::pattern(kPieceBytes, 0))
                    .has_value());
    assert_int_equal(budget.free_bytes(), (64u << 20) - 1024);
  }
  assert_int_equal(budget.free_bytes(), 64u << 20);
}

void what_it_grew_by_comes_back_at_rest_and_what_was_promised_is_still_taken(void**) {
  transfer::CreditBudget budget(64u << 20);
  Incoming in({.window_bytes = kWindow}, budget);
  in.set_smoothed_rtt(10s);
  const Instant now = Instant() + 1h;
  std::uint16_t number = 0;
  const auto take = [&] {
    const auto bytes = test::pattern(kPieceBytes, number);
    return in.on_message(now, Delivery::reliable_ordered, 0, number++, bytes);
  };
  ReceivedMessage message;
  for (std::uint64_t piece = 0; piece < 4 * kPieces; ++piece) {
    assert_true(take().has_value() && in.poll(message));
    (void)in.limit_to_announce();
  }
  assert_true(budget.taken_bytes() >= 2 * kWindow);
  assert_true(in.can_rest());
  in.rest();
  assert_int_equal(budget.taken_bytes(), 0);
  // Nobody takes what comes now: beyond the first window it is paid for.
  in.set_smoothed_rtt(0ms);
  std::uint64_t here = 0;
  for (; take().has_value(); here += 1024)
    assert_int_equal(in.budget_bytes(), here + 1024 > kWindow ? here + 1024 - kWindow : 0);
  assert_true(here > 2 * kWindow);
  assert_int_equal(budget.taken_bytes(), here - kWindow);
  while (in.poll(message)) (void)in.limit_to_announce();
  assert_int_equal(budget.taken_bytes(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_window_that_holds_the_sender_back_doubles),
      cmocka_unit_test(it_grows_to_its_limit_and_leaves_half_of_the_budget),
      cmocka_unit_test(what_it_grew_by_comes_back_at_the_end),
      cmocka_unit_test(what_it_grew_by_comes_back_at_rest_and_what_was_promised_is_still_taken),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
