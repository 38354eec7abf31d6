// The rows of a SQLite file; see row_store.hpp.
#pragma once

#include <memory>
#include <string>

#include <rudp/error.hpp>

#include "chat/storage/row_store.hpp"

namespace chat {

/// An existing file, to read from. Errors: a sentence.
rudp::Result<std::unique_ptr<RowStore>, rudp::Failure> open_sqlite_source(const std::string& path);
/// A file to be made. Until it is finished it is called `path`.partial; one that was begun
/// before is gone on with. Errors: a sentence; `path` exists already.
rudp::Result<std::unique_ptr<RowStore>, rudp::Failure> open_sqlite_target(const std::string& path);

}  // namespace chat
