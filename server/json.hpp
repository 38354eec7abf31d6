// JSON for the log and the status; only writing, and always on one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace server {

/// The text as a JSON string, quotes included. Whatever it holds, the result is
/// one line of valid UTF-8 that steers no terminal: controls, line ends, bidi
/// marks and invisible characters are escaped, bytes that are no UTF-8 replaced.
std::string json_string(std::string_view text);

/// Builds {"name":value,...} in the order of the calls. Names are ours: plain letters.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view text);
  JsonObject& add(std::string_view name, std::uint64_t number);
  JsonObject& add(std::string_view name, const JsonObject& object);
  JsonObject& add(std::string_view name, const std::vector<JsonObject>& objects);
  std::string text() const { return "{" + fields_ + "}"; }

 private:
  JsonObject& add_raw(std::string_view name, const std::string& json);
  std::string fields_;
};

}  // namespace server
