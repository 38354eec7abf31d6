// chat/client_session: what it says to a server that the test plays by hand.
// (Against a real service, at random: test_promise.)
#include "chat/client_session.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chat/codec.hpp"
#include "chat/seeded_random.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

const Conversation kRoom{kPublicRoom, ConversationKind::public_room, {}};
const Conversation kTalk{5, ConversationKind::private_talk, "eve"};
const Target kToAll{};

class KeptOutbox final : public OutboxStorage {
 public:
  std::vector<OutboxEntry> load(const std::string& account) override { return kept[account]; }
  bool append(const std::string& account, const OutboxEntry& entry) override {
    if (is_full) return false;
    kept[account].push_back(entry);
    return true;
  }
  void remove(const std::string& account, const ClientMessageId& id) override {
    auto& all = kept[account];
    all.erase(std::remove_if(all.begin(), all.end(), [&](const auto& e) { return e.id == id; }), all.end());
  }

  bool is_full = false;
  std::map<std::string, std::vector<OutboxEntry>> kept;
};

struct Rig {
  SeededRandom random{3};
  KeptOutbox outbox;
  ClientSession session{ClientOptions{}, random, &outbox};
  rudp::Instant now = rudp::Instant::from_ns(1'000'000'000);
  std::vector<ClientEvent> events;

  /// The next request; an UnknownRequest where there is none.
  Request said() {
    const auto bytes = session.poll_send();
    if (!bytes) return {0, UnknownRequest{}};
    auto request = decode_request(*bytes, 1 << 20);
    assert_true(request.has_value());
    return *request;
  }

  void hear(RequestId to, ReplyBody body) {
    session.handle_message(now, encode(Reply{to, std::move(body)}));
    while (auto event = session.poll_event()) events.push_back(std::move(*event));
  }

  void wait(rudp::Duration time) {
    now += time;
    session.handle_timeout(now);
    while (auto event = session.poll_event()) events.push_back(std::move(*event));
  }

  void connect() {
    session.handle_connected(now);
    const Request hello = said();
    assert_true(std::holds_alternative<Hello>(hello.body));
    hear(hello.id, HelloAccepted{1, "test", 65'536});
  }

  /// Logged in as bob, with an empty public room and nothing in `events`.
  void enter() {
    session.login(now, "bob", "correct horse");
    connect();
    const Request login = said();
    assert_true(std::holds_alternative<Login>(login.body));
    hear(login.id, LoggedIn{"bob", std::vector<std::uint8_t>(32, 9), 0, {{{kRoom, 0, 0}}, 0}});
    events.clear();
  }

  /// The connection goes and comes, the token is accepted.
  void come_back(ConversationList list) {
    session.handle_disconnected(now);
    connect();
    const Request resume = said();
    assert_true(std::holds_alternative<Resume>(resume.body));
    hear(resume.id, LoggedIn{"bob", {}, 0, std::move(list)});
  }

  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const ClientEvent& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }

  std::vector<MessageNumber> shown() const {
    std::vector<MessageNumber> numbers;
    for (const auto& event : all<MessageArrived>()) numbers.push_back(event.message.number);
    return numbers;
  }
};

using Numbers = std::vector<MessageNumber>;

Message from_eve(MessageNumber number) {
  return {number, "eve", "line " + std::to_string(number), 0, message_id(number)};
}

Page page_of(ConversationId id, MessageNumber first, MessageNumber last) {
  Page page{id, {}, last, last};
  for (MessageNumber number = first; number <= last; ++number) page.messages.push_back(from_eve(number));
  return page;
}

void credentials_given_before_the_link_are_used_when_it_is_there(void**) {
  Rig rig;
  rig.session.register_account(rig.now, "bob", "correct horse");
  rig.connect();
  assert_int_equal(rig.all<Greeted>().size(), 1);
  assert_true(rig.said().body == RequestBody(Register{"bob", "correct horse"}));
  assert_false(rig.session.is_logged_in());
}

void a_refused_login_asks_the_user_again(void**) {
  Rig rig;
  rig.connect();
  rig.session.login(rig.now, "bob", "wrong horse");
  rig.hear(rig.said().id, Refused{RefusalCode::login_failed, {}, 0});
  assert_true(rig.all<LoginRefused>().at(0).refusal.code == RefusalCode::login_failed);
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
  rig.session.login(rig.now, "bob", "correct horse");
  assert_true(std::holds_alternative<Login>(rig.said().body));
}

void after_a_login_every_connection_resumes_by_token(void**) {
  Rig rig;
  rig.enter();
  rig.come_back({{{kRoom, 0, 0}}, 0});
  const auto event = rig.all<NowLoggedIn>().at(0);
  assert_true(event.resumed && event.name == "bob" && !event.token);
  assert_true(rig.session.is_logged_in());
}

void a_refused_token_asks_for_the_password(void**) {
  Rig rig;
  rig.enter();
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  rig.hear(rig.said().id, Refused{RefusalCode::token_refused, {}, 0});
  assert_true(rig.all<LoginRefused>().at(0).refusal.code == RefusalCode::token_refused);
}

void a_busy_server_is_asked_to_resume_again_later(void**) {
  Rig rig;
  rig.enter();
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  rig.hear(rig.said().id, Refused{RefusalCode::busy, {}, 700});
  assert_true(rig.all<LoginRefused>().empty());
  assert_true(rig.session.poll_timeout() == rig.now + 700ms);
  rig.wait(700ms);
  assert_true(std::holds_alternative<Resume>(rig.said().body));
}

// The answer to a registration was lost: the name is taken, and it is taken by us.
void a_registration_whose_answer_was_lost_becomes_a_login(void**) {
  Rig rig;
  rig.session.register_account(rig.now, "bob", "correct horse");
  rig.connect();
  (void)rig.said();
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  rig.hear(rig.said().id, Refused{RefusalCode::name_taken, {"bob"}, 0});
  const Request login = rig.said();
  assert_true(login.body == RequestBody(Login{"bob", "correct horse", {}}));
  rig.hear(login.id, Refused{RefusalCode::login_failed, {}, 0});
  assert_true(rig.all<LoginRefused>().at(0).refusal == (Refused{RefusalCode::name_taken, {"bob"}, 0}));
}

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

void a_replaced_session_does_not_come_back_by_itself(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Replaced{"10.0.0.1:7", 5, ReplacedReason::logged_in_elsewhere});
  assert_string_equal(rig.all<WasReplaced>().at(0).replaced.from_address.c_str(), "10.0.0.1:7");
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

void ones_own_coming_and_going_is_not_told(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Presence{{"bob"}, {}});
  assert_true(rig.events.empty());
  rig.hear(0, Presence{{"bob", "eve"}, {"zoe"}});
  const PresenceChanged changed = rig.all<PresenceChanged>().at(0);
  assert_true(changed.joined == std::vector<std::string>{"eve"});
  assert_true(changed.left == std::vector<std::string>{"zoe"});
}

void quitting_tells_what_was_received_first(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Delivery{kTalk, from_eve(1)});
  assert_true(rig.session.quit(rig.now, "bye"));
  assert_true(std::holds_alternative<Received>(rig.said().body));
  const Request quit = rig.said();
  assert_true(quit.body == RequestBody(Quit{"bye"}));
  rig.hear(quit.id, Goodbye{});
  assert_int_equal(rig.all<SaidGoodbye>().size(), 1);
}

