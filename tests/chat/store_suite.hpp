// One suite for every engine, and one long random run in which an engine must agree
// with the model (threats D9, D11, U9, U10, U16).
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "chat/seeded_random.hpp"
#include "chat/storage/store.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace store_suite {

using namespace chat;

/// What a test's state points to.
struct StoreFixture {
  virtual ~StoreFixture() = default;
  std::unique_ptr<StoreEngine> engine;
};

inline StoreEngine& engine_of(void** state) { return *static_cast<StoreFixture*>(*state)->engine; }

template <class Reply>
Reply get(StoreReply reply) {
  if (!std::holds_alternative<Reply>(reply)) print_message("reply alternative %zu\n", reply.index());
  assert_true(std::holds_alternative<Reply>(reply));
  return std::get<Reply>(std::move(reply));
}

inline AccountId make(StoreEngine& engine, const std::string& name) {
  return get<AccountCreated>(apply_one(engine, create_account(name))).id;
}

inline RefusalCode refusal(StoreReply reply) { return get<StoreRefusal>(std::move(reply)).code; }

inline void names_and_look_alikes_are_unique(void** state) {
  StoreEngine& engine = engine_of(state);
  assert_int_equal(make(engine, "bob"), 1);
  assert_int_equal(make(engine, "eve"), 2);
  assert_true(refusal(apply_one(engine, create_account("bob"))) == RefusalCode::name_taken);
  CreateAccount similar = create_account("b0b");
  similar.name.skeleton = "look-bob";
  assert_true(refusal(apply_one(engine, similar)) == RefusalCode::name_too_similar);
  assert_int_equal(make(engine, "mallory"), 3);
}

// Threat D11: a database's own idea of equality must not decide.
inline void keys_are_compared_byte_by_byte(void** state) {
  StoreEngine& engine = engine_of(state);
  const std::vector<std::string> names{"a", "á", "A", "🐼", "🐻", "a ", "ß", "ss", "小明", "𠀀"};
  for (const std::string& name : names) make(engine, name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = get<AccountFound>(apply_one(engine, FindAccount{"key-" + names[i]}));
    assert_true(found.account && found.account->id == i + 1 && found.account->name == names[i]);
  }
}

inline void unknown_accounts_are_not_found(void** state) {
  StoreEngine& engine = engine_of(state);
  assert_false(get<AccountFound>(apply_one(engine, FindAccount{"key-nobody"})).account.has_value());
  assert_false(get<AccountFound>(apply_one(engine, FindToken{token_hash(1)})).account.has_value());
  assert_true(refusal(apply_one(engine, OpenSession{9, {}, {}, 0})) == RefusalCode::login_failed);
  assert_true(refusal(apply_one(engine, say(9, 1, "hi"))) == RefusalCode::login_failed);
}

inline void a_login_replaces_the_token(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  (void)get<SessionOpened>(apply_one(engine, OpenSession{bob, token_hash(1), {}, 5}));
  assert_int_equal(get<AccountFound>(apply_one(engine, FindToken{token_hash(1)})).account->id, bob);
  (void)get<SessionOpened>(apply_one(engine, OpenSession{bob, {}, {}, 6}));
  assert_true(get<AccountFound>(apply_one(engine, FindToken{token_hash(1)})).account.has_value());
  (void)get<SessionOpened>(apply_one(engine, OpenSession{bob, token_hash(2), {}, 7}));
  assert_false(get<AccountFound>(apply_one(engine, FindToken{token_hash(1)})).account.has_value());
  assert_true(get<AccountFound>(apply_one(engine, FindToken{token_hash(2)})).account.has_value());
}

inline void a_password_hash_changes_only_from_the_one_expected(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  (void)get<Done>(apply_one(engine, ChangePasswordHash{bob, "not it", "new"}));
  assert_string_equal(
      get<AccountFound>(apply_one(engine, FindAccount{"key-bob"})).account->password_hash.c_str(),
      "hash of bob");
  (void)get<Done>(apply_one(engine, ChangePasswordHash{bob, "hash of bob", "new"}));
  assert_string_equal(
      get<AccountFound>(apply_one(engine, FindAccount{"key-bob"})).account->password_hash.c_str(), "new");
}

