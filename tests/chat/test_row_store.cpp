// chat/storage/row_store and sqlite_rows: copying, going on, comparing.
#include "chat/storage/row_store.hpp"

#include <filesystem>
#include <string>

#include "chat/row_rig.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;

void a_copy_equals_its_source_and_is_a_chat(void**) {
  const test::Folder folder;
  const std::string from = folder / "from.db", to = folder / "to.db";
  fill_sqlite(from, 60, 2'000);
  {
    const auto source = rows_of(open_sqlite_source(from));
    const auto target = rows_of(open_sqlite_target(to));
    const auto copied = copy_rows(*source, *target, go_on);
    assert_true(copied.has_value());
    assert_int_equal(copied->size(), 5);
    assert_int_equal((*copied)[0].rows, 60);
    assert_int_equal((*copied)[4].rows, 2'000);
  }
  assert_true(all_rows(*rows_of(open_sqlite_source(from))) == all_rows(*rows_of(open_sqlite_source(to))));
  assert_false(std::filesystem::exists(to + ".partial"));
  auto engine = SqliteEngine::open(to);
  assert_true(engine.has_value());
  assert_int_equal(std::get<StoreCounts>(apply_one(**engine, CountRows{})).messages, 2'000);
}

// Wherever it ended, the same call goes on, and no server takes what is half there.
void a_copy_that_was_stopped_goes_on(void**) {
  const test::Folder folder;
  const std::string from = folder / "from.db", to = folder / "to.db";
  fill_sqlite(from, 60, 2'000);
  for (int pages = 1; pages <= 14; ++pages) {
    const auto source = rows_of(open_sqlite_source(from));
    const auto target = rows_of(open_sqlite_target(to));
    const auto stopped = copy_rows(*source, *target, StopAfter{pages});
    if (stopped.has_value()) break;
    assert_true(stopped.error().code == rudp::Error::closed_locally);
    assert_false(std::filesystem::exists(to));
  }
  const bool done = std::filesystem::exists(to);
  if (!done) {
    assert_true(
        copy_rows(*rows_of(open_sqlite_source(from)), *rows_of(open_sqlite_target(to)), go_on).has_value());
  }
  assert_true(all_rows(*rows_of(open_sqlite_source(from))) == all_rows(*rows_of(open_sqlite_source(to))));
}

// What comparing is for: somebody wrote into the half copy.
void a_difference_is_found(void**) {
  const test::Folder folder;
  const std::string from = folder / "from.db", to = folder / "to.db";
  fill_sqlite(from, 20, 700);
  const auto source = rows_of(open_sqlite_source(from));
  const auto target = rows_of(open_sqlite_target(to));
  const Table& messages = chat_tables().back();
  int pages = 0;
  const auto copied = copy_rows(*source, *target, [&](const CopyProgress& at) {
    if (!at.comparing || pages++ > 0) return true;
    auto row = target->read(messages, {1, 0}, 1);
    row->front().back() = std::string("something else");
    return target->write(messages, *row).has_value();
  });
  assert_false(copied.has_value());
  assert_true(copied.error().what.find("differs from its source in table messages") != std::string::npos);
  assert_false(std::filesystem::exists(to));
}

void what_is_there_is_never_written_over(void**) {
  const test::Folder folder;
  const std::string path = folder / "chat.db";
  fill_sqlite(path, 3, 3);
  const auto target = open_sqlite_target(path);
  assert_true(!target && target.error().what.find("it exists already") != std::string::npos);
  const auto source = open_sqlite_source(folder / "nothing.db");
  assert_true(!source && source.error().what.find("there is no such file") != std::string::npos);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_copy_equals_its_source_and_is_a_chat),
      cmocka_unit_test(a_copy_that_was_stopped_goes_on),
      cmocka_unit_test(a_difference_is_found),
      cmocka_unit_test(what_is_there_is_never_written_over),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
