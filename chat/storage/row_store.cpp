#include "chat/storage/row_store.hpp"

#include <algorithm>
#include <utility>

namespace chat {
namespace {

using rudp::Failure;
using rudp::Result;
using GoOn = std::function<bool(const CopyProgress&)>;

std::string key_order(const Table& table) {
  std::string order(table.columns[0].name);
  if (table.key_columns == 2) order += ", " + std::string(table.columns[1].name);
  return order;
}

// Column names are ours, never somebody's input.
std::string behind_key(const Table& table) {
  const std::string first(table.columns[0].name);
  if (table.key_columns == 1) return first + " > ?";
  return "(" + first + " > ? OR (" + first + " = ? AND " + std::string(table.columns[1].name) + " > ?))";
}

// FNV-1a (Fowler, Noll, Vo): it shows mistakes, not attacks.
class Hash {
 public:
  void add(const Row& row) {
    for (const Cell& cell : row) add(cell);
  }
  std::uint64_t value() const { return state_; }

 private:
  void add(std::uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3u; }
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add(static_cast<std::uint8_t>(number >> shift));
  }
  void add(const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell))
      return add(static_cast<std::uint64_t>(*number));
    const auto& bytes = std::get<std::string>(cell);
    add(std::uint64_t{bytes.size()});
    for (const char c : bytes) add(static_cast<std::uint8_t>(c));
  }

  std::uint64_t state_ = 0xcbf29ce484222325u;
};

Failure stopped() {
  return {rudp::Error::closed_locally, "it was stopped; the same call goes on from there"};
}

Failure difference(const Table& table, const RowKey& after) {
  return {rudp::Error::io_error, "the copy differs from its source in table " + std::string(table.name) +
                                     " behind row " + std::to_string(after[0]) + ", " +
                                     std::to_string(after[1]) +
                                     "; did somebody write in between? Begin again with an empty target"};
}

// Messages are written once and never change; all else is little, and may have changed since a first try.
Result<RowKey, Failure> begin_of(RowStore& target, const Table& table) {
  if (table.name != "messages") return RowKey{};
  return target.last_key(table);
}

Result<void, Failure> copy_table(RowStore& source, RowStore& target, const Table& table, const GoOn& go_on) {
  const auto all = source.count(table);
  const auto begin = begin_of(target, table);
  const auto before = target.count(table);
  for (const auto* failed : {&all, &before})
    if (!*failed) return failed->error();
  if (!begin) return begin.error();
  RowKey after = *begin;
  std::uint64_t done = after == RowKey{} ? 0 : *before;
  while (true) {
    const auto rows = source.read(table, after, RowStore::kRowsPerPageMax);
    if (!rows) return rows.error();
    if (rows->empty()) return {};
    if (auto written = target.write(table, *rows); !written) return written;
    after = key_of(table, rows->back());
    done += rows->size();
    if (!go_on({table.name, false, done, *all})) return stopped();
  }
}

Result<CopiedTable, Failure> compare_table(RowStore& source, RowStore& target, const Table& table,
                                           const GoOn& go_on) {
  const auto all = source.count(table);
  if (!all) return all.error();
  CopiedTable copied{table.name, 0, 0};
  Hash hash;
  RowKey after{};
  while (true) {
    const auto expected = source.read(table, after, RowStore::kRowsPerPageMax);
    if (!expected) return expected.error();
    const auto rows = target.read(table, after, RowStore::kRowsPerPageMax);
    if (!rows) return rows.error();
    if (*rows != *expected) return difference(table, after);
    if (rows->empty()) break;
    for (const Row& row : *rows) hash.add(row);
    copied.rows += rows->size();
    after = key_of(table, rows->back());
    if (!go_on({table.name, true, copied.rows, *all})) return stopped();
  }
  copied.hash = hash.value();
  return copied;
}

}  // namespace

const std::vector<Table>& chat_tables() {
  using enum CellKind;
  static const std::vector<Table> tables{
      {"accounts",
       1,
       {{"id", number},
        {"name", text},
        {"name_key", text},
        {"skeleton", text},
        {"password_hash", text},
        {"created_unix_ms", number},
        {"last_login_unix_ms", number}}},
      {"tokens", 1, {{"account", number}, {"token_hash", blob}, {"created_unix_ms", number}}},
      {"conversations",
       1,
       {{"id", number},
        {"kind", number},
        {"low_account", number_or_null},
        {"high_account", number_or_null},
        {"last_number", number}}},
      {"members", 2, {{"account", number}, {"conversation", number}, {"delivered_number", number}}},
      {"messages",
       2,
       {{"conversation", number},
        {"number", number},
        {"sender", number},
        {"client_message_id", blob},
        {"sent_unix_ms", number},
        {"text", text}}},
  };
  return tables;
}

RowKey key_of(const Table& table, const Row& row) {
  RowKey key{};
  for (std::size_t i = 0; i < table.key_columns; ++i) {
    key[i] = static_cast<std::uint64_t>(std::get<std::int64_t>(row[i]));
  }
  return key;
}

std::string select_rows_sql(const Table& table) {
  std::string columns;
  for (const Column& column : table.columns) {
    const std::string name(column.name);
    columns += columns.empty() ? "" : ", ";
    columns += column.kind == CellKind::number_or_null ? "COALESCE(" + name + ", 0)" : name;
  }
  return "SELECT " + columns + " FROM " + std::string(table.name) + " WHERE " + behind_key(table) +
         " ORDER BY " + key_order(table) + " LIMIT ?";
}

std::string last_key_sql(const Table& table) {
  std::string order(table.columns[0].name);
  order += " DESC";
  if (table.key_columns == 2) order += ", " + std::string(table.columns[1].name) + " DESC";
  return "SELECT " + key_order(table) + " FROM " + std::string(table.name) + " ORDER BY " + order +
         " LIMIT 1";
}

std::string count_rows_sql(const Table& table) { return "SELECT COUNT(*) FROM " + std::string(table.name); }

Result<std::vector<CopiedTable>, Failure> copy_rows(RowStore& source, RowStore& target, const GoOn& go_on) {
  for (const Table& table : chat_tables()) {
    if (auto copied = copy_table(source, target, table, go_on); !copied) return copied.error();
  }
  std::vector<CopiedTable> all;
  for (const Table& table : chat_tables()) {
    const auto compared = compare_table(source, target, table, go_on);
    if (!compared) return compared.error();
    all.push_back(*compared);
  }
  if (auto finished = target.finish(); !finished) return finished.error();
  return all;
}

}  // namespace chat
