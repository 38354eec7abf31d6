// chat/service_login: register, log in, resume, take over, leave (threats U1-U7, U18, U19).
#include <chrono>
#include <string>
#include <vector>

#include "chat/service_rig.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using namespace std::chrono_literals;

void registering_logs_in(void**) {
  ServiceRig rig;
  rig.greet(1, "10.1.2.3:4");
  rig.ask(1, Register{"Ｂｏｂ", "correct horse"});
  const LoggedIn logged_in = rig.last<LoggedIn>(1);
  assert_string_equal(logged_in.name.c_str(), "Bob");
  assert_int_equal(logged_in.resume_token.size(), 32);
  assert_int_equal(logged_in.conversations.conversations.size(), 1);
  assert_int_equal(rig.log.size(), 1);
  assert_true(rig.log[0].kind == LogKind::registered);
  assert_string_equal(rig.log[0].name.c_str(), "Bob");
  assert_string_equal(rig.log[0].address.c_str(), "10.1.2.3:4");
  assert_int_equal(rig.log[0].at_unix_ms, rig.now.unix_ms);
}

void a_taken_name_is_refused_in_every_spelling_without_hashing(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.greet(2);
  const int before = rig.hashes;
  for (const std::string name : {"bob", "BOB", "ｂｏｂ"}) {
    rig.ask(2, Register{name, "correct horse"});
    assert_true(rig.refusal(2) == RefusalCode::name_taken);
  }
  assert_int_equal(rig.hashes, before);
  rig.ask(2, Register{"b0b", "correct horse"});
  rig.ask(2, Who{});
  assert_true(rig.refusal(2) != RefusalCode::name_taken);
}

void two_who_register_one_name_at_once_leave_one_account(void**) {
  ServiceRig rig;
  rig.greet(1);
  rig.greet(2);
  rig.runs_store = false;
  rig.ask(1, Register{"bob", "correct horse"});
  rig.ask(2, Register{"bob", "another horse"});
  rig.runs_store = true;
  rig.drain();
  assert_int_equal(rig.all<LoggedIn>(1).size() + rig.all<LoggedIn>(2).size(), 1);
  assert_int_equal(rig.all<Refused>(1).size() + rig.all<Refused>(2).size(), 1);
}

void names_and_passwords_are_held_to_their_rules(void**) {
  ServiceRig rig;
  rig.greet(1);
  rig.ask(1, Register{"bob\x1b[2J", "correct horse"});
  assert_true(rig.refusal(1) == RefusalCode::name_characters);
  rig.ask(1, Register{std::string(33, 'a'), "correct horse"});
  assert_true(rig.last<Refused>(1) == (Refused{RefusalCode::name_too_long, {"32"}, 0}));
  rig.ask(1, Register{"bob", "short"});
  assert_true(rig.last<Refused>(1) == (Refused{RefusalCode::password_too_short, {"8"}, 0}));
  rig.ask(1, Register{"bob", "correct horse"});
  assert_int_equal(rig.all<LoggedIn>(1).size(), 1);
}

// Threats U2 and U3: one answer, and one Argon2id, whatever was wrong.
void every_failed_login_is_answered_alike_at_the_cost_of_one_hash(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.greet(2);
  const std::vector<Login> attempts{
      {"bob", "wrong horse", {}},         {"nobody", "correct horse", {}},     {"bob", "short", {}},
      {"bob", std::string(200, 'x'), {}}, {"not a name", "correct horse", {}}, {"", "", {}}};
  for (const Login& attempt : attempts) {
    const int before = rig.hashes;
    rig.sent[2].clear();
    rig.ask(2, attempt);
    assert_int_equal(rig.hashes, before + 1);
    assert_int_equal(rig.sent[2].size(), 1);
    assert_true(rig.last<Refused>(2) == (Refused{RefusalCode::login_failed, {}, 0}));
  }
  const int before = rig.hashes;
  rig.ask(2, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.hashes, before + 1);
  assert_int_equal(rig.all<LoggedIn>(2).size(), 1);
  assert_int_equal(rig.logged(LogKind::login_failed), attempts.size());
}

