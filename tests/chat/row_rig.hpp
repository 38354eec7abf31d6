// A chat to be moved, and all rows of a database to compare.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chat/seeded_random.hpp"
#include "chat/storage/row_store.hpp"
#include "chat/storage/sqlite_rows.hpp"
#include "chat/store_maker.hpp"

#include "support/cmocka.hpp"

using AllRows = std::map<std::string, std::vector<chat::Row>>;

inline AllRows all_rows(chat::RowStore& store) {
  AllRows all;
  for (const chat::Table& table : chat::chat_tables()) {
    std::vector<chat::Row>& rows = all[std::string(table.name)];
    while (true) {
      const chat::RowKey after = rows.empty() ? chat::RowKey{} : chat::key_of(table, rows.back());
      const auto page = store.read(table, after, chat::RowStore::kRowsPerPageMax);
      assert_true(page.has_value());
      if (page->empty()) break;
      rows.insert(rows.end(), page->begin(), page->end());
    }
  }
  return all;
}

/// Accounts with tokens, messages in the public room and between friends, marks; Chinese and emoji among
/// them.
inline void fill_chat(chat::StoreEngine& engine, std::uint64_t accounts, std::uint64_t messages) {
  static const std::vector<std::string> names{"小明", "🐼", "🐻", "'", "\\", "a", "A"};
  SeededRandom random(7);
  std::vector<chat::StoreRequest> batch;
  const auto add = [&](chat::StoreRequest request) {
    batch.push_back(std::move(request));
    if (batch.size() < 500) return;
    (void)engine.apply(batch);
    batch.clear();
  };
  for (std::uint64_t i = 0; i < accounts; ++i) add(create_account(names[i % 7] + std::to_string(i / 7)));
  for (std::uint64_t i = 1; i <= accounts; i += 3) add(chat::OpenSession{i, token_hash(i), {}, 77});
  for (std::uint64_t i = 1; i <= messages; ++i) {
    const std::string text = "消息 👋🏽 " + std::to_string(i) + std::string(random.below(200), 'x');
    const std::uint64_t to = random.below(accounts);
    const auto sender = 1 + random.below(accounts);
    if (random.one_in(3)) {
      add(whisper(sender, i, names[to % 7] + std::to_string(to / 7), text));
    } else {
      add(say(sender, i, text));
    }
    if (random.one_in(10))
      add(chat::MarkDelivered{sender, {{1 + random.below(50), random.below(50)}, {1, i}}});
  }
  (void)engine.apply(batch);
}

inline void fill_sqlite(const std::string& path, std::uint64_t accounts, std::uint64_t messages) {
  auto engine = chat::SqliteEngine::open(path);
  assert_true(engine.has_value());
  fill_chat(**engine, accounts, messages);
}

inline std::unique_ptr<chat::RowStore> rows_of(
    rudp::Result<std::unique_ptr<chat::RowStore>, rudp::Failure> opened) {
  if (!opened) print_message("%s\n", opened.error().sentence().c_str());
  assert_true(opened.has_value());
  return *std::move(opened);
}

inline bool go_on(const chat::CopyProgress&) { return true; }

/// Ends the copying behind so many pages.
struct StopAfter {
  int pages = 0;
  bool operator()(const chat::CopyProgress&) { return --pages > 0; }
};
