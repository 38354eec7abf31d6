// In order: is it MariaDB? - is the database ours? - can it be written to? - migrate.
#include "chat/storage/mariadb_schema.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "chat/storage/mariadb_errors.hpp"

namespace chat::mariadb {
namespace {

using Outcome = rudp::Result<void, rudp::Failure>;

constexpr unsigned long kServerVersionMin = 100'500;    // 10.5: the oldest that is still mended by its makers
constexpr std::uint64_t kPacketBytesMin = 1024 * 1024;  // the longest text, many times over

// Each entry makes version n + 1 of version n. MariaDB commits after each statement
// that makes a table, so every statement may be done twice: a migration that was killed
// half way starts again. Released entries are never changed.
//
// utf8mb4_nopad_bin is utf8mb4_bin without one trap: under the latter "a" equals "a " in
// a unique index. No AUTO_INCREMENT: our code assigns the ids, the same on every engine.
constexpr std::string_view kTables[] = {
    R"sql(CREATE TABLE IF NOT EXISTS accounts (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  name_key VARCHAR(255) NOT NULL UNIQUE,
  skeleton VARCHAR(700) NOT NULL UNIQUE,
  password_hash VARCHAR(255) NOT NULL,
  created_unix_ms BIGINT NOT NULL,
  last_login_unix_ms BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)sql",
    R"sql(CREATE TABLE IF NOT EXISTS tokens (
  account BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  token_hash BINARY(32) NOT NULL UNIQUE,
  created_unix_ms BIGINT NOT NULL,
  FOREIGN KEY (account) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)sql",
    R"sql(CREATE TABLE IF NOT EXISTS conversations (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  kind TINYINT UNSIGNED NOT NULL,
  low_account BIGINT UNSIGNED NULL,
  high_account BIGINT UNSIGNED NULL,
  last_number BIGINT UNSIGNED NOT NULL,
  UNIQUE (low_account, high_account),
  FOREIGN KEY (low_account) REFERENCES accounts (id),
  FOREIGN KEY (high_account) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)sql",
    R"sql(CREATE TABLE IF NOT EXISTS members (
  account BIGINT UNSIGNED NOT NULL,
  conversation BIGINT UNSIGNED NOT NULL,
  delivered_number BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (account, conversation),
  FOREIGN KEY (account) REFERENCES accounts (id),
  FOREIGN KEY (conversation) REFERENCES conversations (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)sql",
    R"sql(CREATE TABLE IF NOT EXISTS messages (
  conversation BIGINT UNSIGNED NOT NULL,
  number BIGINT UNSIGNED NOT NULL,
  sender BIGINT UNSIGNED NOT NULL,
  client_message_id BINARY(16) NOT NULL,
  sent_unix_ms BIGINT NOT NULL,
  text MEDIUMTEXT NOT NULL,
  PRIMARY KEY (conversation, number),
  UNIQUE (sender, client_message_id),
  FOREIGN KEY (conversation) REFERENCES conversations (id),
  FOREIGN KEY (sender) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)sql",
    // The last batch that each rchatd committed; see mariadb_engine.cpp.
    R"sql(CREATE TABLE IF NOT EXISTS writers (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  batch BIGINT UNSIGNED NOT NULL,
  seen_unix_s BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)sql",
    "INSERT IGNORE INTO conversations (id, kind, low_account, high_account, last_number) "
    "VALUES (1, 1, NULL, NULL, 0)",
};

constexpr const char* kMakeSchemaTable =
    "CREATE TABLE IF NOT EXISTS chat_schema (one TINYINT UNSIGNED NOT NULL PRIMARY KEY, "
    "application VARCHAR(64) NOT NULL, version BIGINT UNSIGNED NOT NULL) "
    "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

/// Of chat_schema; version 0: the tables are not all there.
struct Mark {
  std::string application;
  std::uint64_t version = 0;
};

rudp::Failure refuse(const MariadbOptions& options, const std::string& why) {
  return {rudp::Error::invalid_config, "database " + describe(options) + ": " + why};
}

Outcome outcome_of(const Connection& connection, const MariadbOptions& options) {
  if (connection.error() == 0) return {};
  return explain(connection.error(), connection.message(), options);
}

