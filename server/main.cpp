// rchatd.
#include <cstdio>
#include <exception>
#include <string_view>

#include <rudp/process.hpp>

#include "server/config_file.hpp"
#include "server/migrate.hpp"
#include "server/options.hpp"
#include "server/paths.hpp"
#include "server/server.hpp"

namespace {

int fail(int code, const std::string& sentence) {
  std::fprintf(stderr, "rchatd: %s\n", sentence.c_str());
  return code;
}

int leave(const server::Exit& exit) {
  std::fputs(exit.out.c_str(), stdout);
  std::fputs(exit.err.c_str(), stderr);
  return exit.code;
}

int print_default_config() {
  server::Config config;
  config.data = server::default_data_folder();
  std::fputs(server::print_config(config).c_str(), stdout);
  return server::kExitOk;
}

int serve(const server::Config& config) {
  auto opened = server::Server::open(config);
  if (!opened) return fail(server::kExitFailed, opened.error());
  for (const std::string& line : (*opened)->ready_lines()) std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  const std::string failure = (*opened)->run();
  return failure.empty() ? server::kExitOk : fail(server::kExitFailed, failure);
}

int run(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "migrate") return server::run_migrate(argc - 1, argv + 1);
  const auto parsed = server::parse_options(argc, argv);
  if (const auto* const exit = std::get_if<server::Exit>(&parsed)) return leave(*exit);
  const auto& options = std::get<server::Options>(parsed);
  if (options.print_config) return print_default_config();
  const auto config = server::resolve(options);
  return config ? serve(*config) : fail(server::kExitUsage, config.error());
}

}  // namespace

int main(int argc, char** argv) {
  rudp::uv::forbid_core_dumps();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    return fail(server::kExitFailed, std::string("out of resources: ") + error.what());
  }
}
