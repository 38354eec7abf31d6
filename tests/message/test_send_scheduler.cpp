#include "message/send_scheduler.hpp"

#include "support/cmocka.hpp"

using namespace rudp::message;

namespace {

/// A flow with `count` messages of one priority.
struct Queued : SendFlow {
  Queued(SendScheduler& scheduler, std::uint8_t urgency, int count) {
    for (int at = 0; at < count; ++at) scheduler.on_queued(*this, urgency);
  }
};

void flows_of_a_level_share_by_bytes(void**) {
  SendScheduler scheduler;
  Queued large(scheduler, 4, 1), small(scheduler, 4, 1);
  std::size_t large_bytes = 0, small_bytes = 0;
  for (int step = 0; step < 10'000; ++step) {
    SendFlow* const flow = scheduler.turn(4);
    const std::size_t bytes = flow == &large ? 1100 : 60;
    scheduler.on_sent(*flow, bytes);
    (flow == &large ? large_bytes : small_bytes) += bytes;
  }
  assert_in_range(large_bytes, small_bytes * 98 / 100, small_bytes * 102 / 100);
}

void small_messages_of_a_flow_stay_together_for_a_quantum(void**) {
  SendScheduler scheduler;
  Queued one(scheduler, 4, 100), other(scheduler, 4, 100);
  SendFlow* const first = scheduler.turn(4);
  for (int sent = 0; sent < 1200; sent += 60) {
    assert_ptr_equal(scheduler.turn(4), first);
    scheduler.on_sent(*first, 60);
  }
  assert_ptr_not_equal(scheduler.turn(4), first);
}

void an_ordered_flow_is_as_urgent_as_its_most_urgent_message(void**) {
  SendScheduler scheduler;
  Queued flow(scheduler, 6, 1);
  assert_true(scheduler.has_active(6));
  scheduler.on_queued(flow, 1);
  scheduler.on_queued(flow, 3);
  assert_false(scheduler.has_active(6));
  assert_true(scheduler.has_active(1));
  scheduler.on_dequeued(flow, 6);
  assert_true(scheduler.has_active(1));
  scheduler.on_dequeued(flow, 1);
  assert_true(scheduler.has_active(3));
  scheduler.on_dequeued(flow, 3);
  assert_false(scheduler.has_active(3));
  assert_true(flow.state == FlowState::idle);
}

void a_parked_flow_is_out_until_it_is_woken(void**) {
  SendScheduler scheduler;
  Queued one(scheduler, 4, 1), other(scheduler, 4, 1);
  scheduler.park(one, FlowState::waits_for_credit);
  scheduler.park(other, FlowState::waits_for_number);
  assert_null(scheduler.turn(4));
  scheduler.on_queued(one, 2);
  assert_false(scheduler.has_active(2));
  scheduler.wake_all_for_credit();
  assert_ptr_equal(scheduler.turn(2), &one);
  assert_null(scheduler.turn(4));
  scheduler.wake(other);
  assert_ptr_equal(scheduler.turn(4), &other);
}

void a_parked_flow_that_loses_its_last_message_is_idle(void**) {
  SendScheduler scheduler;
  Queued flow(scheduler, 4, 1), other(scheduler, 4, 2);
  scheduler.park(flow, FlowState::waits_for_credit);
  scheduler.park(other, FlowState::waits_for_credit);
  scheduler.on_dequeued(flow, 4);
  assert_true(flow.state == FlowState::idle);
  scheduler.on_dequeued(other, 4);
  assert_true(other.state == FlowState::waits_for_credit);
  scheduler.wake(other);
  assert_ptr_equal(scheduler.turn(4), &other);
  scheduler.wake_all_for_credit();
  assert_int_equal(scheduler.active_count(4), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(flows_of_a_level_share_by_bytes),
      cmocka_unit_test(small_messages_of_a_flow_stay_together_for_a_quantum),
      cmocka_unit_test(an_ordered_flow_is_as_urgent_as_its_most_urgent_message),
      cmocka_unit_test(a_parked_flow_is_out_until_it_is_woken),
      cmocka_unit_test(a_parked_flow_that_loses_its_last_message_is_idle),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
