// chat/timeline: once, in order, gaps known.
#include "chat/timeline.hpp"

#include <string>
#include <vector>

#include "support/cmocka.hpp"

namespace {

using namespace chat;

Timeline make() { return Timeline(Conversation{1, ConversationKind::public_room, {}}); }

void arrive(Timeline& timeline, MessageNumber number) {
  timeline.accept({Message{number, "bob", std::to_string(number), 0, {}}, false, false});
}

std::vector<MessageNumber> shown(Timeline& timeline) {
  std::vector<MessageNumber> numbers;
  while (auto arrival = timeline.next()) numbers.push_back(arrival->message.number);
  return numbers;
}

using Numbers = std::vector<MessageNumber>;

void messages_in_order_are_shown_at_once(void**) {
  Timeline timeline = make();
  timeline.begin_after(4);
  for (MessageNumber number = 5; number <= 7; ++number) arrive(timeline, number);
  assert_true(shown(timeline) == (Numbers{5, 6, 7}));
  assert_false(timeline.is_behind());
}

void a_message_is_shown_once(void**) {
  Timeline timeline = make();
  timeline.begin_after(0);
  arrive(timeline, 1);
  arrive(timeline, 1);
  assert_true(shown(timeline) == Numbers{1});
  arrive(timeline, 1);
  assert_true(shown(timeline).empty());
}

void what_lies_behind_a_gap_waits(void**) {
  Timeline timeline = make();
  timeline.begin_after(0);
  arrive(timeline, 3);
  arrive(timeline, 2);
  assert_true(shown(timeline).empty());
  assert_true(timeline.is_behind());
  arrive(timeline, 1);
  assert_true(shown(timeline) == (Numbers{1, 2, 3}));
  assert_false(timeline.is_behind());
}

void deleted_messages_are_passed_over_once_that_is_known(void**) {
  Timeline timeline = make();
  timeline.begin_after(0);
  arrive(timeline, 3);
  arrive(timeline, 9);
  timeline.complete_to(6);
  assert_true(shown(timeline) == Numbers{3});
  assert_int_equal(timeline.shown(), 6);
  assert_true(timeline.is_behind());
  timeline.complete_to(8);
  assert_true(shown(timeline) == Numbers{9});
  assert_false(timeline.is_behind());
}

void without_a_beginning_nothing_is_shown(void**) {
  Timeline timeline = make();
  arrive(timeline, 8);
  arrive(timeline, 7);
  assert_true(shown(timeline).empty());
  assert_false(timeline.is_behind());
  timeline.begin_with_arrivals();
  assert_true(shown(timeline) == (Numbers{7, 8}));
  timeline.begin_with_arrivals();
  assert_int_equal(timeline.shown(), 8);
}

void the_beginning_forgets_what_lies_before_it(void**) {
  Timeline timeline = make();
  for (MessageNumber number = 1; number <= 6; ++number) arrive(timeline, number);
  timeline.begin_after(4);
  assert_true(shown(timeline) == (Numbers{5, 6}));
}

void what_arrived_before_the_beginning_was_known_can_be_kept(void**) {
  for (const MessageNumber begin : {2, 3, 4, 9}) {
    Timeline timeline = make();
    arrive(timeline, 4);
    timeline.begin_before_arrivals(begin);
    arrive(timeline, 3);
    assert_true(shown(timeline) == (begin == 2 ? Numbers{3, 4} : Numbers{4}));
  }
}

void what_is_too_far_ahead_is_dropped_and_remembered_as_missing(void**) {
  Timeline timeline = make();
  timeline.begin_after(0);
  const MessageNumber last = Timeline::kAheadMax + 50;
  for (MessageNumber number = 2; number <= last; ++number) arrive(timeline, number);
  arrive(timeline, 1);
  const Numbers numbers = shown(timeline);
  assert_int_equal(numbers.size(), Timeline::kAheadMax);
  assert_true(timeline.is_behind());
}

// A server that was restored from a backup gives numbers again that were shown before.
void a_server_that_went_back_is_followed(void**) {
  Timeline timeline = make();
  timeline.begin_after(0);
  for (MessageNumber number = 1; number <= 9; ++number) arrive(timeline, number);
  (void)shown(timeline);
  timeline.roll_back_to(12);
  assert_int_equal(timeline.shown(), 9);
  timeline.roll_back_to(5);
  arrive(timeline, 6);
  assert_true(shown(timeline) == Numbers{6});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_in_order_are_shown_at_once),
      cmocka_unit_test(a_message_is_shown_once),
      cmocka_unit_test(what_lies_behind_a_gap_waits),
      cmocka_unit_test(deleted_messages_are_passed_over_once_that_is_known),
      cmocka_unit_test(without_a_beginning_nothing_is_shown),
      cmocka_unit_test(the_beginning_forgets_what_lies_before_it),
      cmocka_unit_test(what_arrived_before_the_beginning_was_known_can_be_kept),
      cmocka_unit_test(what_is_too_far_ahead_is_dropped_and_remembered_as_missing),
      cmocka_unit_test(a_server_that_went_back_is_followed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
