#include "server/options.hpp"

#include <CLI/CLI.hpp>

#include <sstream>

#include "server/config_file.hpp"
#include "server/paths.hpp"
#include "server/settings.hpp"

namespace server {
namespace {

constexpr const char* kAbout =
    "rchatd: the chat server, over encrypted UDP.\n\n"
    "The first start creates the server's key and its database in the data folder. When it is ready, it\n"
    "prints one line for each address: rchatd listening on ADDR:PORT key KEY. Clients connect with\n"
    "rchat ADDR PORT, or with rchat rudp://ADDR:PORT/#KEY where the key should be known beforehand.\n"
    "SIGTERM, SIGINT and `rchatctl stop` end it cleanly.\n\n"
    "rchatd migrate --from URL --to URL moves a chat into another database; see rchatd migrate --help.";
constexpr const char* kExitCodes =
    "Exit codes: 0 stopped as asked, 1 something failed, 2 wrong usage or configuration.";

Exit exit_of(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, err;
  const int code = app.exit(error, out, err);
  if (code == 0) return {kExitOk, out.str(), err.str()};
  return {kExitUsage, {}, "rchatd: " + std::string(error.what()) + "; see rchatd --help\n"};
}

std::string set_from_command_line(Config& config, const char* name, const std::string& option,
                                  const std::vector<std::string>& values) {
  const Setting& setting = *find_setting(name);
  const std::string problem = std::holds_alternative<ListSetting>(setting.kind)
                                  ? set_list(config, setting, values)
                                  : set_text(config, setting, values.front());
  return problem.empty() ? "" : option + " " + problem;
}

std::string apply(const Options& options, Config& config) {
  const auto set = [&](const char* name, const char* option, const std::optional<std::string>& value) {
    return value ? set_from_command_line(config, name, option, {*value}) : std::string();
  };
  std::string problem;
  if (!options.listen.empty()) problem = set_from_command_line(config, "listen", "--listen", options.listen);
  if (problem.empty()) problem = set("data", "--data", options.data);
  if (problem.empty()) problem = set("database", "--database", options.database);
  if (problem.empty()) problem = set("log.level", "--log-level", options.log_level);
  return problem;
}

}  // namespace

std::variant<Options, Exit> parse_options(int argc, const char* const* argv) {
  CLI::App app(kAbout, "rchatd");
  app.footer(kExitCodes);
  app.set_version_flag("--version", "rchatd " RUDP_VERSION_TEXT);
  app.get_help_ptr()->description("Print this text");
  Options options;
  app.add_option("--config", options.config_file, "Configuration file (TOML)")->option_text("FILE");
  app.add_option("--listen", options.listen,
                 "Listen there, may be given several times (default: 0.0.0.0:8000 and [::]:8000)")
      ->option_text("ADDR:PORT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--data", options.data,
                 "Folder of key, database, log and admin socket\n(default: $XDG_DATA_HOME/rudp-chat, "
                 "else ~/.local/share/rudp-chat)")
      ->option_text("DIR");
  app.add_option("--database", options.database,
                 "Database (default: sqlite:chat.db in the data folder). sqlite:PATH, or\n"
                 "mariadb://USER@HOST[:PORT]/NAME, its password in a file (?password_file=FILE) or in\n"
                 "the environment variable RCHATD_DATABASE_PASSWORD")
      ->option_text("URL");
  app.add_option("--log-level", options.log_level, "debug, info, warning or error (default: info)")
      ->option_text("LEVEL");
  app.add_flag("--print-config", options.print_config,
               "Print a configuration file with every key and its default");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return exit_of(app, error);
  }
  return options;
}

rudp::Result<Config, std::string> resolve(const Options& options) {
  Config config;
  if (options.config_file) {
    auto loaded = load_config(*options.config_file);
    if (!loaded) return loaded;
    config = *std::move(loaded);
  }
  std::string problem = apply(options, config);
  if (problem.empty()) problem = problem_of(config);
  if (!problem.empty()) return problem;
  if (config.data.empty()) config.data = default_data_folder();
  return config;
}

}  // namespace server
