// The levels of the log, by name.
#pragma once

#include <optional>
#include <string_view>

#include <rudp/config.hpp>

namespace server {

constexpr std::string_view name_of(rudp::LogLevel level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

constexpr std::optional<rudp::LogLevel> log_level_named(std::string_view name) {
  for (const auto level :
       {rudp::LogLevel::debug, rudp::LogLevel::info, rudp::LogLevel::warning, rudp::LogLevel::error})
    if (name_of(level) == name) return level;
  return std::nullopt;
}

}  // namespace server
