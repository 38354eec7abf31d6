// The checker is shown what a broken transport would do. Two real endpoints lend their handles, so that it
// can match both ends of a connection.
#include "sim/checkers.hpp"
#include "sim/pair.hpp"

#include "support/cmocka.hpp"

using namespace sim_test;

namespace {

struct Checked {
  Checked() : pair(1) {
    pair.connect();
    checker.on_connect(pair.world, pair.client, pair.at_client, pair.server_address);
    checker.on_settled(pair.world, pair.client);
    Event connected;
    connected.connection = pair.at_server;
    checker.on_event(pair.world, pair.server, connected);
  }

  void sent(std::string_view text, SendOptions options = {}, SendStatus status = SendStatus::queued) {
    const auto bytes = to_bytes(text);
    const SendSeen seen{pair.client, pair.at_client, 0, bytes, options, {.status = status, .id = ++last_id}};
    if (checker.on_send(pair.world, seen)) ++complaints_about_sending;
  }
  bool accepts(std::string_view text, Delivery delivery = Delivery::reliable_ordered, ChannelId channel = 0) {
    const auto bytes = to_bytes(text);
    Event event;
    event.type = EventType::message;
    event.connection = pair.at_server;
    event.message = {channel, delivery, bytes};
    return !checker.on_event(pair.world, pair.server, event);
  }

  bool accepts_receipt(MessageId id, ReceiptStatus status = ReceiptStatus::delivered) {
    Event event;
    event.type = EventType::receipt;
    event.connection = pair.at_client;
    event.message_id = id;
    event.receipt = status;
    return !checker.on_event(pair.world, pair.client, event);
  }

  Pair pair;
  DeliveryChecker checker;
  MessageId last_id = 0;
  int complaints_about_sending = 0;
};

SendOptions as(Delivery delivery) { return {.delivery = delivery}; }

void messages_in_order_pass(void**) {
  Checked checked;
  checked.sent("one");
  checked.sent("two");
  assert_true(checked.accepts("one"));
  assert_true(checked.accepts("two"));
  assert_int_equal(checked.checker.report().reliable_sent, 2);
  assert_int_equal(checked.checker.report().reliable_delivered, 2);
  assert_int_equal(checked.checker.report().bytes_delivered, 6);
}

void an_ordered_message_before_its_turn_is_found(void**) {
  Checked checked;
  checked.sent("one");
  checked.sent("two");
  assert_false(checked.accepts("two"));
}

void an_altered_message_is_found(void**) {
  for (const Delivery delivery :
       {Delivery::reliable_ordered, Delivery::reliable_unordered, Delivery::unreliable, Delivery::latest}) {
    Checked checked;
    checked.sent("one", as(delivery));
    assert_false(checked.accepts("onE", delivery));
  }
}

void a_repeated_message_is_found(void**) {
  for (const Delivery delivery :
       {Delivery::reliable_ordered, Delivery::reliable_unordered, Delivery::unreliable, Delivery::latest}) {
    Checked checked;
    checked.sent("one", as(delivery));
    assert_true(checked.accepts("one", delivery));
    assert_false(checked.accepts("one", delivery));
  }
}

void a_message_nobody_sent_is_found(void**) {
  Checked checked;
  assert_false(checked.accepts("one"));
  checked.sent("one");
  assert_false(checked.accepts("one", Delivery::unreliable));
  assert_false(checked.accepts("one", Delivery::reliable_ordered, 7));
}

void unordered_kinds_may_come_in_any_order(void**) {
  for (const Delivery delivery : {Delivery::reliable_unordered, Delivery::unreliable}) {
    Checked checked;
    checked.sent("one", as(delivery));
    checked.sent("two", as(delivery));
    assert_true(checked.accepts("two", delivery));
    assert_true(checked.accepts("one", delivery));
  }
}

void equal_messages_are_counted(void**) {
  Checked checked;
  checked.sent("x", as(Delivery::unreliable));
  checked.sent("x", as(Delivery::unreliable));
  assert_true(checked.accepts("x", Delivery::unreliable));
  assert_true(checked.accepts("x", Delivery::unreliable));
  assert_false(checked.accepts("x", Delivery::unreliable));
}

void latest_may_skip_but_never_go_back(void**) {
  Checked checked;
  for (const auto text : {"one", "two", "three"}) checked.sent(text, as(Delivery::latest));
  assert_true(checked.accepts("two", Delivery::latest));
  assert_false(checked.accepts("one", Delivery::latest));
}

void a_deadline_lets_an_ordered_message_be_skipped(void**) {
  Checked checked;
  checked.sent("one", {.deadline = 1ms});
  checked.sent("two");
  checked.sent("three");
  assert_true(checked.accepts("two"));
  assert_true(checked.accepts("three"));
}

void a_refused_send_is_not_expected(void**) {
  Checked checked;
  checked.sent("one", {}, SendStatus::would_block);
  assert_int_equal(checked.checker.report().reliable_sent, 0);
  assert_false(checked.accepts("one"));
}

void a_receipt_before_the_arrival_is_found(void**) {
  Checked checked;
  checked.sent("long enough", {.receipt = true});
  assert_false(checked.accepts_receipt(1));
  assert_true(checked.accepts_receipt(1, ReceiptStatus::lost));
  assert_true(checked.accepts("long enough"));
  assert_true(checked.accepts_receipt(1));
}

void messages_with_a_deadline_are_counted_apart(void**) {
  Checked checked;
  checked.sent("one", {.deadline = 1ms});
  checked.sent("two");
  assert_true(checked.accepts("one"));
  assert_true(checked.accepts("two"));
  assert_int_equal(checked.checker.report().expiring_sent, 1);
  assert_int_equal(checked.checker.report().expiring_delivered, 1);
  assert_int_equal(checked.checker.report().reliable_delivered, 1);
}

void what_one_connection_sent_is_not_expected_on_another(void**) {
  Checked checked;
  checked.sent("one");
  const auto bytes = to_bytes("one");
  Event event;
  event.type = EventType::message;
  event.connection = checked.pair.at_client;  // back to where it came from
  event.message = {0, Delivery::reliable_ordered, bytes};
  assert_true(checked.checker.on_event(checked.pair.world, checked.pair.client, event).has_value());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_in_order_pass),
      cmocka_unit_test(an_ordered_message_before_its_turn_is_found),
      cmocka_unit_test(an_altered_message_is_found),
      cmocka_unit_test(a_repeated_message_is_found),
      cmocka_unit_test(a_message_nobody_sent_is_found),
      cmocka_unit_test(unordered_kinds_may_come_in_any_order),
      cmocka_unit_test(equal_messages_are_counted),
      cmocka_unit_test(latest_may_skip_but_never_go_back),
      cmocka_unit_test(a_deadline_lets_an_ordered_message_be_skipped),
      cmocka_unit_test(a_refused_send_is_not_expected),
      cmocka_unit_test(a_receipt_before_the_arrival_is_found),
      cmocka_unit_test(messages_with_a_deadline_are_counted_apart),
      cmocka_unit_test(what_one_connection_sent_is_not_expected_on_another),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
