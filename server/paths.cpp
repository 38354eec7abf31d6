#include "server/paths.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace server {
namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string default_data_folder() {
  const std::string wanted = environment("XDG_DATA_HOME");
  // The XDG specification has relative paths ignored.
  if (fs::path(wanted).is_absolute()) return wanted + "/rudp-chat";
  const std::string home = environment("HOME");
  return (home.empty() ? "." : home) + "/.local/share/rudp-chat";
}

DataFolder::DataFolder(std::string path) : path_(path.empty() ? default_data_folder() : std::move(path)) {}

std::string DataFolder::resolve(const std::string& path) const {
  return fs::path(path).is_absolute() ? path : path_ + "/" + path;
}

std::string DataFolder::database_file(const std::string& database) const {
  constexpr std::string_view kSqlite = "sqlite:";
  return resolve(database.substr(database.compare(0, kSqlite.size(), kSqlite) == 0 ? kSqlite.size() : 0));
}

rudp::Result<void, std::string> DataFolder::create() const {
  std::error_code error;
  if (fs::is_directory(path_, error)) return {};
  fs::create_directories(path_, error);
  if (error) return "cannot create the data folder " + path_ + ": " + error.message();
  fs::permissions(path_, fs::perms::owner_all, error);
  if (error) return "cannot protect the data folder " + path_ + ": " + error.message();
  return {};
}

}  // namespace server
