// chat/outbox: order of typing, window, resending.
#include "chat/outbox.hpp"

#include <string>

#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;

Outbox with(std::uint64_t count) {
  Outbox outbox;
  for (std::uint64_t id = 1; id <= count; ++id) {
    outbox.push({message_id(id), {}, "text " + std::to_string(id)}, true);
  }
  return outbox;
}

bool sends(Outbox& outbox, std::uint64_t id) {
  const OutboxEntry* entry = outbox.send_next(100);
  return entry != nullptr && entry->id == message_id(id);
}

void messages_leave_in_the_order_of_typing(void**) {
  Outbox outbox = with(3);
  for (std::uint64_t id = 1; id <= 3; ++id) assert_true(sends(outbox, id));
  assert_null(outbox.send_next(100));
  assert_int_equal(outbox.in_flight(), 3);
  assert_int_equal(outbox.size(), 3);
}

void no_more_than_the_window_are_in_flight(void**) {
  Outbox outbox = with(3);
  (void)outbox.send_next(2);
  (void)outbox.send_next(2);
  assert_null(outbox.send_next(2));
  assert_true(outbox.remove(message_id(1)).has_value());
  assert_true(outbox.send_next(2)->id == message_id(3));
}

void what_is_acknowledged_is_gone_and_only_once(void**) {
  Outbox outbox = with(2);
  (void)outbox.send_next(100);
  const auto item = outbox.remove(message_id(1));
  assert_true(item && item->entry.text == "text 1" && item->typed_here);
  assert_false(outbox.remove(message_id(1)).has_value());
  assert_null(outbox.find(message_id(1)));
  assert_int_equal(outbox.in_flight(), 0);
}

void what_is_refused_for_now_goes_out_again_before_what_follows(void**) {
  Outbox outbox = with(3);
  for (int i = 0; i < 3; ++i) (void)outbox.send_next(100);
  outbox.put_back(message_id(2));
  outbox.put_back(message_id(3));
  outbox.put_back(message_id(3));
  assert_int_equal(outbox.in_flight(), 1);
  assert_true(sends(outbox, 2));
  assert_true(sends(outbox, 3));
}

void after_a_lost_connection_everything_goes_out_again(void**) {
  Outbox outbox = with(3);
  for (int i = 0; i < 3; ++i) (void)outbox.send_next(100);
  outbox.put_back_all();
  assert_int_equal(outbox.in_flight(), 0);
  assert_true(sends(outbox, 1));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_leave_in_the_order_of_typing),
      cmocka_unit_test(no_more_than_the_window_are_in_flight),
      cmocka_unit_test(what_is_acknowledged_is_gone_and_only_once),
      cmocka_unit_test(what_is_refused_for_now_goes_out_again_before_what_follows),
      cmocka_unit_test(after_a_lost_connection_everything_goes_out_again),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
