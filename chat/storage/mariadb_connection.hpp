// MariaDB as values that clean up after themselves. Errors stick: after the first
// one, every statement of the connection answers "no row" until it is cleared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <rudp/types.hpp>

#include "chat/storage/mariadb_options.hpp"

namespace chat::mariadb {

/// One connection, used by one thread at a time. It never reconnects by itself:
/// a transaction that was cut must not go on as half of it.
class Connection {
 public:
  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects and makes the session's settings. False: see error() and message().
  bool open(const MariadbOptions& options) { return open(options, options.call_limit); }
  /// The same, with another limit for each round trip once it is connected.
  bool open(const MariadbOptions& options, std::chrono::seconds round_trip);
  /// Runs fixed SQL without values and results. False after any error.
  bool execute(const char* sql);

  /// Asks for a sign of life, which is one for the server too. False where none came.
  bool ping();

  /// The first error number, of the server or the library; 0 for none.
  unsigned error() const { return error_; }
  /// What was said about it.
  const std::string& message() const { return message_; }
  void clear_error();
  void note_error(unsigned code, const char* message);

  MYSQL* raw() { return &handle_; }

 private:
  void set_limits(const MariadbOptions& options, std::chrono::seconds round_trip);
  void set_tls(const MariadbOptions& options);
  void check(int outcome);

  MYSQL handle_{};
  unsigned error_ = 0;
  std::string message_;
};

/// A prepared statement: bind in order of the question marks, then step.
class Statement {
 public:
  /// Prepares it, which also checks the rights on the tables.
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Makes it ready for new values. Texts and blobs must live until the first step().
  Statement& begin();
  Statement& bind(std::uint64_t value);
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(rudp::Bytes blob);
  Statement& bind_null();

  /// True where there is a row to read.
  bool step();
  /// For statements without rows.
  void run() { step(); }

  /// Columns of the row; 0 or empty for NULL.
  std::uint64_t number(unsigned column) const;
  std::int64_t signed_number(unsigned column) const;
  std::string text(unsigned column);
  bool is_null(unsigned column) const;

 private:
  struct Column {
    std::uint64_t number = 0;
    unsigned long length = 0;
    my_bool is_null = 0;
    my_bool is_cut = 0;
  };

  MYSQL_BIND& next_parameter(enum_field_types type);
  void shape();
  bool execute();
  bool fail();

  Connection& connection_;
  MYSQL_STMT* handle_ = nullptr;
  // One entry for each question mark and each column; they point into each other and never move.
  std::vector<MYSQL_BIND> parameters_;
  std::vector<std::uint64_t> numbers_;
  std::vector<MYSQL_BIND> results_;
  std::vector<Column> columns_;
  std::size_t bound_ = 0;
  bool is_executed_ = false;
};

}  // namespace chat::mariadb
