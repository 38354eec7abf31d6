// SQLite as values that clean up after themselves. Errors stick: after the first
// one, every statement of the database answers "no row" until it is taken.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <rudp/types.hpp>

struct sqlite3;
struct sqlite3_stmt;

namespace chat::sqlite {

class Database {
 public:
  Database() = default;
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// False: see error() and message().
  bool open(const std::string& path, int busy_timeout_ms);
  /// Runs SQL without parameters and results. False after any error.
  bool execute(const char* sql);

  /// The first SQLite result code that was an error, extended; 0 for none.
  int error() const { return error_; }
  /// What SQLite said about it.
  const std::string& message() const { return message_; }
  void clear_error();
  void note_error(int code);

  /// Lets go of the rows that statements stand on.
  void reset_statements();
  bool in_transaction() const;
  sqlite3* raw() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
  int error_ = 0;
  std::string message_;
};

/// A prepared statement: bind in order of the question marks, then step.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Makes it ready for new values. The values must live until the next begin().
  Statement& begin();
  Statement& bind(std::uint64_t value);
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(rudp::Bytes blob);

  /// True where there is a row to read.
  bool step();
  /// For statements without rows.
  void run() { step(); }

  std::uint64_t number(int column) const;
  std::int64_t signed_number(int column) const;
  std::string text(int column) const;
  /// Valid until the next step or begin.
  rudp::Bytes blob(int column) const;

 private:
  void check(int code);

  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
  int next_ = 1;
};

}  // namespace chat::sqlite
