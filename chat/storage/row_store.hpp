// The rows of a store as they are, for moving a chat from one database to another.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rudp/error.hpp>

namespace chat {

/// A number, or the bytes of a text or a blob. NULL, in the columns that may be, is 0.
using Cell = std::variant<std::int64_t, std::string>;
using Row = std::vector<Cell>;

enum class CellKind : std::uint8_t { number, number_or_null, text, blob };

struct Column {
  std::string_view name;
  CellKind kind = CellKind::number;
};

/// One table of the schema; its first columns are the primary key, all of them numbers above 0.
struct Table {
  std::string_view name;
  std::size_t key_columns = 1;  ///< 1 or 2
  std::vector<Column> columns;
};

/// All that make up a chat, in an order in which rows refer to rows of earlier tables only.
const std::vector<Table>& chat_tables();

/// The key of a row; the unused part is 0. {0, 0} lies before every row.
using RowKey = std::array<std::uint64_t, 2>;
RowKey key_of(const Table& table, const Row& row);

/// SQL that both engines take. Reading binds key 0, key 0, key 1, limit (or key 0, limit).
std::string select_rows_sql(const Table& table);
std::string last_key_sql(const Table& table);
std::string count_rows_sql(const Table& table);

/// Rows of one database. Reading shows one moment of it, also while others write.
class RowStore {
 public:
  static constexpr std::size_t kRowsPerPageMax = 500;

  virtual ~RowStore() = default;

  virtual rudp::Result<std::uint64_t, rudp::Failure> count(const Table& table) = 0;
  /// At most `limit` rows behind `after`, in order of their keys.
  virtual rudp::Result<std::vector<Row>, rudp::Failure> read(const Table& table, const RowKey& after,
                                                             std::size_t limit) = 0;
  /// {0, 0} where the table is empty.
  virtual rudp::Result<RowKey, rudp::Failure> last_key(const Table& table) = 0;
  /// Puts rows in, in one transaction, over those of the same keys.
  virtual rudp::Result<void, rudp::Failure> write(const Table& table, std::span<const Row> rows) = 0;
  /// Says that everything is there. Before, no server takes the database; afterwards, nothing is written any
  /// more.
  virtual rudp::Result<void, rudp::Failure> finish() = 0;
};

/// Where copying stands.
struct CopyProgress {
  std::string_view table;
  bool comparing = false;
  std::uint64_t done = 0, all = 0;
};

struct CopiedTable {
  std::string_view table;
  std::uint64_t rows = 0;
  std::uint64_t hash = 0;  ///< FNV-1a over every cell: equal for equal contents
};

/// Copies everything that is not there yet, then reads both sides and compares every row; only
/// then finishes the target. Where it ends early, the same call goes on behind the last message
/// that was copied. `go_on` is told after each page and ends the copying by answering false.
rudp::Result<std::vector<CopiedTable>, rudp::Failure> copy_rows(
    RowStore& source, RowStore& target, const std::function<bool(const CopyProgress&)>& go_on);

}  // namespace chat