std::uint64_t read_number(Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  return statement.begin().step() ? statement.number(0) : 0;
}

std::string read_text(Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  return statement.begin().step() ? statement.text(0) : std::string();
}

Outcome check_server(Connection& connection, const MariadbOptions& options) {
  const bool is_mariadb = mariadb_connection(connection.raw()) != 0;
  if (!is_mariadb || mysql_get_server_version(connection.raw()) < kServerVersionMin) {
    return refuse(options, "this is " + std::string(mysql_get_server_info(connection.raw())) +
                               "; MariaDB 10.5 or newer is needed");
  }
  if (read_number(connection, "SELECT @@global.max_allowed_packet") < kPacketBytesMin) {
    return refuse(options, "the server's max_allowed_packet is less than 1 MiB");
  }
  return outcome_of(connection, options);
}

// Two servers that start at once make the tables one after the other.
class SchemaLock {
 public:
  explicit SchemaLock(Connection& connection) : connection_(connection) {
    held_ = read_number(connection, "SELECT GET_LOCK(CONCAT('rchat schema ', MD5(DATABASE())), 2)") == 1;
  }
  ~SchemaLock() {
    if (held_) read_number(connection_, "SELECT RELEASE_LOCK(CONCAT('rchat schema ', MD5(DATABASE())))");
  }
  SchemaLock(const SchemaLock&) = delete;
  SchemaLock& operator=(const SchemaLock&) = delete;
  bool is_held() const { return held_; }

 private:
  Connection& connection_;
  bool held_ = false;
};

