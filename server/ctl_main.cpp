// rchatctl.
#include <cstdio>
#include <exception>

#include "server/admin_client.hpp"
#include "server/ctl_options.hpp"

namespace {

int fail(const std::string& sentence) {
  std::fprintf(stderr, "rchatctl: %s\n", sentence.c_str());
  return server::kExitFailed;
}

int run(int argc, char** argv) {
  const auto parsed = server::parse_ctl_options(argc, argv);
  if (const auto* const exit = std::get_if<server::Exit>(&parsed)) {
    std::fputs(exit->out.c_str(), stdout);
    std::fputs(exit->err.c_str(), stderr);
    return exit->code;
  }
  const auto& options = std::get<server::CtlOptions>(parsed);
  const server::AdminAnswer answer = server::ask_server(options.socket, options.request);
  if (!answer.is_ok) return fail(answer.text);
  std::fputs(answer.text.c_str(), stdout);
  return server::kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    return fail(std::string("out of resources: ") + error.what());
  }
}
