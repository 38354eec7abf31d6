#include "chat/storage/mariadb_rows.hpp"

#include <algorithm>
#include <utility>

#include "chat/storage/mariadb_connection.hpp"
#include "chat/storage/mariadb_errors.hpp"
#include "chat/storage/mariadb_schema.hpp"

namespace chat {
namespace {

using mariadb::Connection;
using mariadb::Statement;
using rudp::Failure;
using rudp::Result;

bool is_number(CellKind kind) { return kind == CellKind::number || kind == CellKind::number_or_null; }

std::string upsert_sql(const Table& table) {
  std::string columns, values, updates;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string name(table.columns[i].name);
    columns += (i == 0 ? "" : ", ") + name;
    values += i == 0 ? "" : ", ";
    values += table.columns[i].kind == CellKind::number_or_null ? "NULLIF(?, 0)" : "?";
    if (i >= table.key_columns) updates += (updates.empty() ? "" : ", ") + name + " = VALUES(" + name + ")";
  }
  return "INSERT INTO " + std::string(table.name) + " (" + columns + ") VALUES (" + values +
         ") ON DUPLICATE KEY UPDATE " + updates;
}

void bind_cell(Statement& statement, const Cell& cell, CellKind kind) {
  if (is_number(kind)) {
    statement.bind(std::get<std::int64_t>(cell));
    return;
  }
  const auto& bytes = std::get<std::string>(cell);
  if (kind == CellKind::text) statement.bind(std::string_view(bytes));
  if (kind == CellKind::blob) {
    statement.bind(rudp::Bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  }
}

class MariadbRows final : public RowStore {
 public:
  MariadbRows(std::unique_ptr<Connection> connection, MariadbOptions options)
      : connection_(std::move(connection)), options_(std::move(options)) {}

  Result<std::uint64_t, Failure> count(const Table& table) override {
    Statement statement(*connection_, count_rows_sql(table));
    const std::uint64_t rows = statement.begin().step() ? statement.number(0) : 0;
    if (failed()) return failure();
    return rows;
  }

  Result<std::vector<Row>, Failure> read(const Table& table, const RowKey& after,
                                         std::size_t limit) override {
    Statement statement(*connection_, select_rows_sql(table));
    statement.begin().bind(after[0]);
    if (table.key_columns == 2) statement.bind(after[0]).bind(after[1]);
    statement.bind(std::uint64_t{limit});
    std::vector<Row> rows;
    while (statement.step()) rows.push_back(read_row(statement, table));
    if (failed()) return failure();
    return rows;
  }

  Result<RowKey, Failure> last_key(const Table& table) override {
    Statement statement(*connection_, last_key_sql(table));
    RowKey key{};
    const bool found = statement.begin().step();
    for (unsigned i = 0; found && i < table.key_columns; ++i) key[i] = statement.number(i);
    if (failed()) return failure();
    return key;
  }

  Result<void, Failure> write(const Table& table, std::span<const Row> rows) override {
    connection_->execute("START TRANSACTION");
    Statement statement(*connection_, upsert_sql(table));
    for (const Row& row : rows) {
      statement.begin();
      for (std::size_t i = 0; i < row.size(); ++i) bind_cell(statement, row[i], table.columns[i].kind);
      statement.run();
    }
    connection_->execute("COMMIT");
    if (failed()) return failure();
    return {};
  }

  Result<void, Failure> finish() override { return mariadb::mark_ready(*connection_, options_); }

 private:
  static Row read_row(Statement& statement, const Table& table) {
    Row row;
    for (unsigned i = 0; i < table.columns.size(); ++i) {
      if (is_number(table.columns[i].kind)) {
        row.emplace_back(statement.signed_number(i));
      } else {
        row.emplace_back(statement.text(i));
      }
    }
    return row;
  }

  bool failed() const { return connection_->error() != 0; }
  Failure failure() const { return mariadb::explain(connection_->error(), connection_->message(), options_); }

  std::unique_ptr<Connection> connection_;
  MariadbOptions options_;
};

Result<std::unique_ptr<Connection>, Failure> connect(const MariadbOptions& options,
                                                     mariadb::Purpose purpose) {
  auto connection = std::make_unique<Connection>();
  if (!connection->open(options, std::max(options.call_limit, options.start_limit))) {
    return mariadb::explain(connection->error(), connection->message(), options);
  }
  // First of all: a database that a server uses must not be touched.
  if (auto taken = mariadb::take_database(*connection, options, options.takeover_limit); !taken) {
    return taken.error();
  }
  if (auto prepared = mariadb::prepare(*connection, options, purpose); !prepared) return prepared.error();
  return connection;
}

}  // namespace

Result<std::unique_ptr<RowStore>, Failure> open_mariadb_source(const MariadbOptions& options) {
  auto connection = connect(options, mariadb::Purpose::use);
  if (!connection) return connection.error();
  // The other side may be slow between two pages.
  (*connection)->execute("SET SESSION idle_transaction_timeout = 0");
  (*connection)->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  if ((*connection)->error() != 0) {
    return mariadb::explain((*connection)->error(), (*connection)->message(), options);
  }
  return std::unique_ptr<RowStore>(std::make_unique<MariadbRows>(*std::move(connection), options));
}

Result<std::unique_ptr<RowStore>, Failure> open_mariadb_target(const MariadbOptions& options) {
  auto connection = connect(options, mariadb::Purpose::fill);
  if (!connection) return connection.error();
  return std::unique_ptr<RowStore>(std::make_unique<MariadbRows>(*std::move(connection), options));
}

}  // namespace chat