inline void numbers_are_dense_per_conversation(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const AccountId eve = make(engine, "eve");
  for (std::uint64_t i = 1; i <= 5; ++i) {
    assert_int_equal(get<Appended>(apply_one(engine, say(i % 2 == 0 ? bob : eve, i, "x"))).number, i);
  }
  const Appended first = get<Appended>(apply_one(engine, whisper(bob, 10, "eve", "psst")));
  const Appended second = get<Appended>(apply_one(engine, whisper(eve, 11, "bob", "what?")));
  assert_int_equal(first.number, 1);
  assert_int_equal(second.number, 2);
  assert_int_equal(first.conversation, second.conversation);
  assert_int_equal(first.recipient, eve);
  assert_string_equal(second.recipient_name.c_str(), "bob");
}

// Threats U10, U11: the id decides, whatever else the resend says.
inline void a_resend_gets_the_number_it_has(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const AccountId eve = make(engine, "eve");
  const Appended first = get<Appended>(apply_one(engine, whisper(bob, 1, "eve", "once")));
  AppendMessage again = say(bob, 1, "another text");
  again.now_unix_ms = 9'999;
  Appended second = get<Appended>(apply_one(engine, again));
  assert_false(second.is_new);
  second.is_new = true;
  assert_true(first == second);
  assert_true(get<Appended>(apply_one(engine, say(eve, 1, "same id, another sender"))).is_new);
  assert_int_equal(get<StoreCounts>(apply_one(engine, CountRows{})).messages, 2);
}

inline void a_message_is_stored_only_behind_the_one_that_it_follows(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  AppendMessage second = say(bob, 2, "two");
  second.after = message_id(1);
  assert_true(refusal(apply_one(engine, second)) == RefusalCode::out_of_turn);
  (void)apply_one(engine, say(bob, 1, "one"));
  assert_int_equal(get<Appended>(apply_one(engine, second)).number, 2);
  second.after = message_id(99);
  assert_int_equal(get<Appended>(apply_one(engine, second)).number, 2);
}

inline void nobody_is_no_recipient(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  assert_true(refusal(apply_one(engine, whisper(bob, 1, "nobody", "hi"))) == RefusalCode::unknown_recipient);
  assert_int_equal(get<StoreCounts>(apply_one(engine, CountRows{})).conversations, 1);
}

inline void one_may_write_to_oneself(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const Appended note = get<Appended>(apply_one(engine, whisper(bob, 1, "bob", "milk")));
  assert_int_equal(note.recipient, bob);
  const Page page = get<Page>(apply_one(engine, FetchMessages{bob, note.conversation, 0, 10}));
  assert_int_equal(page.messages.size(), 1);
}

// Threat U9: a private conversation has two readers.
inline void others_cannot_read_a_private_conversation(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const AccountId eve = make(engine, "eve");
  const AccountId mallory = make(engine, "mallory");
  const ConversationId talk = get<Appended>(apply_one(engine, whisper(bob, 1, "eve", "psst"))).conversation;
  assert_int_equal(get<Page>(apply_one(engine, FetchMessages{eve, talk, 0, 10})).messages.size(), 1);
  assert_int_equal(get<Page>(apply_one(engine, FetchMessages{bob, talk, 0, 10})).messages.size(), 1);
  assert_true(refusal(apply_one(engine, FetchMessages{mallory, talk, 0, 10})) ==
              RefusalCode::unknown_conversation);
  assert_true(refusal(apply_one(engine, FetchMessages{bob, 99, 0, 10})) == RefusalCode::unknown_conversation);
  const auto opened = get<SessionOpened>(apply_one(engine, OpenSession{mallory, {}, {{talk, 0}}, 0}));
  assert_int_equal(opened.conversations.conversations.size(), 1);  // the public room
}

