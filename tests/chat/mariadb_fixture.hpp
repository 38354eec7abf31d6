// One MariaDB server for the tests of an executable, and databases in it.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "chat/storage/mariadb_engine.hpp"

#include "support/cmocka.hpp"
#include "support/mariadb_server.hpp"

inline std::unique_ptr<MariadbServer>& server_holder() {
  static std::unique_ptr<MariadbServer> one;
  return one;
}

inline MariadbServer& server() { return *server_holder(); }

/// Starts it. False: SKIPPED and the reason were printed.
inline bool has_server(std::vector<std::string> options = {}) {
  server_holder() = std::make_unique<MariadbServer>(std::move(options));
  if (server().problem().empty()) return true;
  std::printf("SKIPPED: %s\n", server().problem().c_str());
  server_holder().reset();
  return false;
}

inline void end_server() { server_holder().reset(); }

/// As the root of the test's server, in a database that exists.
inline chat::MariadbOptions options_of(const std::string& database) {
  chat::MariadbOptions options;
  options.user = "root";
  options.socket = server().socket();
  options.database = database;
  return options;
}

/// In a new and empty one.
inline chat::MariadbOptions new_options(const std::string& database) {
  server().new_database(database);
  return options_of(database);
}

inline std::unique_ptr<chat::MariadbEngine> open_mariadb(const chat::MariadbOptions& options) {
  auto opened = chat::MariadbEngine::open(options);
  if (!opened) print_message("%s\n", opened.error().sentence().c_str());
  return opened ? *std::move(opened) : nullptr;
}
