// chat/client_session_talk: messages out and in, against a server that the test plays.
#include "chat/client_session.hpp"

#include <string>
#include <vector>

#include "chat/client_rig.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace client_rig;

void a_first_login_shows_the_last_fifty_lines(void**) {
  Rig rig;
  rig.session.login(rig.now, "bob", "correct horse");
  rig.connect();
  rig.hear(rig.said().id, LoggedIn{"bob", {}, 0, {{{kRoom, 120, 0}}, 0}});
  const Request fetch = rig.said();
  assert_true(fetch.body == RequestBody(Fetch{kPublicRoom, 70, 0}));
  rig.hear(fetch.id, page_of(kPublicRoom, 71, 120));
  assert_int_equal(rig.shown().size(), 50);
  assert_true(rig.all<MessageArrived>().at(0).history);
  assert_true(rig.session.is_caught_up());
}

void what_came_while_the_link_was_away_is_fetched_and_nothing_twice(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Delivery{kRoom, from_eve(1)});
  rig.come_back({{{kRoom, 4, 0}}, 0});
  assert_false(rig.session.is_caught_up());
  const Request fetch = rig.said();
  assert_true(fetch.body == RequestBody(Fetch{kPublicRoom, 1, 0}));
  rig.hear(0, Delivery{kRoom, from_eve(5)});
  rig.hear(fetch.id, page_of(kPublicRoom, 2, 4));
  assert_true(rig.shown() == (Numbers{1, 2, 3, 4, 5}));
  assert_true(rig.session.is_caught_up());
}

void a_gap_between_live_messages_is_fetched(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Delivery{kRoom, from_eve(1)});
  rig.hear(0, Delivery{kRoom, from_eve(4)});
  const Request fetch = rig.said();
  assert_true(fetch.body == RequestBody(Fetch{kPublicRoom, 1, 0}));
  rig.hear(fetch.id, page_of(kPublicRoom, 2, 4));
  assert_true(rig.shown() == (Numbers{1, 2, 3, 4}));
}

