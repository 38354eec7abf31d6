#include "server/ctl_options.hpp"

#include <CLI/CLI.hpp>

#include <sstream>

#include "server/paths.hpp"

namespace server {
namespace {

constexpr const char* kAbout = "rchatctl: asks the chat server that runs on this machine.";
constexpr const char* kExitCodes = "Exit codes: 0 done, 1 no server runs there or it refused, 2 wrong usage.";

Exit usage(const std::string& sentence) {
  return {kExitUsage, {}, "rchatctl: " + sentence + "; see rchatctl --help\n"};
}

Exit exit_of(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, err;
  if (app.exit(error, out, err) == 0) return {kExitOk, out.str(), err.str()};
  return usage(error.what());
}

}  // namespace

std::variant<CtlOptions, Exit> parse_ctl_options(int argc, const char* const* argv) {
  CLI::App app(kAbout, "rchatctl");
  app.footer(kExitCodes);
  app.set_version_flag("--version", "rchatctl " RUDP_VERSION_TEXT);
  app.get_help_ptr()->description("Print this text");
  app.require_subcommand(1);
  std::string data, socket, reason;
  bool json = false;
  auto* const data_option = app.add_option(
      "--data", data,
      "Data folder of the server\n(default: $XDG_DATA_HOME/rudp-chat, else ~/.local/share/rudp-chat)");
  data_option->option_text("DIR");
  app.add_option("--socket", socket, "Its admin socket (default: admin.sock in the data folder)")
      ->option_text("PATH")
      ->excludes(data_option);
  CLI::App* const status = app.add_subcommand("status", "What the server does, and how it fares");
  status->add_flag("--json", json, "For programs: one JSON object");
  CLI::App* const stop =
      app.add_subcommand("stop", "Tell the users, stop the server, and wait until it has ended");
  stop->add_option("--reason", reason, "Shown to the users")->option_text("TEXT");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return exit_of(app, error);
  }
  if (reason.find('\n') != std::string::npos || reason.size() > kReasonBytesMax)
    return usage("--reason must be one line of at most " + std::to_string(kReasonBytesMax) + " bytes");
  CtlOptions options;
  options.socket = socket.empty() ? DataFolder(data).admin_socket() : socket;
  if (stop->parsed()) options.request = StopRequest{reason};
  if (status->parsed()) options.request = StatusRequest{json ? StatusFormat::json : StatusFormat::table};
  return options;
}

}  // namespace server
