// What the command line asks for.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <rudp/url.hpp>

#include "client/exit_code.hpp"
#include "client/i18n/i18n.hpp"

namespace client {

struct Options {
  rudp::Url server;
  Language language = Language::en;
  std::string program = "rchat";      ///< as it was called
  std::string known_hosts;            ///< a file
  bool known_hosts_given = false;     ///< by --known-hosts
  std::string data;                   ///< a folder
  std::optional<std::string> forget;  ///< HOST or HOST:PORT
  std::chrono::seconds timeout{30};   ///< for an answer that a script waits for
};

/// The program ends before it began: --help, --version or an error.
struct Leave {
  ExitCode code = ExitCode::done;
  std::string text;  ///< for standard output with `done`, else for standard error
};

using Variable = std::function<std::string(const char*)>;

/// The language has to be known before the first word is said: --lang on the
/// command line, else the environment.
Language language_of(int argc, const char* const* argv, const Variable& environment);

/// Reads the command line. `environment` answers HOME, XDG_CONFIG_HOME and XDG_DATA_HOME.
std::variant<Options, Leave> parse_options(int argc, const char* const* argv, const Variable& environment);

/// What to type to forget the key of `host` (HOST or HOST:PORT): this program, as it was called, on the
/// same file of known servers; quoted for a shell.
std::string forget_command(const Options& options, const std::string& host);

/// The name and version of this program.
std::string version_line();

}  // namespace client
