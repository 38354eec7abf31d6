#include "server/foundation.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <rudp/uv_endpoint.hpp>

#include "server/database.hpp"
#include "server/database_url.hpp"
#include "server/loop.hpp"

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
  if (!taken || database.empty() || database_folder == folder) return taken;
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

// Settings that can lose acknowledged messages are said loudly, at every start.
void warn(const Foundation& base) {
  if (!base.health) return;
  for (const std::string& warning : base.health->read().warnings) {
    std::fprintf(stderr, "rchatd: WARNING: database server: %s\n", warning.c_str());
    base.log->write(rudp::LogLevel::warning, now().unix_ms, "database_setting",
                    JsonObject().add("detail", warning));
  }
}

rudp::Result<void, std::string> open_store(Foundation& base, const std::string& url,
                                           const std::string& file) {
  auto database = open_database(url, file);
  if (!database) return database.error();
  base.engine = std::move((*database).engine);
  base.health = std::move((*database).health);
  warn(base);
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
  Foundation base{DataFolder(config.data), {}, {}, {}, {}, {}, {}};
  const std::string file =
      is_mariadb(config.database) ? std::string() : base.folder.database_file(config.database);
  auto done = base.folder.create();
  if (done) done = take_locks(base, file);
  if (done) done = load_key(base);
  if (done) done = open_log(base, config.log);
  if (done) done = open_store(base, config.database, file);
  if (!done) return done.error();
  return base;
}

}  // namespace server
