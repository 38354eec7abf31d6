// chat/client_session: the way in and out, against a server that the test plays.
// (Against a real service, at random: test_promise.)
#include "chat/client_session.hpp"

#include <string>
#include <vector>

#include "chat/client_rig.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace client_rig;

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

// A server closes the connection at bytes that it cannot read; said again, they would end every other.
void a_name_or_password_that_no_server_could_read_is_refused_here(void**) {
  const std::string good = "correct horse";
  const std::vector<Refused> refusals = {{RefusalCode::name_too_long, {"32"}, 0},
                                         {RefusalCode::name_characters, {}, 0},
                                         {RefusalCode::password_too_long, {"128"}, 0},
                                         {RefusalCode::password_characters, {}, 0}};
  Rig rig;
  rig.connect();
  rig.session.login(rig.now, std::string(600, 'n'), good);
  rig.session.register_account(rig.now, "Jos\xe9", good);
  rig.session.register_account(rig.now, "bob", std::string(1'025, 'p'));
  rig.session.login(rig.now, "bob", "pa\xdfword");
  rig.wait(0ms);
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
  const auto refused = rig.all<LoginRefused>();
  assert_int_equal(refused.size(), refusals.size());
  for (std::size_t i = 0; i < refusals.size(); ++i) assert_true(refused[i].refusal == refusals[i]);
  rig.session.handle_disconnected(rig.now);
  rig.connect();
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
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

void who_is_online_is_asked_again_where_the_answer_was_lost(void**) {
  Rig rig;
  rig.enter();
  assert_true(rig.session.ask_who(rig.now));
  assert_true(std::holds_alternative<Who>(rig.said().body));
  rig.come_back({{{kRoom, 0, 0}}, 0});
  const Request again = rig.said();
  assert_true(std::holds_alternative<Who>(again.body));
  rig.hear(again.id, WhoResult{{"bob"}, 1});
  assert_int_equal(rig.all<WhoAnswered>().size(), 1);
  rig.come_back({{{kRoom, 0, 0}}, 0});
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
}

void a_refused_question_who_is_online_is_not_asked_again(void**) {
  Rig rig;
  rig.enter();
  (void)rig.session.ask_who(rig.now);
  rig.hear(rig.said().id, Refused{RefusalCode::rate_limited, {}, 100});
  assert_int_equal(rig.all<RequestRefused>().size(), 1);
  rig.come_back({{{kRoom, 0, 0}}, 0});
  assert_true(std::holds_alternative<UnknownRequest>(rig.said().body));
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
      cmocka_unit_test(a_name_or_password_that_no_server_could_read_is_refused_here),
      cmocka_unit_test(after_a_login_every_connection_resumes_by_token),
      cmocka_unit_test(a_refused_token_asks_for_the_password),
      cmocka_unit_test(a_busy_server_is_asked_to_resume_again_later),
      cmocka_unit_test(a_registration_whose_answer_was_lost_becomes_a_login),
      cmocka_unit_test(a_replaced_session_does_not_come_back_by_itself),
      cmocka_unit_test(ones_own_coming_and_going_is_not_told),
      cmocka_unit_test(who_is_online_is_asked_again_where_the_answer_was_lost),
      cmocka_unit_test(a_refused_question_who_is_online_is_not_asked_again),
      cmocka_unit_test(quitting_tells_what_was_received_first),
      cmocka_unit_test(bytes_that_make_no_sense_are_reported),
      cmocka_unit_test(another_account_starts_afresh),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
