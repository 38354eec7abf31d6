// In order: create with mode 0600 - is it ours? - is it whole? - WAL - migrate.
// Nothing is written before the file is known to be ours.
#include "chat/storage/sqlite_schema.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <sqlite3.h>

#include "chat/storage/sqlite_engine.hpp"

namespace chat::sqlite {
namespace {

using Outcome = rudp::Result<void, rudp::Failure>;

constexpr std::int64_t kApplicationId = 0x52434854;  // "RCHT", in the header of every file of ours

// Each entry makes version n + 1 of version n, says so in user_version, and is
// never changed once released.
// Ids and numbers are assigned by our code: no AUTOINCREMENT, so that every
// database engine gives the same ones.
constexpr std::array<const char*, SqliteEngine::kSchemaVersion> kMigrations = {
    R"sql(
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  skeleton TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_unix_ms INTEGER NOT NULL,
  last_login_unix_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  account INTEGER PRIMARY KEY REFERENCES accounts(id),
  token_hash BLOB NOT NULL UNIQUE,
  created_unix_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  low_account INTEGER REFERENCES accounts(id),
  high_account INTEGER REFERENCES accounts(id),
  last_number INTEGER NOT NULL,
  UNIQUE (low_account, high_account)
) STRICT;
CREATE TABLE members (
  account INTEGER NOT NULL REFERENCES accounts(id),
  conversation INTEGER NOT NULL REFERENCES conversations(id),
  delivered_number INTEGER NOT NULL,
  PRIMARY KEY (account, conversation)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
  conversation INTEGER NOT NULL REFERENCES conversations(id),
  number INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES accounts(id),
  client_message_id BLOB NOT NULL,
  sent_unix_ms INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (conversation, number),
  UNIQUE (sender, client_message_id)
) STRICT;
INSERT INTO conversations (id, kind, low_account, high_account, last_number) VALUES (1, 1, NULL, NULL, 0);
PRAGMA application_id = 0x52434854;
PRAGMA user_version = 1;
)sql",
};

rudp::Failure failure(const std::string& path, const std::string& why) {
  return {rudp::Error::io_error, "database " + path + ": " + why};
}

rudp::Failure sqlite_failure(const Database& database, const std::string& path) {
  switch (database.error() & 0xff) {
    case SQLITE_NOTADB:
      return failure(path, "this file is not a database; it was left as it is");
    case SQLITE_CORRUPT:
      return failure(path, "the file is damaged; restore it from a backup");
    case SQLITE_BUSY:
      return failure(path, "another program is using it");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return {rudp::Error::permission_denied, "database " + path + ": it cannot be opened for writing"};
    case SQLITE_FULL:
      return failure(path, "the disk is full");
    default:
      return failure(path, database.message());
  }
}

std::int64_t read_number(Database& database, const char* sql) {
  Statement statement(database, sql);
  return statement.step() ? statement.signed_number(0) : 0;
}

// SQLite gives its journal files the mode of the database itself.
Outcome create_private(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error)) return failure(path, "this is a directory");
  if (fs::exists(path, error)) return {};
  if (!std::ofstream(path, std::ios::app)) {
    return rudp::Failure(rudp::Error::permission_denied, "database " + path + ": it cannot be created");
  }
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return failure(path, "its permissions cannot be set");
  return {};
}

Outcome check_ours(Database& database, const std::string& path) {
  const std::int64_t tables = read_number(database, "SELECT count(*) FROM sqlite_schema");
  const std::int64_t application = read_number(database, "PRAGMA application_id");
  const std::int64_t version = read_number(database, "PRAGMA user_version");
  if (database.error() != 0) return sqlite_failure(database, path);
  const bool is_new = tables == 0 && application == 0 && version == 0;
  if (!is_new && application != kApplicationId) {
    return failure(path, "this is a database of another program; it was left as it is");
  }
  if (version > SqliteEngine::kSchemaVersion) {
    return failure(path, "it was written by a newer version of this program (schema " +
                             std::to_string(version) +
                             ", known here: " + std::to_string(SqliteEngine::kSchemaVersion) + ")");
  }
  return {};
}

Outcome check_whole(Database& database, const std::string& path) {
  Statement check(database, "PRAGMA quick_check(1)");
  const std::string verdict = check.step() ? check.text(0) : std::string{};
  if (database.error() != 0) return sqlite_failure(database, path);
  if (verdict != "ok")
    return failure(path, "the file is damaged (" + verdict + "); restore it from a backup");
  return {};
}

// FULL: the log is fsynced before a commit returns, or an acknowledgement would promise too much.
Outcome configure(Database& database, const std::string& path) {
  Statement journal(database, "PRAGMA journal_mode = WAL");
  const std::string mode = journal.step() ? journal.text(0) : std::string{};
  if (database.error() == 0 && mode != "wal")
    return failure(path, "its file system cannot hold a write-ahead log");
  database.execute("PRAGMA synchronous = FULL");
  database.execute("PRAGMA foreign_keys = ON");
  if (database.error() != 0) return sqlite_failure(database, path);
  return {};
}

bool migrate_from(Database& database, std::size_t version) {
  database.execute("BEGIN IMMEDIATE");
  database.execute(kMigrations[version]);
  return database.execute("COMMIT");
}

// One transaction for each step: killed in between, the next start goes on from there.
Outcome migrate(Database& database, const std::string& path) {
  auto version = static_cast<std::size_t>(read_number(database, "PRAGMA user_version"));
  for (; database.error() == 0 && version < kMigrations.size(); ++version) migrate_from(database, version);
  if (database.error() != 0) return sqlite_failure(database, path);
  return {};
}

}  // namespace

Outcome prepare(Database& database, const std::string& path, int busy_timeout_ms) {
  if (auto created = create_private(path); !created) return created;
  if (!database.open(path, busy_timeout_ms)) return sqlite_failure(database, path);
  database.execute("PRAGMA trusted_schema = OFF");
  for (const auto step : {check_ours, check_whole, configure, migrate}) {
    if (auto outcome = step(database, path); !outcome) return outcome;
  }
  return {};
}

}  // namespace chat::sqlite
