// chat/storage/mariadb_engine: the suite of all engines on a real server, and rows that
// equal those of SQLite (threats D9, D11).
#include "chat/storage/mariadb_engine.hpp"

#include "chat/codec.hpp"
#include "chat/mariadb_fixture.hpp"
#include "chat/store_suite.hpp"

namespace {

using namespace store_suite;

int with_mariadb(void** state) {
  auto* fixture = new StoreFixture;
  fixture->engine = open_mariadb(new_options("suite"));
  *state = fixture;
  return fixture->engine ? 0 : -1;
}

int teardown(void** state) {
  delete static_cast<StoreFixture*>(*state);
  return 0;
}

void what_was_applied_is_there_after_reopening(void**) {
  const MariadbOptions options = new_options("reopen");
  {
    auto engine = open_mariadb(options);
    (void)apply_one(*engine, create_account("bob"));
    (void)apply_one(*engine, say(1, 1, "still here"));
  }
  auto engine = open_mariadb(options);
  const auto page = get<Page>(apply_one(*engine, FetchMessages{1, kPublicRoom, 0, 10}));
  assert_string_equal(page.messages.at(0).text.c_str(), "still here");
  assert_false(get<Appended>(apply_one(*engine, say(1, 1, "still here"))).is_new);
  assert_int_equal(get<Appended>(apply_one(*engine, say(1, 2, "next"))).number, 2);
}

// Two servers over one database: the numbers stay dense and no message is stored twice.
void two_engines_share_one_database(void**) {
  const MariadbOptions options = new_options("shared");
  auto one = open_mariadb(options);
  auto two = open_mariadb(options);
  (void)get<AccountCreated>(apply_one(*one, create_account("bob")));
  assert_true(refusal(apply_one(*two, create_account("bob"))) == RefusalCode::name_taken);
  std::thread other([&] {
    for (std::uint64_t i = 0; i < 100; ++i) (void)apply_one(*two, say(1, i, "from two"));
  });
  for (std::uint64_t i = 50; i < 150; ++i) (void)apply_one(*one, say(1, i, "from one"));
  other.join();
  assert_int_equal(get<StoreCounts>(apply_one(*one, CountRows{})).messages, 150);
  const Page page = get<Page>(apply_one(*two, FetchMessages{1, kPublicRoom, 0, 200}));
  assert_int_equal(page.messages.size(), 150);
  for (std::size_t i = 0; i < page.messages.size(); ++i) assert_int_equal(page.messages[i].number, i + 1);
}

void a_batch_of_several_requests_is_one_transaction(void**) {
  const MariadbOptions options = new_options("atomic");
  auto engine = open_mariadb(options);
  const std::uint64_t before = counted("COM_COMMIT");
  std::vector<StoreRequest> batch{create_account("bob")};
  for (std::uint64_t i = 0; i < 100; ++i) batch.emplace_back(say(1, i, "x"));
  (void)engine->apply(batch);
  assert_int_equal(counted("COM_COMMIT") - before, 1);
}

// Who asks how many there are must not make everybody else wait until they were counted.
void ten_thousand_messages_are_not_counted_one_by_one(void**) {
  auto engine = open_mariadb(new_options("many"));
  (void)get<AccountCreated>(apply_one(*engine, create_account("bob")));
  run_sql("INSERT INTO messages SELECT 1, seq, 1, UNHEX(LPAD(HEX(seq), 32, '0')), 0, 'x' FROM seq_1_to_10000",
          "many");
  run_sql("UPDATE conversations SET last_number = 10000 WHERE id = 1", "many");
  const std::uint64_t before = counted("HANDLER_READ_NEXT");
  const auto counts = get<StoreCounts>(apply_one(*engine, CountRows{}));
  assert_true(counted("HANDLER_READ_NEXT") - before < 100);
  assert_true(counts == (StoreCounts{1, 1, 10'000}));
}

/// Bob, and as many who wrote to him as one request may speak of; what they wrote in.
std::vector<Seen> make_crowd(MariadbEngine& engine) {
  std::vector<StoreRequest> batch{create_account("bob")};
  for (AccountId id = 2; id < 2 + kSeenEntriesMax; ++id) {
    batch.emplace_back(create_account("friend" + std::to_string(id)));
    batch.emplace_back(whisper(id, 1, "bob", "hi"));
  }
  std::vector<Seen> heard;
  for (StoreReply& reply : engine.apply(batch)) {
    if (const auto* stored = std::get_if<Appended>(&reply)) heard.push_back({stored->conversation, 1});
  }
  assert_int_equal(heard.size(), kSeenEntriesMax);
  return heard;
}

// Each statement is a round trip, and all clients wait for it.
void two_hundred_marks_are_a_few_statements(void**) {
  auto engine = open_mariadb(new_options("marks"));
  const std::vector<Seen> heard = make_crowd(*engine);
  const std::uint64_t before = counted("COM_STMT_EXECUTE");
  (void)get<Done>(apply_one(*engine, MarkDelivered{1, heard}));
  assert_true(counted("COM_STMT_EXECUTE") - before < 20);
  assert_int_equal(open(*engine, 1).conversations.size(), 1);  // the public room
}

void two_hundred_conversations_seen_are_a_few_statements(void**) {
  auto engine = open_mariadb(new_options("resumes"));
  std::vector<Seen> heard = make_crowd(*engine);
  (void)get<Done>(apply_one(*engine, MarkDelivered{1, heard}));
  for (Seen& seen : heard) seen.number = 0;
  heard.back().number = 1;
  const std::uint64_t before = counted("COM_STMT_EXECUTE");
  const ConversationList list = open(*engine, 1, heard);
  assert_true(counted("COM_STMT_EXECUTE") - before < 20);
  assert_int_equal(list.conversations.size(), kSeenEntriesMax);  // one is not, the public room is
}

}  // namespace

#define ON_MARIADB(test) {"mariadb: " #test, test, with_mariadb, teardown, nullptr},

int main() {
  if (const int code = start_server({"--innodb-flush-log-at-trx-commit=2"}); code != 0) return code;
  const CMUnitTest tests[] = {
      STORE_SUITE(ON_MARIADB)  //
      {"mariadb: the engine agrees with the model on random requests",
       the_engine_agrees_with_the_model_on_random_requests, with_mariadb, teardown, nullptr},
      cmocka_unit_test(what_was_applied_is_there_after_reopening),
      cmocka_unit_test(two_engines_share_one_database),
      cmocka_unit_test(a_batch_of_several_requests_is_one_transaction),
      cmocka_unit_test(ten_thousand_messages_are_not_counted_one_by_one),
      cmocka_unit_test(two_hundred_marks_are_a_few_statements),
      cmocka_unit_test(two_hundred_conversations_seen_are_a_few_statements),
  };
  return end_server_after(cmocka_run_group_tests(tests, nullptr, nullptr));
}
