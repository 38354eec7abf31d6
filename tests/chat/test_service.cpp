// chat/service: talking. (The way in has its own file, test_service_login.)
#include "chat/service.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "chat/service_rig.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

SendMessage to_all(std::uint64_t id, const std::string& text) { return {message_id(id), {}, text, false}; }

SendMessage to_one(std::uint64_t id, const std::string& name, const std::string& text) {
  return {message_id(id), {ConversationKind::private_talk, name}, text, false};
}

void a_public_message_is_stored_acknowledged_and_told_to_everyone_else(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.enter(3, "小明");
  rig.ask(1, to_all(7, "你好"));
  const Stored stored = rig.last<Stored>(1);
  assert_true(stored.client_message_id == message_id(7));
  assert_int_equal(stored.number, 1);
  assert_int_equal(stored.conversation.id, kPublicRoom);
  for (const SessionId other : {2, 3}) {
    const auto deliveries = rig.all<Delivery>(other);
    assert_int_equal(deliveries.size(), 1);
    assert_true(deliveries[0].message == (Message{1, "bob", "你好", stored.sent_unix_ms, message_id(7)}));
  }
  assert_true(rig.all<Delivery>(1).empty());
}

void nothing_is_acknowledged_or_told_before_it_is_stored(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.runs_store = false;
  rig.ask(1, to_all(7, "hi"));
  assert_true(rig.sent[1].empty() && rig.sent[2].empty());
  rig.run_store_once();
  assert_int_equal(rig.all<Stored>(1).size(), 1);
  assert_int_equal(rig.all<Delivery>(2).size(), 1);
}

// Threat U10.
void a_resend_gets_its_number_again_and_is_not_told_twice(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.ask(1, to_all(7, "hi"));
  rig.ask(1, to_all(7, "hi"));
  assert_int_equal(rig.all<Stored>(1).size(), 2);
  assert_true(rig.all<Stored>(1)[0] == rig.all<Stored>(1)[1]);
  assert_int_equal(rig.all<Delivery>(2).size(), 1);
}

void a_message_is_told_though_its_sender_is_gone_when_it_is_stored(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.runs_store = false;
  rig.ask(1, to_all(7, "last words"));
  rig.disconnect(1);
  rig.run_store_once();
  assert_string_equal(rig.last<Delivery>(2).message.text.c_str(), "last words");
}

void a_private_message_reaches_its_recipient_alone(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.enter(3, "mallory");
  rig.ask(1, to_one(7, "EVE", "psst"));
  assert_true(rig.last<Stored>(1).recipient_online);
  assert_string_equal(rig.last<Stored>(1).conversation.peer.c_str(), "eve");
  const Delivery delivery = rig.last<Delivery>(2);
  assert_string_equal(delivery.message.text.c_str(), "psst");
  assert_string_equal(delivery.conversation.peer.c_str(), "bob");
  assert_true(delivery.conversation.kind == ConversationKind::private_talk);
  assert_true(rig.all<Delivery>(3).empty());
}

void a_private_message_to_somebody_offline_waits_for_the_next_login(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.disconnect(2);
  rig.ask(1, to_one(7, "eve", "psst"));
  assert_false(rig.last<Stored>(1).recipient_online);
  rig.greet(3);
  rig.ask(3, Login{"eve", "password of eve", {}});
  const auto list = rig.last<LoggedIn>(3).conversations.conversations;
  assert_int_equal(list.size(), 2);
  assert_int_equal(list[1].last_number, 1);
  assert_int_equal(list[1].delivered_number, 0);
  rig.ask(3, Fetch{list[1].conversation.id, 0, 0});
  assert_string_equal(rig.last<Page>(3).messages.at(0).text.c_str(), "psst");
}

void an_unknown_recipient_is_named_in_the_refusal(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  for (const std::string name : {"nobody", "no body", ""}) {
    rig.ask(1, to_one(7, name, "psst"));
    const Refused refused = rig.last<Refused>(1);
    assert_true(refused.code == RefusalCode::unknown_recipient);
    assert_string_equal(refused.parameters.at(0).c_str(), name.c_str());
    assert_int_equal(refused.retry_after_ms, 0);
  }
}

void texts_that_steer_terminals_are_refused(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.ask(1, to_all(1, "\x1b[2J"));
  assert_true(rig.refusal(1) == RefusalCode::text_characters);
  rig.ask(1, to_all(2, ""));
  assert_true(rig.refusal(1) == RefusalCode::text_empty);
  rig.ask(1, to_all(3, std::string(kTextBytesMaxDefault + 1, 'x')));
  assert_true(rig.refusal(1) == RefusalCode::text_too_long);
  assert_string_equal(rig.last<Refused>(1).parameters.at(0).c_str(), "65536");
  rig.ask(1, to_all(4, std::string(kTextBytesMaxDefault, 'x')));
  assert_int_equal(rig.all<Stored>(1).size(), 1);
}

