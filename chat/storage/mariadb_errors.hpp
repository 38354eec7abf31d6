// What the numbers of MariaDB's errors mean for a transaction, and for people.
#pragma once

#include <cstdint>
#include <string>

#include <rudp/error.hpp>

#include "chat/storage/mariadb_options.hpp"
#include "chat/storage/store.hpp"

namespace chat::mariadb {

enum class Verdict : std::uint8_t {
  again,    ///< rolled back to let another transaction go on: the same may succeed now
  lost,     ///< the connection is gone; what was being committed may be committed or not
  full,     ///< no space left
  refused,  ///< this statement cannot be done; others may
  broken,   ///< the stored data is damaged
};

/// The verdict on an error number of the server (1xxx, 4xxx) or of the client library (2xxx).
Verdict verdict_of(unsigned code);

/// How a batch that ended with this verdict is answered.
StoreError to_store_error(Verdict verdict);

/// One sentence for an operator, beginning with the database's URL. `message` is the server's own.
rudp::Failure explain(unsigned code, const std::string& message, const MariadbOptions& options);

}  // namespace chat::mariadb