inline void texts_come_back_byte_for_byte(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const std::vector<std::string> texts{"'; DROP TABLE messages; --",
                                       "\" OR 1=1 --",
                                       "%s%n",
                                       "你好 👋🏽",
                                       "a\nb\tc",
                                       "\\'",
                                       std::string(60'000, 'x'),
                                       "?1",
                                       ":a",
                                       "NULL",
                                       "\u00e9 e\u0301"};
  for (std::size_t i = 0; i < texts.size(); ++i) (void)apply_one(engine, say(bob, i, texts[i]));
  const Page page = get<Page>(apply_one(engine, FetchMessages{bob, kPublicRoom, 0, 100}));
  assert_int_equal(page.messages.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    assert_true(page.messages[i].text == texts[i]);
    assert_true(page.messages[i].client_message_id == message_id(i));
    assert_string_equal(page.messages[i].sender.c_str(), "bob");
    assert_int_equal(page.messages[i].sent_unix_ms, 2'000);
  }
}

inline void pages_follow_each_other_without_gap(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  for (std::uint64_t i = 1; i <= 25; ++i) (void)apply_one(engine, say(bob, i, "line " + std::to_string(i)));
  MessageNumber at = 0;
  while (at < 25) {
    const Page page = get<Page>(apply_one(engine, FetchMessages{bob, kPublicRoom, at, 10}));
    assert_int_equal(page.last_number, 25);
    for (const Message& message : page.messages) assert_int_equal(message.number, ++at);
    assert_int_equal(page.complete_to, at);
  }
  const Page rest = get<Page>(apply_one(engine, FetchMessages{bob, kPublicRoom, 25, 10}));
  assert_true(rest.messages.empty() && rest.complete_to == 25);
}

inline void a_page_is_bounded_in_bytes_and_never_empty(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  (void)apply_one(engine, say(bob, 1, std::string(kTextBytesPerPageMax + 1, 'a')));
  for (std::uint64_t i = 2; i <= 6; ++i) (void)apply_one(engine, say(bob, i, std::string(60'000, 'b')));
  const Page first = get<Page>(apply_one(engine, FetchMessages{bob, kPublicRoom, 0, 100}));
  assert_int_equal(first.messages.size(), 1);
  assert_int_equal(first.complete_to, 1);
  const Page second = get<Page>(apply_one(engine, FetchMessages{bob, kPublicRoom, 1, 100}));
  assert_int_equal(second.messages.size(), 4);
}

inline const ConversationState* find(const ConversationList& list, ConversationId id) {
  for (const ConversationState& state : list.conversations) {
    if (state.conversation.id == id) return &state;
  }
  return nullptr;
}

inline ConversationList open(StoreEngine& engine, AccountId account, std::vector<Seen> seen = {}) {
  return get<SessionOpened>(apply_one(engine, OpenSession{account, {}, std::move(seen), 0})).conversations;
}

inline void what_was_not_delivered_is_listed_at_login(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const AccountId eve = make(engine, "eve");
  (void)apply_one(engine, say(bob, 1, "public"));
  const ConversationId talk = get<Appended>(apply_one(engine, whisper(bob, 2, "eve", "one"))).conversation;
  (void)apply_one(engine, whisper(bob, 3, "eve", "two"));
  const ConversationList list = open(engine, eve);
  assert_int_equal(list.conversations.size(), 2);
  assert_int_equal(find(list, kPublicRoom)->last_number, 1);
  assert_int_equal(find(list, talk)->last_number, 2);
  assert_int_equal(find(list, talk)->delivered_number, 0);
  assert_string_equal(find(list, talk)->conversation.peer.c_str(), "bob");
  (void)apply_one(engine, MarkDelivered{eve, {{talk, 1}}});
  assert_int_equal(find(open(engine, eve), talk)->delivered_number, 1);
  (void)apply_one(engine, MarkDelivered{eve, {{talk, 2}}});
  assert_null(find(open(engine, eve), talk));
  assert_non_null(find(open(engine, eve, {{talk, 1}}), talk));
  assert_null(find(open(engine, eve, {{talk, 2}}), talk));
}

inline void marks_only_grow_and_never_pass_the_last_message(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const AccountId eve = make(engine, "eve");
  const AccountId mallory = make(engine, "mallory");
  const ConversationId talk = get<Appended>(apply_one(engine, whisper(bob, 1, "eve", "one"))).conversation;
  (void)apply_one(engine, MarkDelivered{mallory, {{talk, 1}}});
  (void)apply_one(engine, MarkDelivered{eve, {{talk, 1'000}, {77, 1}, {kPublicRoom, 5}}});
  (void)apply_one(engine, MarkDelivered{eve, {{talk, 0}}});
  (void)apply_one(engine, whisper(bob, 2, "eve", "two"));
  const ConversationList list = open(engine, eve);
  assert_int_equal(find(list, talk)->delivered_number, 1);
  assert_int_equal(find(list, kPublicRoom)->delivered_number, 0);
  assert_null(find(open(engine, mallory), talk));
}

inline void a_conversation_that_is_named_twice_counts_as_one(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const AccountId eve = make(engine, "eve");
  const ConversationId talk = get<Appended>(apply_one(engine, whisper(bob, 1, "eve", "one"))).conversation;
  for (std::uint64_t i = 2; i <= 3; ++i) (void)apply_one(engine, whisper(bob, i, "eve", "more"));
  (void)apply_one(engine, MarkDelivered{eve, {{talk, 1}, {talk, 3}, {talk, 2}}});
  assert_null(find(open(engine, eve, {{talk, 3}, {talk, 3}}), talk));
  assert_non_null(find(open(engine, eve, {{talk, 3}, {talk, 2}, {talk, 3}}), talk));
}

inline void ones_own_message_waits_until_it_is_marked(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  (void)make(engine, "eve");
  const ConversationId talk = get<Appended>(apply_one(engine, whisper(bob, 1, "eve", "one"))).conversation;
  assert_int_equal(find(open(engine, bob), talk)->delivered_number, 0);
  (void)apply_one(engine, MarkDelivered{bob, {{talk, 1}}});
  assert_null(find(open(engine, bob), talk));
}

inline void a_long_list_comes_in_pages(void** state) {
  StoreEngine& engine = engine_of(state);
  const AccountId bob = make(engine, "bob");
  const std::size_t friends = kConversationsPerListMax + 20;
  std::vector<StoreRequest> batch;
  for (std::size_t i = 0; i < friends; ++i) batch.emplace_back(create_account("friend" + std::to_string(i)));
  for (std::size_t i = 0; i < friends; ++i) batch.emplace_back(whisper(i + 2, 1, "bob", "hi"));
  (void)engine.apply(batch);
  const ConversationList first = open(engine, bob);
  assert_int_equal(first.conversations.size(), kConversationsPerListMax + 1);
  assert_true(first.next_after_id > 0);
  const auto rest = get<ConversationList>(apply_one(engine, ListUndelivered{bob, first.next_after_id}));
  assert_int_equal(rest.conversations.size(), 20);
  assert_int_equal(rest.next_after_id, 0);
}

// ---- the model and an engine, side by side ----------------------------------------

inline const std::vector<std::string>& some_names() {
  static const std::vector<std::string> names{"bob", "eve", "小明", "🐼", "🐻", "a", "A", "á", "'", "x\"y"};
  return names;
}

inline std::vector<Seen> some_marks(SeededRandom& random) {
  std::vector<Seen> marks(random.below(4));
  for (Seen& seen : marks) seen = {random.below(60), random.below(200)};
  return marks;
}

inline AppendMessage some_message(SeededRandom& random) {
  const std::string& to = some_names()[random.below(some_names().size())];
  const std::uint64_t id = random.below(4'000);
  const std::string text = "text " + std::string(random.below(80), 'x') + (random.one_in(9) ? "你好 👋" : "");
  const AccountId sender = 1 + random.below(14);
  AppendMessage message = random.one_in(2) ? say(sender, id, text) : whisper(sender, id, to, text);
  if (random.one_in(4)) message.after = message_id(random.below(4'000));
  return message;
}

inline StoreRequest some_request(SeededRandom& random) {
  const AccountId account = random.below(13);
  switch (random.below(16)) {
    case 0: {
      CreateAccount create = create_account(some_names()[random.below(some_names().size())]);
      if (random.one_in(3)) create.name.key += "2";
      return create;
    }
    case 1:
      return FindAccount{"key-" + some_names()[random.below(some_names().size())]};
    case 2:
      return FindToken{token_hash(random.below(20))};
    case 3: {
      OpenSession open_session{account, {}, some_marks(random), 7};
      if (random.one_in(2)) open_session.token_hash = token_hash(random.below(20));
      return open_session;
    }
    case 4:
      return ListUndelivered{account, random.below(40)};
    case 5:
      return ChangePasswordHash{account, "hash of bob", "hash of bob"};
    case 6:
      return MarkDelivered{account, some_marks(random)};
    case 7:
    case 8:
      return FetchMessages{account, random.below(60), random.below(300), 1 + random.below(250)};
    case 9:
      return CountRows{};
    default:
      return some_message(random);
  }
}

/// RUDP_STORE_REQUESTS asks for a longer run.
inline std::size_t random_requests_wanted() {
  const char* wanted = std::getenv("RUDP_STORE_REQUESTS");
  return wanted == nullptr ? 20'000 : std::max(20'000ull, std::strtoull(wanted, nullptr, 10));
}

inline void the_engine_agrees_with_the_model_on_random_requests(void** state) {
  StoreEngine& engine = engine_of(state);
  MemoryEngine model;
  SeededRandom random(20'231'105);
  std::vector<std::size_t> seen(std::variant_size_v<StoreReply>);
  const std::size_t wanted = random_requests_wanted();
  std::size_t done = 0;
  while (done < wanted) {
    std::vector<StoreRequest> batch;
    for (std::uint64_t i = 1 + random.below(60); i > 0; --i) batch.push_back(some_request(random));
    const auto expected = model.apply(batch);
    const auto got = engine.apply(batch);
    assert_int_equal(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (!(got[i] == expected[i])) print_message("request %zu of kind %zu\n", done + i, batch[i].index());
      assert_true(got[i] == expected[i]);
      seen[got[i].index()] += 1;
    }
    done += batch.size();
  }
  print_message("%zu random requests, every reply equal\n", done);
  // Every kind of reply but StoreFailure occurred.
  for (std::size_t i = 0; i + 1 < seen.size(); ++i) assert_true(seen[i] > 0);
}

}  // namespace store_suite

/// Every test of the suite: SUITE(test_name) is asked for each of them.
#define STORE_SUITE(TEST)                                       \
  TEST(names_and_look_alikes_are_unique)                        \
  TEST(keys_are_compared_byte_by_byte)                          \
  TEST(unknown_accounts_are_not_found)                          \
  TEST(a_login_replaces_the_token)                              \
  TEST(a_password_hash_changes_only_from_the_one_expected)      \
  TEST(numbers_are_dense_per_conversation)                      \
  TEST(a_resend_gets_the_number_it_has)                         \
  TEST(a_message_is_stored_only_behind_the_one_that_it_follows) \
  TEST(nobody_is_no_recipient)                                  \
  TEST(one_may_write_to_oneself)                                \
  TEST(others_cannot_read_a_private_conversation)               \
  TEST(texts_come_back_byte_for_byte)                           \
  TEST(pages_follow_each_other_without_gap)                     \
  TEST(a_page_is_bounded_in_bytes_and_never_empty)              \
  TEST(what_was_not_delivered_is_listed_at_login)               \
  TEST(marks_only_grow_and_never_pass_the_last_message)         \
  TEST(a_conversation_that_is_named_twice_counts_as_one)        \
  TEST(ones_own_message_waits_until_it_is_marked)               \
  TEST(a_long_list_comes_in_pages)
