#include "chat/storage/mariadb_connection.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include <errmsg.h>

namespace chat::mariadb {
namespace {

// The library's own start is not safe from two threads at once.
void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { mysql_server_init(0, nullptr, nullptr); });
}

// Strict: a text that does not fit is an error, never a shorter text. A connection that
// vanished without a word must not hold its locks for the server's default of hours: an
// open transaction ends after 10 s of silence.
constexpr const char* kSessionSettings =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', "
    "autocommit = 1, innodb_lock_wait_timeout = 2, "
    "idle_transaction_timeout = 10, wait_timeout = 3600, foreign_key_checks = 1, unique_checks = 1";
constexpr const char* kIsolation = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ";
constexpr const char* kNames = "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin";

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

bool is_number(enum_field_types type) {
  return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 ||
         type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_NEWDECIMAL;
}

}  // namespace

// ---- connection -------------------------------------------------------------

Connection::Connection() {
  start_library();
  if (mysql_init(&handle_) == nullptr) note_error(CR_OUT_OF_MEMORY, "no memory");
}

Connection::~Connection() { mysql_close(&handle_); }

void Connection::set_limits(const MariadbOptions& options, std::chrono::seconds round_trip) {
  const auto whole = [](std::chrono::seconds limit) {
    return static_cast<unsigned>(std::max<std::int64_t>(1, limit.count()));
  };
  const unsigned connecting = whole(options.call_limit), answering = whole(round_trip);
  mysql_options(&handle_, MYSQL_OPT_CONNECT_TIMEOUT, &connecting);
  mysql_options(&handle_, MYSQL_OPT_READ_TIMEOUT, &answering);
  mysql_options(&handle_, MYSQL_OPT_WRITE_TIMEOUT, &answering);
  const my_bool reconnect = 0;
  mysql_options(&handle_, MYSQL_OPT_RECONNECT, &reconnect);
  // A server in the wrong hands must not ask for files of this machine.
  const unsigned local_files = 0;
  mysql_options(&handle_, MYSQL_OPT_LOCAL_INFILE, &local_files);
  mysql_options(&handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

void Connection::set_tls(const MariadbOptions& options) {
  if (options.tls == MariadbTls::off) return;
  const my_bool yes = 1;
  const my_bool verify = options.tls == MariadbTls::verified ? 1 : 0;
  mysql_ssl_set(&handle_, or_null(options.tls_key), or_null(options.tls_certificate), or_null(options.tls_ca),
                nullptr, nullptr);
  mysql_options(&handle_, MYSQL_OPT_SSL_ENFORCE, &yes);
  mysql_options(&handle_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

bool Connection::open(const MariadbOptions& options, std::chrono::seconds round_trip) {
  if (error_ != 0) return false;
  set_limits(options, round_trip);
  set_tls(options);
  // The library takes "localhost" for the default socket file, which was not asked for.
  const bool by_socket = options.host.empty();
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  const MYSQL* opened = mysql_real_connect(&handle_, by_socket ? nullptr : host.c_str(), options.user.c_str(),
                                           options.password.c_str(), options.database.c_str(), options.port,
                                           by_socket ? options.socket.c_str() : nullptr, 0);
  check(opened == nullptr ? 1 : 0);
  // The library lets a server without TLS pass in some cases, and a promise is a promise.
  if (error_ == 0 && options.tls != MariadbTls::off && mysql_get_ssl_cipher(&handle_) == nullptr) {
    note_error(CR_SSL_CONNECTION_ERROR, "the server does not offer TLS");
  }
  return execute(kSessionSettings) && execute(kIsolation) && execute(kNames);
}

bool Connection::execute(const char* sql) {
  if (error_ == 0) check(mysql_query(&handle_, sql));
  return error_ == 0;
}

bool Connection::ping() {
  if (error_ == 0) check(mysql_ping(&handle_));
  return error_ == 0;
}

void Connection::check(int outcome) {
  if (outcome != 0) note_error(mysql_errno(&handle_), mysql_error(&handle_));
}

void Connection::clear_error() {
  error_ = 0;
  message_.clear();
}

void Connection::note_error(unsigned code, const char* message) {
  if (error_ != 0) return;
  error_ = code != 0 ? code : unsigned{CR_UNKNOWN_ERROR};
  message_ = message;
}

// ---- statement --------------------------------------------------------------

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
  if (connection.error() != 0) return;
  handle_ = mysql_stmt_init(connection.raw());
  if (handle_ == nullptr) {
    connection.note_error(CR_OUT_OF_MEMORY, "no memory");
  } else if (mysql_stmt_prepare(handle_, sql.data(), sql.size()) != 0) {
    fail();
  } else {
    shape();
  }
}

Statement::~Statement() {
  if (handle_ != nullptr) mysql_stmt_close(handle_);
}

// Numbers are fetched with the row; of a text only the length, then the text where it is asked for.
void Statement::shape() {
  parameters_.resize(mysql_stmt_param_count(handle_));
  numbers_.resize(parameters_.size());
  const unsigned fields = mysql_stmt_field_count(handle_);
  columns_.resize(fields);
  results_.resize(fields);
  for (unsigned i = 0; i < fields; ++i) {
    MYSQL_BIND& result = results_[i];
    Column& column = columns_[i];
    const bool number = is_number(handle_->fields[i].type);
    result.buffer_type = number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_STRING;
    result.is_unsigned = (handle_->fields[i].flags & UNSIGNED_FLAG) != 0 ? 1 : 0;
    result.buffer = &column.number;
    result.buffer_length = number ? sizeof column.number : 0;
    result.length = &column.length;
    result.is_null = &column.is_null;
    result.error = &column.is_cut;
  }
}

Statement& Statement::begin() {
  if (handle_ != nullptr && is_executed_) mysql_stmt_free_result(handle_);
  is_executed_ = false;
  bound_ = 0;
  return *this;
}

// REQUIRES: as many values as question marks; the program ends where that does not hold.
MYSQL_BIND& Statement::next_parameter(enum_field_types type) {
  if (bound_ >= parameters_.size()) std::abort();
  MYSQL_BIND& parameter = parameters_[bound_++];
  parameter = MYSQL_BIND{};
  parameter.buffer_type = type;
  return parameter;
}

Statement& Statement::bind(std::uint64_t value) {
  if (handle_ == nullptr) return *this;
  MYSQL_BIND& parameter = next_parameter(MYSQL_TYPE_LONGLONG);
  numbers_[bound_ - 1] = value;
  parameter.buffer = &numbers_[bound_ - 1];
  parameter.is_unsigned = 1;
  return *this;
}

Statement& Statement::bind(std::int64_t value) {
  if (handle_ == nullptr) return *this;
  bind(static_cast<std::uint64_t>(value));
  parameters_[bound_ - 1].is_unsigned = 0;
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  if (handle_ == nullptr) return *this;
  MYSQL_BIND& parameter = next_parameter(MYSQL_TYPE_STRING);
  static char nothing = 0;
  parameter.buffer = text.data() == nullptr ? &nothing : const_cast<char*>(text.data());
  parameter.buffer_length = text.size();
  return *this;
}

Statement& Statement::bind(rudp::Bytes blob) {
  if (handle_ == nullptr) return *this;
  bind(std::string_view(reinterpret_cast<const char*>(blob.data()), blob.size()));
  parameters_[bound_ - 1].buffer_type = MYSQL_TYPE_BLOB;
  return *this;
}

Statement& Statement::bind_null() {
  if (handle_ != nullptr) next_parameter(MYSQL_TYPE_NULL);
  return *this;
}

bool Statement::fail() {
  connection_.note_error(mysql_stmt_errno(handle_), mysql_stmt_error(handle_));
  return false;
}

bool Statement::execute() {
  if (bound_ != parameters_.size()) std::abort();
  is_executed_ = true;
  if (!parameters_.empty() && mysql_stmt_bind_param(handle_, parameters_.data()) != 0) return fail();
  if (mysql_stmt_execute(handle_) != 0) return fail();
  if (results_.empty()) return false;
  // Everything is taken at once: rows that wait in the connection would block the next statement.
  if (mysql_stmt_store_result(handle_) != 0) return fail();
  return mysql_stmt_bind_result(handle_, results_.data()) == 0 || fail();
}

bool Statement::step() {
  if (connection_.error() != 0 || handle_ == nullptr) return false;
  if (!is_executed_ && !execute()) return false;
  if (results_.empty()) return false;
  const int outcome = mysql_stmt_fetch(handle_);
  if (outcome == 0 || outcome == MYSQL_DATA_TRUNCATED) return true;
  return outcome != MYSQL_NO_DATA && fail();
}

std::uint64_t Statement::number(unsigned column) const {
  return is_null(column) ? 0 : columns_[column].number;
}

std::int64_t Statement::signed_number(unsigned column) const {
  return static_cast<std::int64_t>(number(column));
}

std::string Statement::text(unsigned column) {
  if (is_null(column)) return {};
  std::string text(columns_[column].length, '\0');
  if (text.empty()) return text;
  MYSQL_BIND whole{};
  Column state;
  whole.buffer_type = MYSQL_TYPE_STRING;
  whole.buffer = text.data();
  whole.buffer_length = text.size();
  whole.length = &state.length;
  whole.is_null = &state.is_null;
  whole.error = &state.is_cut;
  if (mysql_stmt_fetch_column(handle_, &whole, column, 0) != 0) fail();
  return text;
}

bool Statement::is_null(unsigned column) const {
  return column >= columns_.size() || columns_[column].is_null != 0;
}

}  // namespace chat::mariadb
