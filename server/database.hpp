// Opens the store that the configuration names.
#pragma once

#include <memory>
#include <string>

#include <rudp/error.hpp>

#include "chat/storage/store.hpp"
#include "chat/storage/store_health.hpp"

namespace server {

struct Database {
  std::unique_ptr<chat::StoreEngine> engine;
  /// How a database server is doing; nothing for an embedded database.
  std::shared_ptr<const chat::HealthBoard> health;
};

/// `file` is that of an embedded database, resolved. Errors: a sentence.
rudp::Result<Database, std::string> open_database(const std::string& url, const std::string& file);

}  // namespace server
