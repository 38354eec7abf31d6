#include "transfer/send_order.hpp"

#include "support/cmocka.hpp"

using namespace rudp::transfer;

namespace {

SendDemand demand_of(std::uint8_t level, std::size_t messages, std::size_t streams) {
  SendDemand demand;
  demand.flows[level] = {messages, streams};
  return demand;
}

SendDemand at_levels(std::uint8_t one, std::uint8_t other) {
  SendDemand demand = demand_of(one, 1, 0);
  demand.flows[other][0] = 1;
  return demand;
}

SendOrder::Choice first(const SendOrder& order, const SendDemand& demand) {
  const SendOrder::Choices choices = order.choices(demand);
  assert_true(choices.count > 0);
  return *choices.begin();
}

void the_more_urgent_level_goes_first_and_the_others_may_fill_up(void**) {
  SendOrder order;
  SendDemand demand = at_levels(2, 5);
  demand.flows[5][1] = 3;
  const SendOrder::Choices choices = order.choices(demand);
  assert_int_equal(choices.count, 3);
  assert_int_equal(choices.choices[0].level, 2);
  assert_int_equal(choices.choices[1].level, 5);
  assert_true(choices.choices[1].source == SendSource::messages);
  assert_true(choices.choices[2].source == SendSource::streams);
  assert_int_equal(order.choices({}).count, 0);
}

void lower_levels_are_owed_a_sixteenth(void**) {
  SendOrder order;
  const SendDemand demand = at_levels(0, 5);
  std::size_t urgent_bytes = 0, lower_bytes = 0;
  for (int step = 0; step < 16'000; ++step) {
    const SendOrder::Choice choice = first(order, demand);
    order.on_sent(choice, 1000, demand);
    (choice.level == 0 ? urgent_bytes : lower_bytes) += 1000;
  }
  assert_in_range(lower_bytes, 990'000, 1'010'000);
  assert_int_equal(urgent_bytes + lower_bytes, 16'000'000);
}

void nothing_is_owed_to_levels_that_have_nothing_to_send(void**) {
  SendOrder order;
  for (int step = 0; step < 100'000; ++step) order.on_sent({0, {}}, 1000, at_levels(0, 7));
  assert_true(order.owes(0));
  order.on_sent({0, {}}, 1000, demand_of(0, 1, 0));
  assert_false(order.owes(0));
}

void a_rest_forgets_no_debt(void**) {
  SendOrder order;
  order.rest();
  for (int step = 0; step < 100'000; ++step) order.on_sent({0, {}}, 1000, at_levels(0, 7));
  order.rest();
  assert_true(order.owes(0));
  order.on_sent({0, {}}, 1000, demand_of(0, 1, 0));
  order.rest();
  assert_false(order.owes(0));
}

void the_debt_is_bounded(void**) {
  SendOrder order;
  for (int step = 0; step < 100'000; ++step) order.on_sent({0, {}}, 1000, at_levels(0, 3));
  std::size_t paid = 0;
  for (; order.owes(0); paid += 1000) order.on_sent({3, {}}, 1000, demand_of(3, 1, 0));
  assert_in_range(paid, 1, kOwedBytesMax);
}

/// The share of the bytes that messages get, in percent.
std::size_t share_of_messages(const SendDemand& demand, std::size_t message_bytes, std::size_t stream_bytes) {
  SendOrder order;
  std::size_t messages = 0, total = 0;
  while (total < 10'000'000) {
    const SendOrder::Choice choice = first(order, demand);
    const bool is_message = choice.source == SendSource::messages;
    const std::size_t bytes = is_message ? message_bytes : stream_bytes;
    order.on_sent(choice, bytes, demand);
    total += bytes;
    if (is_message) messages += bytes;
  }
  return messages * 100 / total;
}

void messages_and_streams_of_a_level_share_by_their_flows(void**) {
  assert_in_range(share_of_messages(demand_of(4, 1, 1), 64, 1100), 49, 51);
  assert_in_range(share_of_messages(demand_of(4, 3, 1), 1100, 1100), 74, 76);
  assert_in_range(share_of_messages(demand_of(4, 1, 9), 200, 1100), 9, 11);
}

void who_waits_for_nothing_saves_nothing_up(void**) {
  SendOrder order;
  for (int step = 0; step < 1000; ++step)
    order.on_sent({4, SendSource::streams}, 1000, demand_of(4, 0, 1));
  const SendDemand both = demand_of(4, 1, 1);
  order.on_sent(first(order, both), 1000, both);
  assert_true(first(order, both).source == SendSource::streams);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_more_urgent_level_goes_first_and_the_others_may_fill_up),
      cmocka_unit_test(lower_levels_are_owed_a_sixteenth),
      cmocka_unit_test(nothing_is_owed_to_levels_that_have_nothing_to_send),
      cmocka_unit_test(a_rest_forgets_no_debt),
      cmocka_unit_test(the_debt_is_bounded),
      cmocka_unit_test(messages_and_streams_of_a_level_share_by_their_flows),
      cmocka_unit_test(who_waits_for_nothing_saves_nothing_up),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