void a_second_login_takes_over_and_tells_the_first_from_where(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.wait(1s);
  rig.greet(3, "192.168.7.7:777");
  rig.ask(3, Login{"bob", "password of bob", {}});
  const Replaced replaced = rig.last<Replaced>(1);
  assert_string_equal(replaced.from_address.c_str(), "192.168.7.7:777");
  assert_int_equal(replaced.at_unix_ms, rig.now.unix_ms);
  assert_true(replaced.reason == ReplacedReason::logged_in_elsewhere);
  assert_int_equal(rig.closed.count(1), 1);
  assert_true(rig.all<Presence>(2).empty());
  assert_int_equal(rig.logged(LogKind::replaced), 1);
  rig.disconnect(1);
  assert_true(rig.all<Presence>(2).empty());
  rig.ask(2, Who{});
  assert_int_equal(rig.last<WhoResult>(2).online_count, 2);
}

// Threat U18: on the way from one device to the next nothing is lost.
void a_message_of_a_replaced_session_reaches_the_new_one(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.greet(2);
  rig.ask(2, Hello{});
  rig.runs_store = false;
  rig.ask(1, SendMessage{message_id(1), {}, "sent from the old one", false});
  rig.runs_store = true;
  rig.runs_hash = true;
  chat::RunStore append = std::move(rig.store_queue.front());
  rig.store_queue.clear();
  rig.ask(2, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.closed.count(1), 1);
  rig.service.handle_store_reply(rig.now, append.operation, rig.engine.apply({&append.request, 1}).front());
  rig.drain();
  assert_string_equal(rig.last<Delivery>(2).message.text.c_str(), "sent from the old one");
}

void a_token_resumes_without_a_password_or_a_hash(void**) {
  ServiceRig rig;
  rig.greet(1);
  rig.ask(1, Register{"bob", "correct horse"});
  const ResumeToken token = token_of(rig.last<LoggedIn>(1));
  rig.disconnect(1);
  const int before = rig.hashes;
  rig.greet(2);
  rig.ask(2, Resume{token, {}});
  assert_string_equal(rig.last<LoggedIn>(2).name.c_str(), "bob");
  assert_true(rig.last<LoggedIn>(2).resume_token.empty());
  assert_int_equal(rig.hashes, before);
  rig.disconnect(2);
  rig.greet(3);
  rig.ask(3, Resume{token, {}});
  assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
}

void a_login_by_password_ends_the_former_token(void**) {
  ServiceRig rig;
  rig.greet(1);
  rig.ask(1, Register{"bob", "correct horse"});
  const ResumeToken token = token_of(rig.last<LoggedIn>(1));
  rig.greet(2);
  rig.ask(2, Login{"bob", "correct horse", {}});
  rig.greet(3);
  rig.ask(3, Resume{token, {}});
  assert_true(rig.refusal(3) == RefusalCode::token_refused);
  ResumeToken wrong = token_of(rig.last<LoggedIn>(2));
  wrong[0] ^= 1;
  rig.ask(3, Resume{wrong, {}});
  assert_true(rig.refusal(3) == RefusalCode::token_refused);
  rig.ask(3, Resume{token_of(rig.last<LoggedIn>(2)), {}});
  assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
}

