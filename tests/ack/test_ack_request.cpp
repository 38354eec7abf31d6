// How seldom a sender wants to be answered.
#include "ack/ack_request.hpp"

#include "support/cmocka.hpp"

using namespace std::chrono_literals;
using namespace rudp::ack;
using rudp::Instant;

namespace {

const Instant kStart = Instant() + 1h;

AckRequest request() { return AckRequest({.packets = 2, .max_delay = 25ms}, 1ms); }
FlowToAck flow(std::uint64_t window) { return {window, false, 40ms}; }

void a_small_window_asks_for_nothing(void**) {
  AckRequest acks = request();
  assert_false(acks.next(kStart, flow(3 * kAcksPerWindow)).has_value());
  FlowToAck starting = flow(10'000);
  starting.in_slow_start = true;
  assert_false(acks.next(kStart, starting).has_value());
}

void a_large_one_asks_for_a_part_of_it_and_of_the_round_trip(void**) {
  AckRequest acks = request();
  const AckWish wish = acks.next(kStart, flow(10 * kAcksPerWindow)).value();
  assert_int_equal(wish.sequence, 0);
  assert_int_equal(wish.frequency.packets, 10);
  assert_true(wish.frequency.max_delay == 10ms);
  AckRequest greedy = request();
  assert_int_equal(greedy.next(kStart, flow(1'000'000)).value().frequency.packets, kAckPacketsMax);
}

void the_delay_stays_between_what_the_peer_takes_and_what_it_does_unasked(void**) {
  AckRequest acks = request();
  assert_true(acks.next(kStart, {1'000, false, 400us}).value().frequency.max_delay == 1ms);
  AckRequest far = request();
  assert_true(far.next(kStart, {1'000, false, 600ms}).value().frequency.max_delay == 25ms);
}

void it_asks_again_where_the_window_has_doubled_or_halved_and_once_a_round_trip(void**) {
  AckRequest acks = request();
  assert_true(acks.next(kStart, flow(8 * kAcksPerWindow)).has_value());
  assert_false(acks.next(kStart + 1s, flow(15 * kAcksPerWindow)).has_value());
  assert_int_equal(acks.next(kStart + 1s, flow(16 * kAcksPerWindow)).value().sequence, 1);
  assert_false(acks.next(kStart + 1s + 39ms, flow(0)).has_value());
  const AckWish least = acks.next(kStart + 1s + 40ms, flow(0)).value();
  assert_int_equal(least.frequency.packets, 2);
  assert_true(least.frequency.max_delay == 25ms);
}

void what_was_lost_is_asked_again_if_it_was_the_newest(void**) {
  AckRequest acks = request();
  acks.next(kStart, flow(8 * kAcksPerWindow));
  acks.next(kStart + 1s, flow(16 * kAcksPerWindow));
  acks.on_lost(0);
  assert_false(acks.next(kStart + 2s, flow(16 * kAcksPerWindow)).has_value());
  acks.on_lost(1);
  assert_int_equal(acks.next(kStart + 2s, flow(17 * kAcksPerWindow)).value().sequence, 2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_small_window_asks_for_nothing),
      cmocka_unit_test(a_large_one_asks_for_a_part_of_it_and_of_the_round_trip),
      cmocka_unit_test(the_delay_stays_between_what_the_peer_takes_and_what_it_does_unasked),
      cmocka_unit_test(it_asks_again_where_the_window_has_doubled_or_halved_and_once_a_round_trip),
      cmocka_unit_test(what_was_lost_is_asked_again_if_it_was_the_newest),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
