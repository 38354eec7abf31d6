// Where the chat is kept, as an operator writes it: sqlite:PATH, or
// mariadb://USER@HOST[:PORT]/NAME with options behind a "?". A password is in
// neither: it comes from a file or from the environment.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <rudp/error.hpp>

#include "chat/storage/mariadb_options.hpp"

namespace server {

/// Holds the password of a MariaDB user where the URL names no password_file.
constexpr const char* kDatabasePasswordVariable = "RCHATD_DATABASE_PASSWORD";

struct SqliteDatabase {
  std::string path;  ///< as it was written; may be relative

  friend bool operator==(const SqliteDatabase&, const SqliteDatabase&) = default;
};

struct MariadbDatabase {
  chat::MariadbOptions options;  ///< without the password
  std::string password_file;     ///< may be empty
};

using DatabaseUrl = std::variant<SqliteDatabase, MariadbDatabase>;

bool is_mariadb(std::string_view url);

/// Errors: what is wrong, to be put behind the name of the option: "must be ...". Never
/// repeats what may be a password.
rudp::Result<DatabaseUrl, std::string> parse_database_url(const std::string& url);

/// With its password: from the file, whose first line it is, else from the environment, else none.
/// Errors: a sentence; a file that everybody may read is refused.
rudp::Result<chat::MariadbOptions, std::string> with_password(const MariadbDatabase& database);

}  // namespace server
