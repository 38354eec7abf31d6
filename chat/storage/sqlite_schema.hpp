// The tables of the embedded store, and how an older file becomes a newer one.
#pragma once

#include <string>

#include <rudp/error.hpp>

#include "chat/storage/sqlite_database.hpp"

namespace chat::sqlite {

/// Opens and checks `path` and brings its schema up to date; see SqliteEngine::open.
rudp::Result<void, rudp::Failure> prepare(Database& database, const std::string& path, int busy_timeout_ms);

}  // namespace chat::sqlite
