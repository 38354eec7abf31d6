// The command line of rchatd.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <rudp/error.hpp>

#include "server/config.hpp"

namespace server {

/// Exit codes of rchatd and rchatctl.
constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;  // something went wrong while starting or running
constexpr int kExitUsage = 2;   // the command line or the configuration cannot be followed

struct Options {
  std::optional<std::string> config_file;
  std::vector<std::string> listen;  ///< empty: as configured
  std::optional<std::string> data;
  std::optional<std::string> database;
  std::optional<std::string> log_level;
  bool print_config = false;
};

/// The program ends here: help, version, or a command line that cannot be followed.
struct Exit {
  int code = kExitOk;
  std::string out;  ///< for standard output
  std::string err;  ///< for standard error
};

std::variant<Options, Exit> parse_options(int argc, const char* const* argv);

/// The configuration file, and what the command line says over it.
rudp::Result<Config, std::string> resolve(const Options& options);

}  // namespace server
