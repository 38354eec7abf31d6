// chat/storage/mariadb_rows: a chat moves from SQLite to MariaDB and back, and the
// engines leave equal rows behind equal requests (threat D9).
#include "chat/storage/mariadb_rows.hpp"

#include <cstdlib>
#include <string>

#include "chat/mariadb_fixture.hpp"
#include "chat/row_rig.hpp"
#include "chat/store_suite.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;

/// RUDP_MIGRATE_MESSAGES asks for a larger chat; a tenth as many accounts.
std::uint64_t messages_wanted() {
  const char* wanted = std::getenv("RUDP_MIGRATE_MESSAGES");
  return wanted == nullptr ? 10'000 : std::max(10'000ull, std::strtoull(wanted, nullptr, 10));
}

void a_chat_moves_there_and_back_unchanged(void**) {
  const test::Folder folder;
  const std::string from = folder / "from.db", back = folder / "back.db";
  const std::uint64_t messages = messages_wanted();
  fill_sqlite(from, messages / 10, messages);
  const MariadbOptions options = new_options("move");
  (void)open_mariadb(options);  // a server was tried on it before: that leaves empty tables
  {
    const auto source = rows_of(open_sqlite_source(from));
    const auto copied = copy_rows(*source, *rows_of(open_mariadb_target(options)), go_on);
    assert_true(copied.has_value());
    assert_int_equal(copied->back().rows, messages);
    assert_true(copy_rows(*rows_of(open_mariadb_source(options)), *rows_of(open_sqlite_target(back)), go_on)
                    .has_value());
  }
  assert_true(all_rows(*rows_of(open_sqlite_source(from))) == all_rows(*rows_of(open_sqlite_source(back))));
  auto engine = open_mariadb(options);
  assert_int_equal(std::get<StoreCounts>(apply_one(*engine, CountRows{})).messages, messages);
}

// A server must not take what is half there, and a second try must not begin again.
void a_move_that_was_stopped_goes_on_and_is_refused_until_then(void**) {
  const test::Folder folder;
  const std::string from = folder / "from.db";
  fill_sqlite(from, 50, 2'500);
  const MariadbOptions options = new_options("half");
  const auto source = rows_of(open_sqlite_source(from));
  const auto half_way = [](const CopyProgress& at) { return at.table != "messages" || at.done < 1'000; };
  assert_false(copy_rows(*source, *rows_of(open_mariadb_target(options)), half_way).has_value());
  const auto refused = MariadbEngine::open(options);
  assert_true(!refused &&
              refused.error().what.find("a migration into it was not finished") != std::string::npos);
  const std::uint64_t half = std::stoull(server().sql("SELECT COUNT(*) FROM messages", "half"));
  assert_true(half > 0 && half < 2'500);
  std::uint64_t first = 0;
  const auto copied =
      copy_rows(*source, *rows_of(open_mariadb_target(options)), [&first](const CopyProgress& at) {
        if (at.table == "messages" && first == 0) first = at.done;
        return true;
      });
  assert_true(copied.has_value() && first > half);
  assert_non_null(open_mariadb(options).get());
  const auto full = open_mariadb_target(options);
  assert_true(!full && full.error().what.find("holds a chat already") != std::string::npos);
}

// Also one on which nobody has registered yet.
void a_database_that_a_server_uses_is_not_touched(void**) {
  MariadbOptions options = new_options("used");
  options.exclusive = true;
  options.takeover_limit = std::chrono::seconds(1);
  auto engine = open_mariadb(options);
  const auto target = open_mariadb_target(options);
  assert_true(!target && target.error().what.find("another rchatd uses it") != std::string::npos);
  assert_true(std::holds_alternative<AccountCreated>(apply_one(*engine, create_account("bob"))));
}

/// RUDP_STORE_REQUESTS asks for a longer run.
std::uint64_t requests_wanted() {
  const char* wanted = std::getenv("RUDP_STORE_REQUESTS");
  return wanted == nullptr ? 4'500 : std::max(4'500ull, std::strtoull(wanted, nullptr, 10));
}

void equal_requests_leave_equal_rows(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  const MariadbOptions options = new_options("equal");
  {
    auto embedded = SqliteEngine::open(path);
    assert_true(embedded.has_value());
    auto engine = open_mariadb(options);
    MemoryEngine model;
    SeededRandom random(4'711);
    for (std::uint64_t done = 0; done < requests_wanted(); done += 30) {
      std::vector<StoreRequest> batch;
      for (int j = 0; j < 30; ++j) batch.push_back(store_suite::some_request(random));
      const auto expected = model.apply(batch);
      assert_true(engine->apply(batch) == expected);
      assert_true((*embedded)->apply(batch) == expected);
    }
  }
  const AllRows expected = all_rows(*rows_of(open_sqlite_source(path)));
  assert_true(expected.at("messages").size() > 500);
  assert_true(all_rows(*rows_of(open_mariadb_source(options))) == expected);
  print_message("%llu random requests, %zu messages and all other rows equal\n",
                static_cast<unsigned long long>(requests_wanted()), expected.at("messages").size());
}

}  // namespace

int main() {
  if (const int code = start_server({"--innodb-flush-log-at-trx-commit=2"}); code != 0) return code;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_chat_moves_there_and_back_unchanged),
      cmocka_unit_test(a_move_that_was_stopped_goes_on_and_is_refused_until_then),
      cmocka_unit_test(a_database_that_a_server_uses_is_not_touched),
      cmocka_unit_test(equal_requests_leave_equal_rows),
  };
  return end_server_after(cmocka_run_group_tests(tests, nullptr, nullptr));
}