void a_long_gap_is_fetched_page_by_page(void**) {
  Rig rig;
  rig.enter();
  rig.come_back({{{kRoom, 30, 0}}, 0});
  for (MessageNumber from = 0; from < 30; from += 10) {
    const Request fetch = rig.said();
    assert_true(fetch.body == RequestBody(Fetch{kPublicRoom, from, 0}));
    Page page = page_of(kPublicRoom, from + 1, from + 10);
    page.last_number = 30;
    rig.hear(fetch.id, page);
  }
  assert_int_equal(rig.shown().size(), 30);
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

void a_fetch_refused_for_now_is_tried_again(void**) {
  Rig rig;
  rig.enter();
  rig.come_back({{{kRoom, 2, 0}}, 0});
  rig.hear(rig.said().id, Refused{RefusalCode::rate_limited, {}, 50});
  rig.wait(50ms);
  const Request fetch = rig.said();
  rig.hear(fetch.id, page_of(kPublicRoom, 1, 2));
  assert_true(rig.shown() == (Numbers{1, 2}));
}

void private_messages_are_marked_as_received_a_moment_later(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Delivery{kTalk, from_eve(1)});
  rig.hear(0, Delivery{kTalk, from_eve(2)});
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
  rig.wait(200ms);
  assert_true(rig.said().body == RequestBody(Received{{{kTalk.id, 2}}}));
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

void a_conversation_unknown_before_begins_with_its_first_message(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Delivery{kTalk, from_eve(7)});
  assert_true(rig.shown() == Numbers{7});
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

void while_the_list_is_incomplete_an_unknown_conversation_waits(void**) {
  Rig rig;
  rig.session.login(rig.now, "bob", "correct horse");
  rig.connect();
  rig.hear(rig.said().id, LoggedIn{"bob", {}, 0, {{{kRoom, 0, 0}}, 4}});
  const Request more = rig.said();
  assert_true(more.body == RequestBody(ListConversations{4}));
  rig.hear(0, Delivery{kTalk, from_eve(3)});
  assert_true(rig.shown().empty());
  rig.hear(more.id, ConversationList{{{kTalk, 2, 1}}, 0});
  const Request fetch = rig.said();
  assert_true(fetch.body == RequestBody(Fetch{kTalk.id, 1, 0}));
  rig.hear(fetch.id, page_of(kTalk.id, 2, 3));
  assert_true(rig.shown() == (Numbers{2, 3}));
}

// Held back while the connection was slow, a later message is told of before the list is complete.
void a_message_that_waits_for_the_list_is_not_forgotten_for_a_later_one(void**) {
  Rig rig;
  rig.session.login(rig.now, "bob", "correct horse");
  rig.connect();
  rig.hear(rig.said().id, LoggedIn{"bob", {}, 0, {{{kRoom, 0, 0}}, 9}});
  (void)rig.said();  // the rest of the list is asked for
  rig.hear(0, Delivery{kTalk, from_eve(3)});
  rig.hear(0, ConversationList{{{kTalk, 4, 3}}, 0});
  assert_true(rig.shown() == Numbers{3});
  const Request fetch = rig.said();
  assert_true(fetch.body == RequestBody(Fetch{kTalk.id, 3, 0}));
  rig.hear(fetch.id, page_of(kTalk.id, 4, 4));
  assert_true(rig.shown() == (Numbers{3, 4}));
}

void a_list_refused_for_now_is_asked_for_again(void**) {
  Rig rig;
  rig.session.login(rig.now, "bob", "correct horse");
  rig.connect();
  rig.hear(rig.said().id, LoggedIn{"bob", {}, 0, {{{kRoom, 0, 0}}, 4}});
  rig.hear(rig.said().id, Refused{RefusalCode::busy, {}, 50});
  assert_true(rig.all<RequestRefused>().empty());
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
  assert_true(rig.session.poll_timeout() == rig.now + 50ms);
  rig.wait(50ms);
  const Request again = rig.said();
  assert_true(again.body == RequestBody(ListConversations{4}));
  rig.hear(again.id, ConversationList{{}, 0});
  assert_true(rig.session.is_caught_up());
}

void a_list_is_not_asked_for_again_over_a_link_that_is_gone(void**) {
  Rig rig;
  rig.session.login(rig.now, "bob", "correct horse");
  rig.connect();
  rig.hear(rig.said().id, LoggedIn{"bob", std::vector<std::uint8_t>(32, 9), 0, {{{kRoom, 0, 0}}, 4}});
  rig.hear(rig.said().id, Refused{RefusalCode::busy, {}, 50});
  rig.come_back({{{kRoom, 0, 0}}, 0});
  rig.wait(50ms);
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

void a_sent_message_is_kept_until_it_is_acknowledged(void**) {
  Rig rig;
  rig.enter();
  const auto id = rig.session.send(rig.now, kToAll, "hello");
  assert_true(id.has_value());
  assert_int_equal(rig.outbox.kept["bob"].size(), 1);
  const Request send = rig.said();
  assert_true(send.body == RequestBody(SendMessage{*id, kToAll, "hello", false}));
  rig.hear(send.id, Stored{*id, kRoom, 1, 77, false});
  assert_true(rig.outbox.kept["bob"].empty());
  assert_int_equal(rig.session.outbox_size(), 0);
  assert_true(rig.all<MessageStored>().at(0).id == *id);
  const MessageArrived arrived = rig.all<MessageArrived>().at(0);
  assert_true(arrived.own && arrived.from_here && arrived.message.text == "hello");
}

void what_was_not_acknowledged_goes_out_again_under_the_same_id(void**) {
  Rig rig;
  rig.enter();
  const auto id = rig.session.send(rig.now, kToAll, "hello");
  (void)rig.said();
  rig.come_back({{{kRoom, 1, 0}}, 0});
  const Request fetch = rig.said();
  const Request send = rig.said();
  assert_true(send.body == RequestBody(SendMessage{*id, kToAll, "hello", false}));
  rig.hear(fetch.id, Page{kPublicRoom, {{1, "bob", "hello", 77, *id}}, 1, 1});
  rig.hear(send.id, Stored{*id, kRoom, 1, 77, false});
  assert_true(rig.shown() == Numbers{1});
  assert_true(rig.all<MessageArrived>().at(0).from_here);
  assert_int_equal(rig.all<MessageStored>().size(), 1);
}

void a_message_typed_without_a_link_waits_for_it(void**) {
  Rig rig;
  rig.enter();
  rig.session.handle_disconnected(rig.now);
  const auto id = rig.session.send(rig.now, kToAll, "patience");
  assert_true(id.has_value());
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
  rig.come_back({{{kRoom, 0, 0}}, 0});
  assert_true(std::get<SendMessage>(rig.said().body).text == "patience");
}

void an_outbox_kept_by_a_former_run_is_sent_at_login(void**) {
  Rig rig;
  rig.outbox.kept["bob"] = {{message_id(8), kToAll, "from before the crash"}};
  rig.enter();
  const Request send = rig.said();
  assert_true(send.body == RequestBody(SendMessage{message_id(8), kToAll, "from before the crash", false}));
  rig.hear(send.id, Stored{message_id(8), kRoom, 1, 0, false});
  assert_false(rig.all<MessageArrived>().at(0).from_here);
}

void a_message_that_can_never_be_stored_comes_back_with_its_text(void**) {
  Rig rig;
  rig.enter();
  const Target nobody{ConversationKind::private_talk, "nobody"};
  (void)rig.session.send(rig.now, nobody, "psst");
  rig.hear(rig.said().id, Refused{RefusalCode::unknown_recipient, {"nobody"}, 0});
  const MessageFailed failed = rig.all<MessageFailed>().at(0);
  assert_true(failed.target == nobody && failed.text == "psst");
  assert_int_equal(rig.session.outbox_size(), 0);
  assert_true(rig.outbox.kept["bob"].empty());
}

void after_a_refusal_for_now_all_begin_again_in_order(void**) {
  Rig rig;
  rig.enter();
  for (const char* text : {"one", "two", "three"}) (void)rig.session.send(rig.now, kToAll, text);
  const Request one = rig.said();
  const Request two = rig.said();
  const Request three = rig.said();
  rig.hear(one.id, Stored{std::get<SendMessage>(one.body).client_message_id, kRoom, 1, 0, false});
  rig.hear(two.id, Refused{RefusalCode::rate_limited, {}, 100});
  rig.wait(100ms);
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));  // the third is not answered yet
  rig.hear(three.id, Refused{RefusalCode::out_of_turn, {}, 1'000});
  assert_int_equal(rig.all<SendingPaused>().size(), 1);
  const auto again = std::get<SendMessage>(rig.said().body);
  assert_true(again.text == "two" && again.restart);
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));  // what was refused is tried by one
  rig.hear(0, Stored{again.client_message_id, kRoom, 2, 0, false});
  const auto then = std::get<SendMessage>(rig.said().body);
  assert_true(then.text == "three" && !then.restart);
}