// Threats U1 and U5, before any hashing.
void guessing_is_slowed_for_the_guesser_and_not_for_the_owner(void**) {
  ServiceRig rig;
  rig.enter(1, "bob", "10.0.0.9:1");
  rig.greet(2, "6.6.6.6:6");
  const int before = rig.hashes;
  for (int i = 0; i < 50; ++i) rig.ask(2, Login{"bob", "guess number " + std::to_string(i), {}});
  assert_int_equal(rig.hashes, before + 10);
  assert_true(rig.refusal(2) == RefusalCode::rate_limited);
  assert_true(rig.last<Refused>(2).retry_after_ms > 5'000);
  rig.greet(3, "10.0.0.9:2");
  rig.ask(3, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
}

void guess_from_many_addresses(ServiceRig& rig) {
  for (SessionId id = 100; id < 110; ++id) {
    rig.greet(id, "6.6.6." + std::to_string(id) + ":6");
    for (int i = 0; i < 10; ++i) rig.ask(id, Login{"bob", "a guess", {}});
  }
}

// Threat U5: guesses at an account use up what strangers may try, and lock nobody out of it.
void whoever_was_in_before_is_not_locked_out_by_guesses_from_elsewhere(void**) {
  ServiceRig rig;
  rig.enter(1, "Bob", "10.0.0.9:1");
  const int before = rig.hashes;
  guess_from_many_addresses(rig);
  assert_int_equal(rig.hashes, before + 60);
  rig.greet(2, "10.0.0.9:2");
  rig.ask(2, Login{"bob", "password of Bob", {}});
  assert_int_equal(rig.all<LoggedIn>(2).size(), 1);
  rig.greet(3, "10.0.0.8:1");
  rig.ask(3, Login{"bob", "password of Bob", {}});
  assert_true(rig.refusal(3) == RefusalCode::rate_limited);
  rig.ask(3, Resume{token_of(rig.last<LoggedIn>(2)), {}});  // a token is as good a proof as a password
  rig.greet(4, "10.0.0.8:2");
  rig.ask(4, Login{"bob", "password of Bob", {}});
  assert_int_equal(rig.all<LoggedIn>(4).size(), 1);
}

// Threat U5: an address from where the account was entered guesses no faster than others.
void an_address_that_is_known_keeps_its_own_limit(void**) {
  ServiceRig rig;
  rig.enter(1, "bob", "10.0.0.9:1");
  rig.greet(2, "10.0.0.9:2");
  const int before = rig.hashes;
  for (int i = 0; i < 50; ++i) rig.ask(2, Login{"bob", "a guess", {}});
  assert_int_equal(rig.hashes, before + 10);
  assert_true(rig.refusal(2) == RefusalCode::rate_limited);
}

void whoever_knows_the_password_is_not_limited_by_logging_in_often(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  for (SessionId id = 2; id < 32; ++id) {
    rig.greet(id);
    rig.ask(id, Login{"bob", "password of bob", {}});
    assert_int_equal(rig.all<LoggedIn>(id).size(), 1);
  }
}

// Threat U4.
void registrations_from_one_address_are_limited(void**) {
  ServiceOptions options;
  options.register_per_address = {12s, 3};
  ServiceRig rig(options);
  for (SessionId id = 1; id <= 4; ++id) {
    rig.greet(id, "10.0.0.1:" + std::to_string(id));
    rig.ask(id, Register{"user" + std::to_string(id) + "x", "correct horse"});
  }
  assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
  assert_true(rig.refusal(4) == RefusalCode::rate_limited);
  rig.greet(5, "10.0.0.2:1");
  rig.ask(5, Register{"another", "correct horse"});
  assert_int_equal(rig.all<LoggedIn>(5).size(), 1);
}

void a_full_hash_queue_is_answered_busy_with_a_time(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.greet(2);
  rig.runs_hash = false;
  rig.ask(2, Login{"bob", "password of bob", {}});
  rig.service.handle_hash_reply(rig.now, rig.hash_queue.front().operation, HashReply{HashStatus::busy, {}});
  rig.hash_queue.clear();
  rig.drain();
  assert_true(rig.refusal(2) == RefusalCode::busy);
  assert_true(rig.last<Refused>(2).retry_after_ms >= 2'000);
  rig.runs_hash = true;
  rig.ask(2, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.all<LoggedIn>(2).size(), 1);
}

// Threat U19.
void a_good_login_renews_a_hash_of_another_cost(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.hasher = Hasher({16'384, 1});
  rig.greet(2);
  rig.ask(2, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.all<LoggedIn>(2).size(), 1);
  const auto found = std::get<AccountFound>(apply_one(rig.engine, FindAccount{"bob"}));
  assert_false(needs_rehash(found.account->password_hash, {16'384, 1}));
  rig.greet(3);
  rig.ask(3, Login{"bob", "password of bob", {}});
  assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
}

// Subscribe first, then fetch: the list and the live messages leave no gap between them.
void what_happens_while_a_login_is_opened_is_in_its_list(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.disconnect(2);
  rig.greet(3);
  rig.runs_store = false;
  rig.ask(3, Login{"eve", "password of eve", {}});
  rig.run_store_once();                         // the account is found and verified
  assert_int_equal(rig.store_queue.size(), 1);  // the session is being opened
  chat::RunStore opening = std::move(rig.store_queue.front());
  rig.store_queue.clear();
  const StoreReply snapshot = rig.engine.apply({&opening.request, 1}).front();
  rig.runs_store = true;
  rig.ask(1, SendMessage{message_id(1), {}, "meanwhile", false});
  rig.ask(1, SendMessage{message_id(2), {ConversationKind::private_talk, "eve"}, "psst", false});
  assert_true(rig.all<Delivery>(3).empty());
  rig.service.handle_store_reply(rig.now, opening.operation, snapshot);
  rig.drain();
  const auto list = rig.last<LoggedIn>(3).conversations.conversations;
  assert_int_equal(list.size(), 2);
  assert_int_equal(list[0].last_number, 1);
  assert_int_equal(list[1].last_number, 1);
  assert_string_equal(list[1].conversation.peer.c_str(), "bob");
}

// ---- more conversations than one list holds --------------------------------------

constexpr AccountId kFriends = kConversationsPerListMax + 20;

AppendMessage to_bob(AccountId sender) {
  return {sender, message_id(1), ConversationKind::private_talk, "bob", "hi", 2'000, {}};
}

void last_friend_says(ServiceRig& rig, std::uint64_t id) {
  rig.ask(9, SendMessage{message_id(id), {ConversationKind::private_talk, "bob"}, "hi", false});
}

/// Many wrote to bob while he was away. The conversation of the last one, who said 1 to 5 and is
/// online as session 9; it is far behind the end of the first list.
ConversationId make_friends_of_bob(ServiceRig& rig) {
  rig.enter(1, "bob");
  rig.disconnect(1);
  std::vector<StoreRequest> batch;
  for (AccountId id = 2; id < 2 + kFriends; ++id) {
    batch.emplace_back(create_account("friend" + std::to_string(id)));
    batch.emplace_back(to_bob(id));
  }
  (void)rig.engine.apply(batch);
  rig.enter(9, "last");
  for (std::uint64_t id = 1; id <= 5; ++id) last_friend_says(rig, id);
  return rig.last<Stored>(9).conversation.id;
}

const ConversationState* find(const ConversationList& list, ConversationId id) {
  for (const ConversationState& state : list.conversations) {
    if (state.conversation.id == id) return &state;
  }
  return nullptr;
}

// Told of with 6, it would seem to a client that it has 1 to 5 already.
void what_the_first_list_does_not_reach_waits_for_the_next(void**) {
  ServiceRig rig;
  const ConversationId last = make_friends_of_bob(rig);
  rig.greet(3);
  rig.runs_store = false;
  rig.ask(3, Login{"bob", "password of bob", {}});
  rig.run_store_once();
  chat::RunStore opening = std::move(rig.store_queue.front());
  rig.store_queue.clear();
  const StoreReply snapshot = rig.engine.apply({&opening.request, 1}).front();
  rig.runs_store = true;
  last_friend_says(rig, 6);
  rig.service.handle_store_reply(rig.now, opening.operation, snapshot);
  rig.drain();
  const ConversationList first = rig.last<LoggedIn>(3).conversations;
  assert_true(first.next_after_id > 0 && first.next_after_id < last);
  assert_null(find(first, last));
  rig.ask(3, ListConversations{first.next_after_id});
  const ConversationList rest = rig.last<ConversationList>(3);
  assert_non_null(find(rest, last));
  assert_int_equal(find(rest, last)->last_number, 6);
  assert_int_equal(find(rest, last)->delivered_number, 0);
}

void a_session_blocked_before_its_list_ends_is_told_nothing_beyond(void**) {
  ServiceRig rig;
  const ConversationId last = make_friends_of_bob(rig);
  rig.greet(3);
  rig.ask(3, Login{"bob", "password of bob", {}});
  rig.service.handle_blocked(rig.now, 3);
  last_friend_says(rig, 6);
  rig.service.handle_writable(rig.now, 3);
  rig.drain();
  assert_true(rig.all<ConversationList>(3).empty());
  rig.ask(3, ListConversations{rig.last<LoggedIn>(3).conversations.next_after_id});
  const ConversationList rest = rig.last<ConversationList>(3);
  assert_non_null(find(rest, last));
  assert_int_equal(find(rest, last)->delivered_number, 0);
  rig.service.handle_blocked(rig.now, 3);
  last_friend_says(rig, 7);
  rig.service.handle_writable(rig.now, 3);
  rig.drain();
  assert_int_equal(find(rig.last<ConversationList>(3), last)->delivered_number, 6);
}

void nothing_works_before_hello_and_little_before_login(void**) {
  ServiceRig rig;
  rig.connect(1);
  rig.ask(1, Who{});
  assert_true(rig.refusal(1) == RefusalCode::malformed);
  assert_int_equal(rig.closed.count(1), 1);
  rig.greet(2);
  for (const RequestBody& body : std::vector<RequestBody>{Who{}, Fetch{1, 0, 0}, ListConversations{0},
                                                          SendMessage{message_id(1), {}, "x", false}}) {
    rig.ask(2, body);
    assert_true(rig.refusal(2) == RefusalCode::not_logged_in);
  }
  rig.sent[2].clear();
  rig.ask(2, Received{{{1, 1}}});
  assert_true(rig.sent[2].empty());
  assert_int_equal(rig.closed.count(2), 0);
}

// Threat O7.
void another_protocol_version_is_refused_with_ours(void**) {
  ServiceRig rig;
  rig.connect(1);
  rig.ask(1, Hello{99, "rchat 9", "en"});
  assert_true(rig.last<Refused>(1) == (Refused{RefusalCode::unsupported_protocol, {"1"}, 0}));
  assert_int_equal(rig.closed.count(1), 1);
}

void one_connection_is_one_account(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.ask(1, Register{"eve", "correct horse"});
  assert_true(rig.refusal(1) == RefusalCode::already_logged_in);
  rig.greet(2);
  rig.runs_hash = false;
  rig.ask(2, Login{"bob", "password of bob", {}});
  rig.ask(2, Login{"bob", "password of bob", {}});
  assert_true(rig.refusal(2) == RefusalCode::busy);
  assert_int_equal(rig.hash_queue.size(), 1);
}

void whoever_hangs_up_during_a_login_leaves_nothing_behind(void**) {
  for (int steps = 0; steps < 4; ++steps) {
    ServiceRig rig;
    rig.enter(1, "bob");
    rig.disconnect(1);
    rig.greet(2);
    rig.runs_store = rig.runs_hash = false;
    rig.ask(2, Login{"bob", "password of bob", {}});
    for (int i = 0; i < steps; ++i) {
      if (!rig.store_queue.empty())
        rig.run_store_once();
      else if (!rig.hash_queue.empty())
        rig.run_hash_once();
    }
    rig.disconnect(2);
    rig.runs_store = rig.runs_hash = true;
    rig.drain();
    assert_int_equal(rig.service.statistics().sessions, 0);
    assert_int_equal(rig.service.statistics().online, 0);
    rig.greet(3);
    rig.ask(3, Login{"bob", "password of bob", {}});
    assert_int_equal(rig.all<LoggedIn>(3).size(), 1);
  }
}

void quitting_says_goodbye_closes_and_is_logged(void**) {
  ServiceRig rig;
  rig.enter(1, "bob");
  rig.enter(2, "eve");
  rig.wait(1s);
  rig.ask(1, Quit{"dinner"});
  rig.wait(1s);
  assert_int_equal(rig.all<Goodbye>(1).size(), 1);
  assert_int_equal(rig.closed.count(1), 1);
  assert_true(rig.last<Presence>(2) == (Presence{{}, {"bob"}}));
  assert_true(rig.log.back().kind == LogKind::quit);
  assert_string_equal(rig.log.back().detail.c_str(), "dinner");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(registering_logs_in),
      cmocka_unit_test(a_taken_name_is_refused_in_every_spelling_without_hashing),
      cmocka_unit_test(two_who_register_one_name_at_once_leave_one_account),
      cmocka_unit_test(names_and_passwords_are_held_to_their_rules),
      cmocka_unit_test(every_failed_login_is_answered_alike_at_the_cost_of_one_hash),
      cmocka_unit_test(a_second_login_takes_over_and_tells_the_first_from_where),
      cmocka_unit_test(a_message_of_a_replaced_session_reaches_the_new_one),
      cmocka_unit_test(a_token_resumes_without_a_password_or_a_hash),
      cmocka_unit_test(a_login_by_password_ends_the_former_token),
      cmocka_unit_test(guessing_is_slowed_for_the_guesser_and_not_for_the_owner),
      cmocka_unit_test(whoever_was_in_before_is_not_locked_out_by_guesses_from_elsewhere),
      cmocka_unit_test(an_address_that_is_known_keeps_its_own_limit),
      cmocka_unit_test(whoever_knows_the_password_is_not_limited_by_logging_in_often),
      cmocka_unit_test(registrations_from_one_address_are_limited),
      cmocka_unit_test(a_full_hash_queue_is_answered_busy_with_a_time),
      cmocka_unit_test(a_good_login_renews_a_hash_of_another_cost),
      cmocka_unit_test(what_happens_while_a_login_is_opened_is_in_its_list),
      cmocka_unit_test(what_the_first_list_does_not_reach_waits_for_the_next),
      cmocka_unit_test(a_session_blocked_before_its_list_ends_is_told_nothing_beyond),
      cmocka_unit_test(nothing_works_before_hello_and_little_before_login),
      cmocka_unit_test(another_protocol_version_is_refused_with_ours),
      cmocka_unit_test(one_connection_is_one_account),
      cmocka_unit_test(whoever_hangs_up_during_a_login_leaves_nothing_behind),
      cmocka_unit_test(quitting_says_goodbye_closes_and_is_logged),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
