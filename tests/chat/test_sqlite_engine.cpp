// chat/storage/sqlite_engine: files that are not ours, disks that fill up and break
// (threats D3, D4, D5, D6, D10).
#include "chat/storage/sqlite_engine.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "chat/failing_vfs.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;
using failing_vfs::Fault;

std::unique_ptr<SqliteEngine> open(const std::string& path) {
  auto opened = SqliteEngine::open(path);
  if (!opened) print_message("%s\n", opened.error().sentence().c_str());
  assert_true(opened.has_value());
  return std::move(*opened);
}

std::string refusal_of(const std::string& path) {
  const auto opened = SqliteEngine::open(path);
  assert_false(opened.has_value());
  assert_true(opened.error().what.find(path) != std::string::npos);
  return opened.error().what;
}

bool says(const std::string& sentence, const std::string& part) {
  if (sentence.find(part) == std::string::npos) print_message("it says: %s\n", sentence.c_str());
  return sentence.find(part) != std::string::npos;
}

void execute(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  assert_int_equal(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

bool is_failure(const StoreReply& reply, StoreError error) {
  const auto* failure = std::get_if<StoreFailure>(&reply);
  return failure != nullptr && failure->error == error;
}

void what_was_applied_is_there_after_reopening(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  {
    auto engine = open(path);
    (void)apply_one(*engine, create_account("bob"));
    (void)apply_one(*engine, say(1, 1, "still here"));
  }
  auto engine = open(path);
  const auto page = std::get<Page>(apply_one(*engine, FetchMessages{1, kPublicRoom, 0, 10}));
  assert_string_equal(page.messages.at(0).text.c_str(), "still here");
  assert_false(std::get<Appended>(apply_one(*engine, say(1, 1, "still here"))).is_new);
  assert_int_equal(std::get<Appended>(apply_one(*engine, say(1, 2, "next"))).number, 2);
}

void the_file_is_private_and_logged_ahead(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  auto engine = open(path);
  (void)apply_one(*engine, create_account("bob"));
  namespace fs = std::filesystem;
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  assert_true((fs::status(path).permissions() & others) == fs::perms::none);
  assert_true(fs::exists(path + "-wal"));
  assert_true((fs::status(path + "-wal").permissions() & others) == fs::perms::none);
}

void a_file_that_is_no_database_is_refused_and_left_alone(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  const std::string garbage(5'000, 'g');
  write_file(path, garbage);
  assert_true(says(refusal_of(path), "not a database"));
  assert_true(read_file(path) == garbage);
}

void a_database_of_another_program_is_refused_and_left_alone(void**) {
  const test::Folder folder;
  const std::string path = folder / "other.db";
  execute(path, "CREATE TABLE pictures (id INTEGER)");
  const std::string before = read_file(path);
  assert_true(says(refusal_of(path), "another program"));
  assert_true(read_file(path) == before);
}

void a_newer_schema_is_refused(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  open(path).reset();
  execute(path, "PRAGMA user_version = 99");
  assert_true(says(refusal_of(path), "newer version"));
}

void a_folder_and_a_path_without_folder_are_refused(void**) {
  const test::Folder folder;
  std::filesystem::create_directories(folder / "chat.db");
  assert_true(says(refusal_of(folder / "chat.db"), "directory"));
  assert_true(says(refusal_of(folder / "no/such/chat.db"), "cannot be created"));
}

void a_truncated_file_is_refused(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  open(path).reset();
  const std::string whole = read_file(path);
  write_file(path, whole.substr(0, whole.size() / 2));
  assert_true(says(refusal_of(path), "damaged"));
}

// Whatever was flipped: it opens and answers, or it is refused with a sentence; it never crashes.
void flipped_bytes_are_survived(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  {
    auto engine = open(path);
    (void)apply_one(*engine, create_account("bob"));
    for (std::uint64_t i = 0; i < 50; ++i) (void)apply_one(*engine, say(1, i, std::string(200, 'x')));
  }
  const std::string whole = read_file(path);
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += whole.size() / 150) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    write_file(path, bad);
    auto engine = SqliteEngine::open(path);
    if (!engine) refused += 1;
    if (engine) (void)apply_one(**engine, FetchMessages{1, kPublicRoom, 0, 100});
    if (engine) (void)apply_one(**engine, say(1, 1'000, "more"));
    if (engine) engine->reset();
    std::filesystem::remove(path + "-wal");
    std::filesystem::remove(path + "-shm");
  }
  assert_true(refused > 0);
}

// Threat D4: nothing is promised while the disk is full, reading goes on, and it recovers.
void a_full_disk_refuses_writes_serves_reads_and_recovers(void**) {
  const test::Folder folder;
  auto engine = open(folder / "chat.db");
  (void)apply_one(*engine, create_account("bob"));
  (void)apply_one(*engine, say(1, 1, "before"));
  for (int calls = 0; calls < 4; ++calls) {
    failing_vfs::arm(Fault::full, calls);
    const std::vector<StoreRequest> batch{
        say(1, 100 + static_cast<std::uint64_t>(calls), std::string(20'000, 'x')),
        FetchMessages{1, kPublicRoom, 0, 10}};
    const auto replies = engine->apply(batch);
    assert_true(failing_vfs::state().faults > 0);
    assert_true(is_failure(replies[0], StoreError::full));
    assert_int_equal(std::get<Page>(replies[1]).messages.size(), 1);
  }
  failing_vfs::arm(Fault::none, 0);
  assert_int_equal(std::get<Appended>(apply_one(*engine, say(1, 2, "after"))).number, 2);
}

// Threat D3: after a failed write or fsync nothing is believed until a restart.
void a_broken_disk_stops_the_engine_for_good(void**) {
  for (const Fault fault : {Fault::write_error, Fault::sync_error}) {
    const test::Folder folder;
    auto engine = open(folder / "chat.db");
    (void)apply_one(*engine, create_account("bob"));
    (void)apply_one(*engine, say(1, 1, "promised"));
    failing_vfs::arm(fault, 0);
    assert_true(is_failure(apply_one(*engine, say(1, 2, "not promised")), StoreError::broken));
    failing_vfs::arm(Fault::none, 0);
    assert_true(is_failure(apply_one(*engine, say(1, 3, "too late")), StoreError::broken));
    assert_true(is_failure(apply_one(*engine, CountRows{}), StoreError::broken));
    engine = open(folder / "chat.db");
    const auto page = std::get<Page>(apply_one(*engine, FetchMessages{1, kPublicRoom, 0, 10}));
    assert_string_equal(page.messages.at(0).text.c_str(), "promised");
  }
}

void one_request_that_cannot_be_stored_does_not_take_the_others_along(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  auto engine = open(path);
  (void)apply_one(*engine, create_account("bob"));
  execute(path,
          "CREATE TRIGGER no BEFORE INSERT ON messages WHEN new.text = 'poison' "
          "BEGIN SELECT RAISE(ABORT, 'no'); END");
  const std::vector<StoreRequest> batch{say(1, 1, "good"), say(1, 2, "poison"), say(1, 3, "also good")};
  const auto replies = engine->apply(batch);
  assert_int_equal(std::get<Appended>(replies[0]).number, 1);
  assert_true(is_failure(replies[1], StoreError::unavailable));
  assert_int_equal(std::get<Appended>(replies[2]).number, 2);
}

// Threat D5. The lock outlasts the engine's patience once, then goes away.
void a_lock_held_by_another_program_is_busy_and_passes(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  auto engine = open(path);
  (void)apply_one(*engine, create_account("bob"));
  sqlite3* other = nullptr;
  assert_int_equal(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  assert_true(is_failure(apply_one(*engine, say(1, 1, "waits")), StoreError::busy));
  assert_int_equal(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  assert_int_equal(std::get<Appended>(apply_one(*engine, say(1, 1, "waits"))).number, 1);
}

// ---- what a request costs --------------------------------------------------------

sqlite3* last_opened = nullptr;

int note_opened(sqlite3* opened, const char**, const void*) {
  last_opened = opened;
  return SQLITE_OK;
}

/// The engine's own connection, which SQLite shows to extensions.
std::unique_ptr<SqliteEngine> open_and_watch(const std::string& path) {
  const auto extension = reinterpret_cast<void (*)()>(&note_opened);
  sqlite3_auto_extension(extension);
  auto engine = open(path);
  sqlite3_cancel_auto_extension(extension);
  return engine;
}

/// Pages that it looked at so far.
int pages_read() {
  int hits = 0, misses = 0, peak = 0;
  sqlite3_db_status(last_opened, SQLITE_DBSTATUS_CACHE_HIT, &hits, &peak, 0);
  sqlite3_db_status(last_opened, SQLITE_DBSTATUS_CACHE_MISS, &misses, &peak, 0);
  return hits + misses;
}

int pages_of_count(SqliteEngine& engine, std::uint64_t messages) {
  const int before = pages_read();
  const auto counts = std::get<StoreCounts>(apply_one(engine, CountRows{}));
  assert_true(counts == (StoreCounts{1, 1, messages}));
  return pages_read() - before;
}

void ten_thousand_messages_are_not_counted_one_by_one(void**) {
  const test::Folder folder;
  auto engine = open_and_watch(folder / "chat.db");
  (void)apply_one(*engine, create_account("bob"));
  (void)apply_one(*engine, say(1, 1, "x"));
  const int pages_of_one = pages_of_count(*engine, 1);
  std::vector<StoreRequest> batch;
  for (std::uint64_t i = 2; i <= 10'000; ++i) batch.emplace_back(say(1, i, "x"));
  (void)engine->apply(batch);
  const int pages = pages_of_count(*engine, 10'000);
  assert_in_range(pages, 1, pages_of_one + 2);
}

int setup(void**) {
  failing_vfs::install();
  failing_vfs::arm(Fault::none, 0);
  return 0;
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test_setup(what_was_applied_is_there_after_reopening, setup),
      cmocka_unit_test_setup(the_file_is_private_and_logged_ahead, setup),
      cmocka_unit_test_setup(a_file_that_is_no_database_is_refused_and_left_alone, setup),
      cmocka_unit_test_setup(a_database_of_another_program_is_refused_and_left_alone, setup),
      cmocka_unit_test_setup(a_newer_schema_is_refused, setup),
      cmocka_unit_test_setup(a_folder_and_a_path_without_folder_are_refused, setup),
      cmocka_unit_test_setup(a_truncated_file_is_refused, setup),
      cmocka_unit_test_setup(flipped_bytes_are_survived, setup),
      cmocka_unit_test_setup(a_full_disk_refuses_writes_serves_reads_and_recovers, setup),
      cmocka_unit_test_setup(a_broken_disk_stops_the_engine_for_good, setup),
      cmocka_unit_test_setup(one_request_that_cannot_be_stored_does_not_take_the_others_along, setup),
      cmocka_unit_test_setup(a_lock_held_by_another_program_is_busy_and_passes, setup),
      cmocka_unit_test_setup(ten_thousand_messages_are_not_counted_one_by_one, setup),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
