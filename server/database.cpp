#include "server/database.hpp"

#include "chat/storage/mariadb_engine.hpp"
#include "chat/storage/sqlite_engine.hpp"
#include "server/database_url.hpp"
#include "server/foundation.hpp"

namespace server {
namespace {

rudp::Result<Database, std::string> open_mariadb(const std::string& url) {
  const auto parsed = parse_database_url(url);
  if (!parsed) return "the database's URL " + parsed.error();
  auto options = with_password(std::get<MariadbDatabase>(*parsed));
  if (!options) return options.error();
  options->exclusive = true;
  auto engine = chat::MariadbEngine::open(*options);
  if (!engine) return "cannot use the " + engine.error().what;
  auto health = (*engine)->health();
  return Database{*std::move(engine), std::move(health)};
}

}  // namespace

rudp::Result<Database, std::string> open_database(const std::string& url, const std::string& file) {
  if (is_mariadb(url)) return open_mariadb(url);
  auto engine = chat::SqliteEngine::open(file);
  if (!engine) return "cannot use the " + sentence_of(engine.error());
  return Database{*std::move(engine), nullptr};
}

}  // namespace server
