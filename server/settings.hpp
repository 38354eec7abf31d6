// Every key of the configuration file: its name, what it means, and how it is read and shown.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/config.hpp"

namespace server {

struct IntegerSetting {
  std::int64_t least, most;
  std::int64_t (*get)(const Config&);
  void (*set)(Config&, std::int64_t);
};

struct TextSetting {
  std::string (*get)(const Config&);
  /// Answers what is wrong with the value ("must be ..."), or nothing.
  std::string (*set)(Config&, const std::string&);
};

struct ListSetting {
  std::vector<std::string> (*get)(const Config&);
  std::string (*set)(Config&, const std::vector<std::string>&);
};

struct Setting {
  std::string_view name;     ///< dotted: "transport.max_idle_ms" is key max_idle_ms of table [transport]
  std::string_view comment;  ///< English, lines separated by line feeds
  std::variant<IntegerSetting, TextSetting, ListSetting> kind;
};

/// In the order in which they are printed; those of one table stand together.
std::span<const Setting> settings();
/// Nothing where no setting has that name.
const Setting* find_setting(std::string_view name);
/// The setting whose name is most like `name`; nothing where none is alike.
const Setting* nearest_setting(std::string_view name);

/// Gives one setting its value. Answers what is wrong with it, or nothing.
std::string set_integer(Config& config, const Setting& setting, std::int64_t value);
std::string set_text(Config& config, const Setting& setting, const std::string& value);
std::string set_list(Config& config, const Setting& setting, const std::vector<std::string>& value);

}  // namespace server
