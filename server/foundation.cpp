#include "server/foundation.hpp"

#include <filesystem>
#include <system_error>

#include <rudp/uv_endpoint.hpp>

#include "chat/storage/sqlite_engine.hpp"

namespace server {
namespace {

using Lock = std::optional<rudp::uv::FileLock>;

rudp::Result<void, std::string> take(Lock& lock, const std::string& path, const std::string& held) {
  auto taken = rudp::uv::FileLock::acquire(path);
  if (taken) {
    lock.emplace(*std::move(taken));
    return {};
  }
  if (taken.error().code == rudp::Error::would_block) return held;
  return "cannot lock " + sentence_of(taken.error());
}

rudp::Result<void, std::string> take_locks(Foundation& base, const std::string& database) {
  const std::string& folder = base.folder.path();
  auto taken = take(base.folder_lock, base.folder.lock(),
                    "another rchatd runs on the data folder " + folder + "; rchatctl --data " + folder +
                        " status tells about it");
  // A database elsewhere could be shared by servers with different folders.
  const std::filesystem::path database_folder = std::filesystem::path(database).parent_path();
  if (!taken || database_folder == folder) return taken;
  std::error_code error;
  if (!std::filesystem::is_directory(database_folder, error))
    return "the folder of the database, " + database_folder.string() + ", does not exist";
  return take(base.database_lock, database + ".lock", "another rchatd uses the database " + database);
}

rudp::Result<void, std::string> load_key(Foundation& base) {
  auto identity = rudp::uv::load_or_create_identity(base.folder.key());
  if (!identity) return "cannot use the server's key " + sentence_of(identity.error());
  base.identity = *std::move(identity);
  return {};
}

rudp::Result<void, std::string> open_log(Foundation& base, const LogOptions& options) {
  auto log = Log::open(base.folder.resolve(options.file), options);
  if (!log) return log.error();
  base.log = *std::move(log);
  return {};
}

rudp::Result<void, std::string> open_database(Foundation& base, const std::string& path) {
  auto engine = chat::SqliteEngine::open(path);
  if (!engine) return "cannot use the " + sentence_of(engine.error());
  base.engine = *std::move(engine);
  return {};
}

}  // namespace

// Of these codes the detail tells the reason itself; of the others it is only a name.
std::string sentence_of(const rudp::Failure& failure) {
  switch (failure.code) {
    case rudp::Error::io_error:
    case rudp::Error::bad_key_file:
    case rudp::Error::invalid_config:
    case rudp::Error::bad_address:
    case rudp::Error::network_unreachable:
      return failure.what.empty() ? failure.sentence() : failure.what;
    default:
      return failure.sentence();
  }
}

rudp::Result<Foundation, std::string> lay_foundation(const Config& config) {
  Foundation base{DataFolder(config.data), {}, {}, {}, {}, {}};
  const std::string database = base.folder.database_file(config.database);
  auto done = base.folder.create();
  if (done) done = take_locks(base, database);
  if (done) done = load_key(base);
  if (done) done = open_log(base, config.log);
  if (done) done = open_database(base, database);
  if (!done) return done.error();
  return base;
}

}  // namespace server
