#include "chat/storage/sqlite_rows.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "chat/storage/sqlite_database.hpp"
#include "chat/storage/sqlite_engine.hpp"
#include "chat/storage/sqlite_schema.hpp"

namespace chat {
namespace {

using rudp::Failure;
using rudp::Result;
using sqlite::Database;
using sqlite::Statement;

rudp::Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Cell read_cell(const Statement& row, int column, CellKind kind) {
  if (kind == CellKind::text) return row.text(column);
  if (kind != CellKind::blob) return row.signed_number(column);
  const rudp::Bytes blob = row.blob(column);
  return std::string(blob.begin(), blob.end());
}

void bind_cell(Statement& statement, const Cell& cell, CellKind kind) {
  if (kind == CellKind::text) {
    statement.bind(std::string_view(std::get<std::string>(cell)));
  } else if (kind == CellKind::blob) {
    statement.bind(bytes_of(std::get<std::string>(cell)));
  } else {
    statement.bind(std::get<std::int64_t>(cell));
  }
}

// INSERT OR REPLACE would delete what other tables refer to.
std::string upsert_sql(const Table& table) {
  std::string columns, values, key, updates;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string name(table.columns[i].name);
    const char* const comma = i == 0 ? "" : ", ";
    columns += comma + name;
    values += comma;
    values += table.columns[i].kind == CellKind::number_or_null ? "NULLIF(?, 0)" : "?";
    if (i < table.key_columns) key += comma + name;
    if (i >= table.key_columns) updates += (updates.empty() ? "" : ", ") + name + " = excluded." + name;
  }
  return "INSERT INTO " + std::string(table.name) + " (" + columns + ") VALUES (" + values +
         ") ON CONFLICT (" + key + ") DO UPDATE SET " + updates;
}

class SqliteRows final : public RowStore {
 public:
  SqliteRows(std::unique_ptr<Database> database, std::string path, std::string final_path)
      : database_(std::move(database)), path_(std::move(path)), final_path_(std::move(final_path)) {}

  Result<std::uint64_t, Failure> count(const Table& table) override {
    Statement statement(*database_, count_rows_sql(table).c_str());
    const std::uint64_t rows = statement.begin().step() ? statement.number(0) : 0;
    if (failed()) return failure();
    return rows;
  }

  Result<std::vector<Row>, Failure> read(const Table& table, const RowKey& after,
                                         std::size_t limit) override {
    Statement statement(*database_, select_rows_sql(table).c_str());
    statement.begin().bind(after[0]);
    if (table.key_columns == 2) statement.bind(after[0]).bind(after[1]);
    statement.bind(std::uint64_t{limit});
    std::vector<Row> rows;
    while (statement.step()) {
      Row& row = rows.emplace_back();
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        row.push_back(read_cell(statement, static_cast<int>(i), table.columns[i].kind));
      }
    }
    if (failed()) return failure();
    return rows;
  }

  Result<RowKey, Failure> last_key(const Table& table) override {
    Statement statement(*database_, last_key_sql(table).c_str());
    RowKey key{};
    const bool found = statement.begin().step();
    for (std::size_t i = 0; found && i < table.key_columns; ++i)
      key[i] = statement.number(static_cast<int>(i));
    if (failed()) return failure();
    return key;
  }

  Result<void, Failure> write(const Table& table, std::span<const Row> rows) override {
    database_->execute("BEGIN IMMEDIATE");
    Statement statement(*database_, upsert_sql(table).c_str());
    for (const Row& row : rows) {
      statement.begin();
      for (std::size_t i = 0; i < row.size(); ++i) bind_cell(statement, row[i], table.columns[i].kind);
      statement.run();
    }
    database_->reset_statements();
    database_->execute("COMMIT");
    if (failed()) return failure();
    return {};
  }

  // Closing the last connection brings the write-ahead log into the file itself.
  Result<void, Failure> finish() override {
    database_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    if (failed()) return failure();
    database_.reset();
    std::error_code error;
    std::filesystem::rename(path_, final_path_, error);
    if (error) return Failure(rudp::Error::io_error, path_ + " cannot be renamed: " + error.message());
    return {};
  }

 private:
  bool failed() const { return database_->error() != 0; }
  Failure failure() const {
    return {rudp::Error::io_error, "database " + path_ + ": " + database_->message()};
  }

  std::unique_ptr<Database> database_;
  std::string path_, final_path_;
};

Result<std::unique_ptr<Database>, Failure> open_database(const std::string& path) {
  auto database = std::make_unique<Database>();
  if (auto prepared = sqlite::prepare(*database, path, SqliteEngine::kBusyTimeoutMs); !prepared) {
    return prepared.error();
  }
  return database;
}

}  // namespace

Result<std::unique_ptr<RowStore>, Failure> open_sqlite_source(const std::string& path) {
  if (!std::filesystem::exists(path))
    return Failure(rudp::Error::io_error, "database " + path + ": there is no such file");
  auto database = open_database(path);
  if (!database) return database.error();
  // One moment is read, and nobody writes meanwhile.
  if (!(*database)->execute("BEGIN IMMEDIATE")) {
    return Failure(rudp::Error::io_error, "database " + path + ": " + (*database)->message());
  }
  return std::unique_ptr<RowStore>(std::make_unique<SqliteRows>(*std::move(database), path, path));
}

Result<std::unique_ptr<RowStore>, Failure> open_sqlite_target(const std::string& path) {
  if (std::filesystem::exists(path)) {
    return Failure(rudp::Error::io_error,
                   "database " + path + ": it exists already; migrate into a new file");
  }
  const std::string partial = path + ".partial";
  auto database = open_database(partial);
  if (!database) return database.error();
  return std::unique_ptr<RowStore>(std::make_unique<SqliteRows>(*std::move(database), partial, path));
}

}  // namespace chat