std::uint64_t count_tables(Connection& connection) {
  return read_number(connection,
                     "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
}

bool has_schema_table(Connection& connection) {
  return read_number(connection,
                     "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                     "AND table_name = 'chat_schema'") == 1;
}

Mark read_mark(Connection& connection) {
  Statement statement(connection, "SELECT application, version FROM chat_schema WHERE one = 1");
  if (!statement.begin().step()) return {};
  return {statement.text(0), statement.number(1)};
}

Outcome check_ours(const Mark& mark, const MariadbOptions& options, Purpose purpose) {
  const bool is_filling = mark.application == kApplicationFilling;
  if (mark.application != kApplication && !is_filling) {
    return refuse(options, "it holds the tables of another program; give the chat a database of its own");
  }
  if (mark.version > kSchemaVersion) {
    return refuse(options, "it was written by a newer version of this program (schema " +
                               std::to_string(mark.version) +
                               ", known here: " + std::to_string(kSchemaVersion) + ")");
  }
  if (is_filling && purpose == Purpose::use) {
    return refuse(options, "a migration into it was not finished; run the same rchatd migrate again");
  }
  if (!is_filling && purpose == Purpose::fill) {
    return refuse(options, "it holds a chat already; migrate into an empty database");
  }
  return {};
}

// A server that was started on it once, before anybody came, leaves tables and nothing in them.
void take_back_if_unused(Connection& connection, Mark& mark) {
  const bool is_ours = mark.application == kApplication && mark.version == kSchemaVersion;
  if (!is_ours || read_number(connection, "SELECT COUNT(*) FROM accounts") > 0) return;
  Statement fill(connection, "UPDATE chat_schema SET application = ? WHERE one = 1");
  fill.begin().bind(kApplicationFilling).run();
  mark.application = kApplicationFilling;
}

bool insert_mark(Connection& connection, Purpose purpose) {
  Statement statement(connection,
                      "INSERT IGNORE INTO chat_schema (one, application, version) VALUES (1, ?, 0)");
  statement.begin().bind(purpose == Purpose::use ? kApplication : kApplicationFilling).run();
  return connection.error() == 0;
}

// The step that says so is the last one.
bool make_tables(Connection& connection) {
  for (const std::string_view sql : kTables) connection.execute(sql.data());
  Statement done(connection, "UPDATE chat_schema SET version = 1 WHERE one = 1 AND version = 0");
  done.begin().run();
  return connection.error() == 0;
}

Outcome migrate(Connection& connection, const MariadbOptions& options, Purpose purpose) {
  const SchemaLock lock(connection);
  if (connection.error() == 0 && !lock.is_held()) {
    return refuse(options, "another program is changing its tables; try again");
  }
  const bool exists = has_schema_table(connection);
  if (!exists && count_tables(connection) > 0) {
    return refuse(options, "it holds the tables of another program; give the chat a database of its own");
  }
  if (!exists) connection.execute(kMakeSchemaTable);
  Mark mark = read_mark(connection);
  if (connection.error() == 0 && mark.application.empty() && insert_mark(connection, purpose)) {
    mark = read_mark(connection);
  }
  if (purpose == Purpose::fill) take_back_if_unused(connection, mark);
  if (connection.error() != 0) return outcome_of(connection, options);
  if (auto ours = check_ours(mark, options, purpose); !ours) return ours;
  if (mark.version == 0) make_tables(connection);
  return outcome_of(connection, options);
}

// Rights and read-only servers show here, before anybody relies on the database.
Outcome check_writable(Connection& connection, const MariadbOptions& options) {
  connection.execute("START TRANSACTION");
  Statement touch(connection,
                  "INSERT INTO writers VALUES ('probe', 0, 0) ON DUPLICATE KEY UPDATE batch = batch + 1");
  touch.begin().run();
  connection.execute("ROLLBACK");
  return outcome_of(connection, options);
}

Outcome check_engines(Connection& connection, const MariadbOptions& options) {
  const std::string other = read_text(
      connection,
      "SELECT CAST(CONCAT(table_name, ' is ', engine) AS CHAR) FROM information_schema.tables "
      "WHERE table_schema = DATABASE() AND engine <> 'InnoDB' AND table_name IN ('chat_schema', 'accounts', "
      "'tokens', 'conversations', 'members', 'messages', 'writers') LIMIT 1");
  if (!other.empty()) return refuse(options, "all its tables must be InnoDB, but " + other);
  return outcome_of(connection, options);
}

}  // namespace

Outcome prepare(Connection& connection, const MariadbOptions& options, Purpose purpose) {
  if (connection.error() != 0) return outcome_of(connection, options);
  if (auto outcome = check_server(connection, options); !outcome) return outcome;
  if (auto outcome = migrate(connection, options, purpose); !outcome) return outcome;
  if (auto outcome = check_engines(connection, options); !outcome) return outcome;
  return check_writable(connection, options);
}

Outcome mark_ready(Connection& connection, const MariadbOptions& options) {
  Statement ready(connection, "UPDATE chat_schema SET application = ? WHERE one = 1");
  ready.begin().bind(kApplication).run();
  return outcome_of(connection, options);
}

Outcome take_database(Connection& connection, const MariadbOptions& options, std::chrono::seconds patience) {
  Statement take(connection, "SELECT GET_LOCK(CONCAT('rchat server ', MD5(DATABASE())), ?)");
  const bool taken = take.begin().bind(std::int64_t{patience.count()}).step() && take.number(0) == 1;
  if (taken || connection.error() != 0) return outcome_of(connection, options);
  const std::uint64_t holder =
      read_number(connection, "SELECT IS_USED_LOCK(CONCAT('rchat server ', MD5(DATABASE())))");
  return refuse(options,
                "another rchatd uses it; if that one is gone with its machine, let an administrator of the "
                "database server KILL connection " +
                    std::to_string(holder));
}

bool take_name(Connection& connection, std::string_view name) {
  Statement take(connection, "SELECT GET_LOCK(CONCAT('rchat name ', ?), 0)");
  return take.begin().bind(name).step() && take.number(0) == 1;
}

std::vector<std::string> risky_settings(Connection& connection) {
  std::vector<std::string> risky;
  if (read_number(connection, "SELECT @@global.innodb_flush_log_at_trx_commit") != 1) {
    risky.push_back(
        "innodb_flush_log_at_trx_commit is not 1: a crash or a power cut of the database server LOSES "
        "messages "
        "that were acknowledged");
  }
  if (read_number(connection, "SELECT @@global.log_bin") != 0 &&
      read_number(connection, "SELECT @@global.sync_binlog") != 1) {
    risky.push_back(
        "the binary log is on and sync_binlog is not 1: a power cut of the database server LOSES messages "
        "that "
        "were acknowledged");
  }
  connection.clear_error();
  return risky;
}

}  // namespace chat::mariadb