// Threat U13, and the order in which a person wrote.
void a_flood_is_refused_and_what_follows_must_not_overtake(void**) {
  ServiceOptions options;
  options.messages_per_account = {100ms, 3};
  ServiceRig rig(options);
  rig.enter(1, "bob");
  for (std::uint64_t id = 1; id <= 4; ++id) rig.ask(1, to_all(id, "x"));
  assert_int_equal(rig.all<Stored>(1).size(), 3);
  assert_true(rig.refusal(1) == RefusalCode::rate_limited);
  assert_int_equal(rig.last<Refused>(1).retry_after_ms, 100);
  rig.wait(1s);
  rig.ask(1, to_all(5, "overtakes"));
  assert_true(rig.refusal(1) == RefusalCode::out_of_turn);
  SendMessage again = to_all(4, "x");
  again.restart = true;
  rig.ask(1, again);
  rig.ask(1, to_all(5, "follows"));
  assert_int_equal(rig.all<Stored>(1).size(), 5);
}

void a_failing_store_acknowledges_nothing_and_says_when_to_try_again(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.engine.fail_with(StoreFailure{StoreError::full, "disk full"});
  rig.ask(1, to_all(1, "x"));
  assert_true(rig.refusal(1) == RefusalCode::storage_full);
  assert_true(rig.last<Refused>(1).retry_after_ms >= 1'000);
  assert_true(rig.all<Stored>(1).empty() && rig.all<Delivery>(2).empty());
  assert_false(rig.stop.has_value());
  assert_int_equal(rig.logged(LogKind::storage_failed), 1);
  rig.engine.fail_with({});
  SendMessage again = to_all(1, "x");
  again.restart = true;
  rig.ask(1, again);
  assert_int_equal(rig.last<Stored>(1).number, 1);
}

void what_follows_a_message_that_could_not_be_stored_is_not_stored_either(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.runs_store = false;
  rig.ask(1, to_all(1, "one"));
  rig.ask(1, to_all(2, "two"));
  rig.engine.fail_with(StoreFailure{StoreError::full, "disk full"});
  rig.run_store_once();
  rig.engine.fail_with({});
  rig.run_store_once();
  assert_true(rig.all<Stored>(1).empty());
  assert_true(rig.refusal(1) == RefusalCode::out_of_turn);
  assert_true(rig.last<Refused>(1).retry_after_ms > 0);
}

// Threat D3.
void a_broken_store_stops_the_server(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.engine.fail_with(StoreFailure{StoreError::broken, "fsync failed"});
  rig.ask(1, to_all(1, "x"));
  assert_true(rig.stop == "fsync failed");
  assert_true(rig.all<Stored>(1).empty());
}

// Threat U9.
void others_conversations_cannot_be_fetched(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.enter(3, "mallory");
  rig.ask(1, to_one(7, "eve", "psst"));
  const ConversationId talk = rig.last<Stored>(1).conversation.id;
  rig.ask(3, Fetch{talk, 0, 0});
  assert_true(rig.refusal(3) == RefusalCode::unknown_conversation);
  assert_true(rig.all<Page>(3).empty());
}

void what_was_received_is_not_announced_again(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.ask(1, to_one(7, "eve", "psst"));
  rig.ask(2, Received{{{rig.last<Delivery>(2).conversation.id, 1}}});
  rig.disconnect(2);
  rig.greet(3);
  rig.ask(3, Login{"eve", "password of eve", {}});
  assert_int_equal(rig.last<LoggedIn>(3).conversations.conversations.size(), 1);
}

void marks_of_one_conversation_are_one_mark(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.runs_store = false;
  rig.ask(1, Received{{{5, 2}, {4, 1}, {5, 9}, {5, 3}}});
  const auto& mark = std::get<MarkDelivered>(rig.store_queue.at(0).request);
  assert_true(mark.up_to == (std::vector<Seen>{{4, 1}, {5, 9}}));
}

void who_names_those_online_in_order(void**) {
  ServiceRig rig;
  rig.enter(1, "zoe");
  rig.enter(2, "bob");
  rig.enter(3, "eve");
  rig.disconnect(3);
  rig.ask(1, Who{});
  assert_true(rig.last<WhoResult>(1) == (WhoResult{{"bob", "zoe"}, 2}));
}

void joins_and_leaves_are_told_to_the_others(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.wait(1s);
  rig.greet(2);
  rig.ask(2, Register{"eve", "password of eve"});
  assert_true(rig.last<Presence>(1) == (Presence{{"eve"}, {}}));
  assert_true(rig.all<Presence>(2).empty());
  rig.wait(1s);
  rig.disconnect(2);
  assert_true(rig.last<Presence>(1) == (Presence{{}, {"eve"}}));
}

// Threat R8: a reader that is too slow costs a list of numbers, not a queue of texts.
void a_blocked_session_is_told_later_where_to_fetch(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.service.handle_blocked(rig.now, 2);
  for (std::uint64_t id = 1; id <= 5; ++id) rig.ask(1, to_all(id, "x"));
  rig.ask(1, to_one(6, "eve", "psst"));
  assert_true(rig.sent[2].empty());
  rig.service.handle_writable(rig.now, 2);
  rig.drain();
  const ConversationList list = rig.last<ConversationList>(2);
  assert_int_equal(list.conversations.size(), 2);
  assert_int_equal(list.conversations[0].last_number, 5);
  assert_int_equal(list.conversations[0].delivered_number, 0);
  assert_string_equal(list.conversations[1].conversation.peer.c_str(), "bob");
  rig.ask(1, to_all(9, "live again"));
  assert_string_equal(rig.last<Delivery>(2).message.text.c_str(), "live again");
}

void too_many_operations_at_once_are_refused(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.runs_store = false;
  for (std::uint64_t id = 0; id < Service::kOperationsPerSessionMax; ++id) rig.ask(1, to_all(id, "x"));
  assert_true(rig.sent[1].empty());
  rig.ask(1, to_all(9'999, "one too many"));
  assert_true(rig.refusal(1) == RefusalCode::busy);
  assert_true(rig.last<Refused>(1).retry_after_ms > 0);
}

void malformed_bytes_close_the_session_and_nobody_elses(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  const std::vector<std::uint8_t> garbage{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  rig.service.handle_message(rig.now, 1, garbage);
  rig.drain();
  assert_true(rig.refusal(1) == RefusalCode::malformed);
  assert_true(rig.closed == std::set<SessionId>{1});
  assert_int_equal(rig.service.statistics().malformed, 1);
  assert_int_equal(rig.logged(LogKind::refused_bytes), 1);
  rig.ask(2, Who{});
  assert_true(rig.last<WhoResult>(2) == (WhoResult{{"eve"}, 1}));
}

void an_unknown_request_is_refused_and_the_session_lives(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.ask(1, UnknownRequest{});
  assert_true(rig.refusal(1) == RefusalCode::unknown_request);
  assert_true(rig.closed.empty());
}

void closing_tells_everyone_and_still_acknowledges_what_is_under_way(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.runs_store = false;
  rig.ask(1, to_all(1, "just in time"));
  rig.service.close(rig.now, {ClosingReason::restarting, 2'000, {}});
  rig.drain();
  assert_int_equal(rig.all<ServerClosing>(1).size(), 1);
  assert_true(rig.closed == std::set<SessionId>{2});
  rig.run_store_once();
  assert_int_equal(rig.all<Stored>(1).size(), 1);
  assert_true(rig.closed == (std::set<SessionId>{1, 2}));
  rig.connect(3);
  assert_int_equal(rig.all<ServerClosing>(3).size(), 1);
  assert_int_equal(rig.closed.count(3), 1);
  assert_int_equal(rig.service.statistics().sessions, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_public_message_is_stored_acknowledged_and_told_to_everyone_else),
      cmocka_unit_test(nothing_is_acknowledged_or_told_before_it_is_stored),
      cmocka_unit_test(a_resend_gets_its_number_again_and_is_not_told_twice),
      cmocka_unit_test(a_message_is_told_though_its_sender_is_gone_when_it_is_stored),
      cmocka_unit_test(a_private_message_reaches_its_recipient_alone),
      cmocka_unit_test(a_private_message_to_somebody_offline_waits_for_the_next_login),
      cmocka_unit_test(an_unknown_recipient_is_named_in_the_refusal),
      cmocka_unit_test(texts_that_steer_terminals_are_refused),
      cmocka_unit_test(a_flood_is_refused_and_what_follows_must_not_overtake),
      cmocka_unit_test(a_failing_store_acknowledges_nothing_and_says_when_to_try_again),
      cmocka_unit_test(what_follows_a_message_that_could_not_be_stored_is_not_stored_either),
      cmocka_unit_test(a_broken_store_stops_the_server),
      cmocka_unit_test(others_conversations_cannot_be_fetched),
      cmocka_unit_test(what_was_received_is_not_announced_again),
      cmocka_unit_test(marks_of_one_conversation_are_one_mark),
      cmocka_unit_test(who_names_those_online_in_order),
      cmocka_unit_test(joins_and_leaves_are_told_to_the_others),
      cmocka_unit_test(a_blocked_session_is_told_later_where_to_fetch),
      cmocka_unit_test(too_many_operations_at_once_are_refused),
      cmocka_unit_test(malformed_bytes_close_the_session_and_nobody_elses),
      cmocka_unit_test(an_unknown_request_is_refused_and_the_session_lives),
      cmocka_unit_test(closing_tells_everyone_and_still_acknowledges_what_is_under_way),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
