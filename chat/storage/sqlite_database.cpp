#include "chat/storage/sqlite_database.hpp"

#include <sqlite3.h>

namespace chat::sqlite {

Database::~Database() { sqlite3_close(handle_); }

bool Database::open(const std::string& path, int busy_timeout_ms) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  note_error(sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr));
  if (error_ != 0) return false;
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
  return true;
}

bool Database::execute(const char* sql) {
  if (error_ == 0) note_error(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
  return error_ == 0;
}

void Database::clear_error() {
  error_ = 0;
  message_.clear();
}

void Database::note_error(int code) {
  const bool is_error = code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE;
  if (!is_error || error_ != 0) return;
  error_ = code;
  message_ = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
}

void Database::reset_statements() {
  sqlite3_stmt* statement = sqlite3_next_stmt(handle_, nullptr);
  for (; statement != nullptr; statement = sqlite3_next_stmt(handle_, statement)) {
    if (sqlite3_stmt_busy(statement) != 0) sqlite3_reset(statement);
  }
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Statement::Statement(Database& database, const char* sql) : database_(database) {
  if (database.error() != 0) return;
  check(sqlite3_prepare_v3(database.raw(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

// sqlite3_reset repeats the error of the last step, which was noted then.
Statement& Statement::begin() {
  sqlite3_reset(handle_);
  next_ = 1;
  return *this;
}

Statement& Statement::bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(handle_, next_++, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const char* const data = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text64(handle_, next_++, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(rudp::Bytes blob) {
  check(sqlite3_bind_blob64(handle_, next_++, blob.data(), blob.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::step() {
  if (database_.error() != 0) return false;
  const int code = sqlite3_step(handle_);
  check(code);
  return code == SQLITE_ROW;
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(handle_, column));
}

std::int64_t Statement::signed_number(int column) const { return sqlite3_column_int64(handle_, column); }

std::string Statement::text(int column) const {
  const auto* const data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

rudp::Bytes Statement::blob(int column) const {
  const auto* const data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::check(int code) { database_.note_error(code); }

}  // namespace chat::sqlite