void bytes_that_make_no_sense_are_reported(void**) {
  Rig rig;
  rig.enter();
  rig.session.handle_message(rig.now, std::vector<std::uint8_t>{0xff, 0xff, 0xff});
  assert_true(std::holds_alternative<ServerMalformed>(*rig.session.poll_event()));
}

void another_account_starts_afresh(void**) {
  Rig rig;
  rig.enter();
  rig.hear(0, Delivery{kTalk, from_eve(1)});
  rig.hear(0, Replaced{"10.0.0.1:7", 5, ReplacedReason::logged_in_elsewhere});
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  rig.session.login(rig.now, "zoe", "correct horse");
  const Request login = rig.said();
  rig.hear(login.id, LoggedIn{"zoe", {}, 0, {{{kRoom, 0, 0}}, 0}});
  assert_string_equal(rig.session.name().c_str(), "zoe");
  rig.wait(1s);
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(credentials_given_before_the_link_are_used_when_it_is_there),
      cmocka_unit_test(a_refused_login_asks_the_user_again),
      cmocka_unit_test(after_a_login_every_connection_resumes_by_token),
      cmocka_unit_test(a_refused_token_asks_for_the_password),
      cmocka_unit_test(a_busy_server_is_asked_to_resume_again_later),
      cmocka_unit_test(a_registration_whose_answer_was_lost_becomes_a_login),
      cmocka_unit_test(a_first_login_shows_the_last_fifty_lines),
      cmocka_unit_test(what_came_while_the_link_was_away_is_fetched_and_nothing_twice),
      cmocka_unit_test(a_gap_between_live_messages_is_fetched),
      cmocka_unit_test(a_long_gap_is_fetched_page_by_page),
      cmocka_unit_test(a_fetch_refused_for_now_is_tried_again),
      cmocka_unit_test(private_messages_are_marked_as_received_a_moment_later),
      cmocka_unit_test(a_conversation_unknown_before_begins_with_its_first_message),
      cmocka_unit_test(while_the_list_is_incomplete_an_unknown_conversation_waits),
      cmocka_unit_test(a_sent_message_is_kept_until_it_is_acknowledged),
      cmocka_unit_test(what_was_not_acknowledged_goes_out_again_under_the_same_id),
      cmocka_unit_test(a_message_typed_without_a_link_waits_for_it),
      cmocka_unit_test(an_outbox_kept_by_a_former_run_is_sent_at_login),
      cmocka_unit_test(a_message_that_can_never_be_stored_comes_back_with_its_text),
      cmocka_unit_test(after_a_refusal_for_now_all_begin_again_in_order),
      cmocka_unit_test(bad_texts_and_full_disks_are_refused_before_anything_is_kept),
      cmocka_unit_test(no_more_than_the_window_is_in_flight),
      cmocka_unit_test(a_replaced_session_does_not_come_back_by_itself),
      cmocka_unit_test(ones_own_coming_and_going_is_not_told),
      cmocka_unit_test(quitting_tells_what_was_received_first),
      cmocka_unit_test(bytes_that_make_no_sense_are_reported),
      cmocka_unit_test(another_account_starts_afresh),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
