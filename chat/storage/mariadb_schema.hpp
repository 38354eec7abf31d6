// The tables in MariaDB, and how an older database becomes a newer one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <rudp/error.hpp>

#include "chat/storage/mariadb_connection.hpp"

namespace chat::mariadb {

constexpr std::uint64_t kSchemaVersion = 1;
/// What `chat_schema.application` says: ready to be used, or being filled by a migration.
constexpr std::string_view kApplication = "rchat";
constexpr std::string_view kApplicationFilling = "rchat, filling";

/// Takes a database that is empty, or ours and ready; see prepare().
enum class Purpose : std::uint8_t {
  use,   ///< refuses one that a migration has only begun to fill
  fill,  ///< takes one without accounts, or one that it began to fill before
};

/// Checks that the database behind an open connection is ours or empty, that the
/// server can be written to and the user has the rights, and brings the schema up to date.
/// Errors: a sentence each, nothing was changed by then.
rudp::Result<void, rudp::Failure> prepare(Connection& connection, const MariadbOptions& options,
                                          Purpose purpose = Purpose::use);

/// Says that a database that was being filled is whole.
rudp::Result<void, rudp::Failure> mark_ready(Connection& connection, const MariadbOptions& options);

/// Takes the database for one server, as long as the connection lives. Errors: a sentence,
/// another holds it, longer than for a moment.
rudp::Result<void, rudp::Failure> take_database(Connection& connection, const MariadbOptions& options,
                                                std::chrono::seconds patience);

/// Takes a name that tells one server's connections from all others, as long as the connection
/// lives. Taken before the database, it tells who holds that: false while another connection
/// of the same server lives. Errors: look at connection.error() too.
bool take_name(Connection& connection, std::string_view name);

/// Settings of the server under which an acknowledged message could be lost; a sentence each.
std::vector<std::string> risky_settings(Connection& connection);

}  // namespace chat::mariadb
