// One MariaDB server for the tests of an executable, and databases in it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "chat/storage/mariadb_engine.hpp"

#include "support/cmocka.hpp"
#include "support/mariadb_server.hpp"

inline MariadbServer& server() { return database(); }

/// As the root of the test's server, in a database that exists. What a test does not
/// want to fail waits as long as a slow disk takes.
inline chat::MariadbOptions options_of(const std::string& database) {
  chat::MariadbOptions options;
  options.user = "root";
  options.socket = server().socket();
  options.database = database;
  options.time_limit = std::chrono::seconds(300);
  options.call_limit = std::chrono::seconds(300);
  options.takeover_limit = std::chrono::seconds(60);
  return options;
}

/// In a new and empty one.
inline chat::MariadbOptions new_options(const std::string& database) {
  assert_string_equal(server().new_database(database).c_str(), "");
  return options_of(database);
}

/// For statements that must succeed.
inline void run_sql(const std::string& sql, const std::string& database = {}) {
  assert_string_equal(server().sql(sql, database).c_str(), "");
}

/// What the server has counted since its start, over all connections: "HANDLER_READ_NEXT".
inline std::uint64_t counted(const std::string& variable) {
  return std::stoull(
      server().sql("SELECT variable_value FROM information_schema.global_status "
                   "WHERE variable_name = '" +
                   variable + "'"));
}

/// Tries again where no answer came within the limits of a test that wants them short.
inline std::unique_ptr<chat::MariadbEngine> open_mariadb(const chat::MariadbOptions& options) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(300);
  auto opened = chat::MariadbEngine::open(options);
  while (!opened && opened.error().code == rudp::Error::network_unreachable &&
         std::chrono::steady_clock::now() < patience) {
    opened = chat::MariadbEngine::open(options);
  }
  if (!opened) print_message("%s\n", opened.error().sentence().c_str());
  return opened ? *std::move(opened) : nullptr;
}

/// Until the server answers so; five minutes at most. It is not asked more often: what it
/// tells about its transactions is refreshed only when it was left alone for 100 ms.
inline bool comes_to(const std::string& sql, const std::string& answer) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(300);
  while (server().sql(sql) != answer) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
  }
  return true;
}

/// The connections to a database: what has just been closed may still be among them.
inline std::string count_of_connections(const std::string& database) {
  return "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" + database + "'";
}

/// As an administrator, or wait_timeout, ends the only connection to a database; returns when it is gone.
inline bool kill_only_connection(const std::string& database) {
  if (!comes_to(count_of_connections(database), "1")) return false;
  const std::string id =
      server().sql("SELECT id FROM information_schema.processlist WHERE db = '" + database + "'");
  return server().sql("KILL " + id).empty() && comes_to(count_of_connections(database), "0");
}
