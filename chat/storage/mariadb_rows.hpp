// The rows of a database on a MariaDB server; see row_store.hpp.
#pragma once

#include <memory>

#include <rudp/error.hpp>

#include "chat/storage/mariadb_options.hpp"
#include "chat/storage/row_store.hpp"

namespace chat {

/// A chat's database, to read from. Errors: a sentence.
rudp::Result<std::unique_ptr<RowStore>, rudp::Failure> open_mariadb_source(const MariadbOptions& options);
/// An empty database to be filled; one that was begun before is gone on with. Errors: a sentence.
rudp::Result<std::unique_ptr<RowStore>, rudp::Failure> open_mariadb_target(const MariadbOptions& options);

}  // namespace chat
