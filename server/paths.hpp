// Where a server keeps its things.
#pragma once

#include <string>

#include <rudp/error.hpp>

namespace server {

/// ${XDG_DATA_HOME:-~/.local/share}/rudp-chat.
std::string default_data_folder();

/// A folder and the names in it. Values: nothing is touched but by create().
class DataFolder {
 public:
  /// Empty: the default.
  explicit DataFolder(std::string path);

  const std::string& path() const { return path_; }
  std::string key() const { return path_ + "/server.key"; }
  std::string lock() const { return path_ + "/rchatd.lock"; }
  std::string admin_socket() const { return path_ + "/admin.sock"; }
  /// A relative path is taken from this folder.
  std::string resolve(const std::string& path) const;
  /// The file behind "sqlite:PATH".
  std::string database_file(const std::string& database) const;

  /// Makes the folder (mode 0700) where there is none. Errors: a sentence.
  rudp::Result<void, std::string> create() const;

 private:
  std::string path_;
};

}  // namespace server