void bad_texts_and_full_disks_are_refused_before_anything_is_kept(void**) {
  Rig rig;
  assert_true(rig.session.send(rig.now, kToAll, "too early").error() == RefusalCode::not_logged_in);
  rig.enter();
  assert_true(rig.session.send(rig.now, kToAll, "").error() == RefusalCode::text_empty);
  assert_true(rig.session.send(rig.now, kToAll, "\x1b[2J").error() == RefusalCode::text_characters);
  assert_true(rig.session.send(rig.now, kToAll, "\xff").error() == RefusalCode::text_characters);
  assert_true(rig.session.send(rig.now, kToAll, std::string(65'537, 'x')).error() ==
              RefusalCode::text_too_long);
  rig.outbox.is_full = true;
  assert_true(rig.session.send(rig.now, kToAll, "hello").error() == RefusalCode::storage_unavailable);
  assert_int_equal(rig.session.outbox_size(), 0);
}

void a_recipient_that_no_server_could_read_is_refused_before_anything_is_kept(void**) {
  Rig rig;
  rig.enter();
  for (const std::string& name : {std::string("b\xff"), std::string(513, 'n')}) {
    const Target target{ConversationKind::private_talk, name};
    assert_true(rig.session.send(rig.now, target, "hi").error() == RefusalCode::unknown_recipient);
  }
  assert_true(rig.outbox.kept["bob"].empty());
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

// Sent, each of these would end the connection, this time and every other.
void kept_messages_that_no_server_would_read_fail_and_let_the_others_pass(void**) {
  Rig rig;
  const Target nobody{ConversationKind::private_talk, "Jos\xe9"};
  rig.outbox.kept["bob"] = {{message_id(1), nobody, "hello"},
                            {message_id(2), kToAll, std::string(65'537, 'x')},
                            {message_id(3), kToAll, "behind them"}};
  rig.session.login(rig.now, "bob", "correct horse");
  rig.connect();
  rig.hear(rig.said().id, LoggedIn{"bob", {}, 0, {{{kRoom, 0, 0}}, 0}});
  const auto failed = rig.all<MessageFailed>();
  assert_int_equal(failed.size(), 2);
  assert_true(failed[0].target == nobody && failed[0].text == "hello");
  assert_true(failed[0].refusal == (Refused{RefusalCode::unknown_recipient, {"Jos\xe9"}, 0}));
  assert_true(failed[1].id == message_id(2));
  assert_true(failed[1].refusal == (Refused{RefusalCode::text_too_long, {"65536"}, 0}));
  assert_true(rig.said().body == RequestBody(SendMessage{message_id(3), kToAll, "behind them", false}));
  assert_int_equal(rig.outbox.kept["bob"].size(), 1);
  assert_int_equal(rig.session.outbox_size(), 1);
}

void no_more_than_the_window_is_in_flight(void**) {
  Rig rig;
  rig.enter();
  for (std::size_t i = 0; i < ClientSession::kInFlightMax + 10; ++i)
    (void)rig.session.send(rig.now, kToAll, "x");
  std::vector<Request> sent;
  for (Request next = rig.said(); next.id != 0; next = rig.said()) sent.push_back(next);
  assert_int_equal(sent.size(), ClientSession::kInFlightMax);
  rig.hear(sent[0].id, Stored{std::get<SendMessage>(sent[0].body).client_message_id, kRoom, 1, 0, false});
  assert_true(std::holds_alternative<SendMessage>(rig.said().body));
}

// Long texts are refused by the dozen: were all of them sent again each time, they would cost their way for
// nothing.
void after_a_refusal_for_now_the_window_opens_step_by_step(void**) {
  Rig rig;
  rig.enter();
  for (int i = 0; i < 20; ++i) (void)rig.session.send(rig.now, kToAll, "x");
  for (Request next = rig.said(); next.id != 0; next = rig.said())
    rig.hear(next.id, Refused{RefusalCode::rate_limited, {}, 100});
  rig.wait(100ms);
  MessageNumber number = 0;
  for (const std::size_t expected : {1, 2, 4, 8, 5}) {
    std::vector<ClientMessageId> sent;
    for (Request next = rig.said(); next.id != 0; next = rig.said())
      sent.push_back(std::get<SendMessage>(next.body).client_message_id);
    assert_int_equal(sent.size(), expected);
    for (const ClientMessageId& id : sent) rig.hear(0, Stored{id, kRoom, ++number, 0, false});
  }
  assert_int_equal(rig.session.outbox_size(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_first_login_shows_the_last_fifty_lines),
      cmocka_unit_test(what_came_while_the_link_was_away_is_fetched_and_nothing_twice),
      cmocka_unit_test(a_gap_between_live_messages_is_fetched),
      cmocka_unit_test(a_long_gap_is_fetched_page_by_page),
      cmocka_unit_test(a_fetch_refused_for_now_is_tried_again),
      cmocka_unit_test(private_messages_are_marked_as_received_a_moment_later),
      cmocka_unit_test(a_conversation_unknown_before_begins_with_its_first_message),
      cmocka_unit_test(while_the_list_is_incomplete_an_unknown_conversation_waits),
      cmocka_unit_test(a_message_that_waits_for_the_list_is_not_forgotten_for_a_later_one),
      cmocka_unit_test(a_list_refused_for_now_is_asked_for_again),
      cmocka_unit_test(a_list_is_not_asked_for_again_over_a_link_that_is_gone),
      cmocka_unit_test(a_sent_message_is_kept_until_it_is_acknowledged),
      cmocka_unit_test(what_was_not_acknowledged_goes_out_again_under_the_same_id),
      cmocka_unit_test(a_message_typed_without_a_link_waits_for_it),
      cmocka_unit_test(an_outbox_kept_by_a_former_run_is_sent_at_login),
      cmocka_unit_test(a_message_that_can_never_be_stored_comes_back_with_its_text),
      cmocka_unit_test(after_a_refusal_for_now_all_begin_again_in_order),
      cmocka_unit_test(bad_texts_and_full_disks_are_refused_before_anything_is_kept),
      cmocka_unit_test(a_recipient_that_no_server_could_read_is_refused_before_anything_is_kept),
      cmocka_unit_test(kept_messages_that_no_server_would_read_fail_and_let_the_others_pass),
      cmocka_unit_test(no_more_than_the_window_is_in_flight),
      cmocka_unit_test(after_a_refusal_for_now_the_window_opens_step_by_step),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
