// What a server stands on before it talks to anyone: its folder, locks, key, log
// and database. Each can fail at the start, with one clear sentence.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <rudp/error.hpp>
#include <rudp/identity.hpp>
#include <rudp/process.hpp>

#include "chat/storage/store.hpp"
#include "chat/storage/store_health.hpp"
#include "server/config.hpp"
#include "server/log.hpp"
#include "server/paths.hpp"

namespace server {

struct Foundation {
  DataFolder folder;
  /// Held as long as the folder and the database are in use.
  std::optional<rudp::uv::FileLock> folder_lock;
  std::optional<rudp::uv::FileLock> database_lock;
  rudp::Identity identity;
  std::unique_ptr<Log> log;
  std::unique_ptr<chat::StoreEngine> engine;
  /// How a database server is doing; nothing for an embedded database.
  std::shared_ptr<const chat::HealthBoard> health;
};

/// The failure for an operator: what it was about, and why, without saying it twice.
std::string sentence_of(const rudp::Failure& failure);

/// Creates what is missing. Errors: a sentence; what was there is left as it was.
rudp::Result<Foundation, std::string> lay_foundation(const Config& config);

}  // namespace server
