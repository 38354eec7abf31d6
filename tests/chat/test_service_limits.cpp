// chat/service_limits: what a session, an account and all strangers together may do (threat U13).
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

// Threat U13: a token is as good as many, were each connection to begin anew.
void what_an_account_has_used_up_stays_used_up_when_it_comes_back(void**) {
  ServiceOptions options;
  options.messages_per_account = {100ms, 3};
  options.requests_per_account = {100ms, 3};
  ServiceRig rig(options);
  rig.greet(1);
  rig.ask(1, Register{"bob", "correct horse"});
  const ResumeToken token = token_of(rig.last<LoggedIn>(1));
  for (std::uint64_t id = 1; id <= 3; ++id) rig.ask(1, to_all(id, "x"));
  for (int i = 0; i < 3; ++i) rig.ask(1, Who{});
  assert_int_equal(rig.all<Stored>(1).size(), 3);
  rig.disconnect(1);
  for (const SessionId id : {2, 3}) {  // after a disconnect, and taking over
    rig.greet(id);
    rig.ask(id, Resume{token, {}});
    assert_int_equal(rig.all<LoggedIn>(id).size(), 1);
    rig.ask(id, to_all(4, "x"));
    rig.ask(id, Who{});
    assert_int_equal(rig.all<Stored>(id).size() + rig.all<WhoResult>(id).size(), 0);
    assert_true(rig.refusal(id) == RefusalCode::rate_limited);
  }
  rig.disconnect(3);
  rig.wait(20s);
  rig.greet(4);
  rig.ask(4, Resume{token, {}});
  for (std::uint64_t id = 4; id <= 6; ++id) rig.ask(4, to_all(id, "x"));
  assert_int_equal(rig.all<Stored>(4).size(), 3);
}

// Threat U13: each coming and going is told to everybody, and logged.
void coming_back_again_and_again_is_limited_for_an_account_and_for_no_other(void**) {
  ServiceOptions options;
  options.resume_per_account = {2s, 3};
  ServiceRig rig(options);
  std::vector<ResumeToken> tokens;
  for (SessionId id = 1; id <= 2; ++id) {
    rig.greet(id);
    rig.ask(id, Register{id == 1 ? "bob" : "eve", "correct horse"});
    tokens.push_back(token_of(rig.last<LoggedIn>(id)));
  }
  for (SessionId id = 11; id <= 14; ++id) {
    rig.greet(id);
    rig.ask(id, Resume{tokens[0], {}});
  }
  assert_int_equal(rig.all<LoggedIn>(13).size(), 1);
  assert_true(rig.last<Refused>(14) == (Refused{RefusalCode::rate_limited, {}, 2'000}));
  rig.greet(21);
  rig.ask(21, Resume{tokens[1], {}});
  assert_int_equal(rig.all<LoggedIn>(21).size(), 1);
  rig.wait(2s);
  rig.ask(14, Resume{tokens[0], {}});
  assert_int_equal(rig.all<LoggedIn>(14).size(), 1);
}

// Threat U13: what costs everybody more takes more of the allowance.
void long_texts_are_limited_by_their_length(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  for (std::uint64_t id = 1; id <= 9; ++id) rig.ask(1, to_all(id, std::string(kTextBytesMaxDefault, 'x')));
  assert_int_equal(rig.all<Stored>(1).size(), 8);
  assert_true(rig.refusal(1) == RefusalCode::rate_limited);
  rig.wait(std::chrono::milliseconds(rig.last<Refused>(1).retry_after_ms));
  SendMessage again = to_all(9, "short");
  again.restart = true;
  rig.ask(1, again);
  assert_int_equal(rig.all<Stored>(1).size(), 9);
}

// What a page of a book has, pasted, passes at once.
void five_hundred_lines_pass_at_once(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  for (std::uint64_t id = 1; id <= 500; ++id) rig.ask(1, to_all(id, std::string(1'000, 'x')));
  assert_int_equal(rig.all<Stored>(1).size(), 500);
}

// Threat U13: a text that is refused is no way around the limit.
void texts_that_are_refused_count_too(void**) {
  ServiceOptions options;
  options.messages_per_account = {100ms, 3};
  ServiceRig rig(options);
  rig.enter(1, "bob");
  for (std::uint64_t id = 1; id <= 4; ++id) rig.ask(1, to_all(id, ""));
  assert_true(rig.refusal(1) == RefusalCode::rate_limited);
}

std::vector<Seen> as_many_as_fit() {
  std::vector<Seen> entries;
  for (ConversationId id = 1; id <= kSeenEntriesMax; ++id) entries.push_back({id, 1});
  return entries;
}

// Threat U13: each entry is a search of its own.
void marks_are_limited_by_their_number(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  for (int i = 0; i < 9; ++i) rig.ask(1, Received{as_many_as_fit()});
  rig.ask(1, Who{});
  assert_int_equal(rig.all<WhoResult>(1).size(), 1);
  rig.ask(1, Received{as_many_as_fit()});
  rig.ask(1, Who{});
  assert_int_equal(rig.all<WhoResult>(1).size(), 1);
  assert_true(rig.refusal(1) == RefusalCode::rate_limited);
}

// Threat U13: nobody is answered without end, known or not.
void requests_are_limited_at_every_stage(void**) {
  const std::vector<RequestBody> cheap{Hello{}, Register{"", ""}, UnknownRequest{}, Who{},
                                       SendMessage{message_id(1), {}, "x", false}};
  for (const RequestBody& body : cheap) {
    ServiceRig rig;
    rig.greet(1);
    for (int i = 1; i < 200; ++i) rig.ask(1, body);
    assert_true(rig.refusal(1) != RefusalCode::rate_limited);
    rig.ask(1, body);
    assert_true(rig.refusal(1) == RefusalCode::rate_limited);
    assert_true(rig.last<Refused>(1).retry_after_ms > 0);
    rig.ask(1, Quit{""});
    assert_int_equal(rig.all<Goodbye>(1).size(), 1);
  }
}

// Threat U13: whoever connects and says nothing takes the place of others like him.
void silent_sessions_give_way_the_oldest_first(void**) {
  ServiceOptions options;
  options.strangers_max = 3;
  ServiceRig rig(options);
  rig.enter(1, "bob", "6.6.6.6:1");
  rig.enter(2, "eve", "6.6.6.6:2");
  rig.disconnect(2);
  rig.greet(3, "6.6.6.6:3");
  rig.runs_hash = false;
  rig.ask(3, Login{"eve", "password of eve", {}});
  rig.greet(4, "10.0.0.9:1");  // at the menu
  for (SessionId id = 5; id <= 9; ++id) rig.connect(id, "6.6.6.6:" + std::to_string(id));
  assert_true(rig.closed == (std::set<SessionId>{5, 6, 7}));
  assert_true(rig.refusal(5) == RefusalCode::busy);
  assert_true(rig.last<Refused>(5).retry_after_ms >= 1'000);
  rig.runs_hash = true;
  rig.drain();
  assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
  rig.ask(4, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.all<LoggedIn>(4).size(), 1);
}

void a_failed_login_is_a_stranger_again(void**) {
  ServiceOptions options;
  options.strangers_max = 2;
  ServiceRig rig(options);
  rig.enter(1, "bob");
  rig.greet(2);
  rig.greet(3);
  rig.runs_hash = false;
  rig.ask(2, Login{"bob", "a guess", {}});
  rig.greet(4);
  assert_true(rig.closed.empty());
  rig.runs_hash = true;
  rig.drain();
  assert_true(rig.refusal(2) == RefusalCode::login_failed);
  assert_true(rig.closed == std::set<SessionId>{3});
}

// Everybody comes back at once after a restart: each is a stranger for a moment only.
void two_thousand_who_resume_crowd_nobody_out(void**) {
  ServiceOptions options;
  options.register_per_address = options.login_per_address = {1ns, 1'000'000};
  ServiceRig rig(options);
  std::vector<ResumeToken> tokens;
  constexpr SessionId kClients = 2'000;
  for (SessionId id = 1; id <= kClients; ++id) {
    rig.greet(id);
    rig.ask(id, Register{"user" + std::to_string(id), "correct horse"});
    tokens.push_back(token_of(rig.last<LoggedIn>(id)));
    rig.disconnect(id);
    rig.sent.clear();
  }
  for (SessionId id = 1; id <= kClients; ++id) rig.greet(kClients + id);
  for (SessionId id = 1; id <= kClients; ++id) rig.ask(kClients + id, Resume{tokens[id - 1], {}});
  assert_true(rig.closed.empty());
  assert_int_equal(rig.service.statistics().online, kClients);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_an_account_has_used_up_stays_used_up_when_it_comes_back),
      cmocka_unit_test(coming_back_again_and_again_is_limited_for_an_account_and_for_no_other),
      cmocka_unit_test(long_texts_are_limited_by_their_length),
      cmocka_unit_test(five_hundred_lines_pass_at_once),
      cmocka_unit_test(texts_that_are_refused_count_too),
      cmocka_unit_test(marks_are_limited_by_their_number),
      cmocka_unit_test(requests_are_limited_at_every_stage),
      cmocka_unit_test(silent_sessions_give_way_the_oldest_first),
      cmocka_unit_test(a_failed_login_is_a_stranger_again),
      cmocka_unit_test(two_thousand_who_resume_crowd_nobody_out),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
