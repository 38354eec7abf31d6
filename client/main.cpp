// rchat: reads what is asked, finds the language, runs the mode that fits.
#include <uv.h>

#include <rudp/known_servers.hpp>
#include <rudp/process.hpp>

#include "client/file.hpp"
#include "client/i18n/i18n.hpp"
#include "client/options.hpp"
#include "client/plain_mode.hpp"
#include "client/sanitize.hpp"
#include "client/sentences.hpp"
#include "client/terminal/standard_output.hpp"
#include "client/terminal_mode.hpp"

namespace {

using namespace client;

std::string variable(const char* name) {
  return std::string_view(name) == "HOME" ? file::home_folder() : file::environment(name);
}

ExitCode leave(const Leave& leave) {
  write_all(leave.code == ExitCode::done ? Stream::output : Stream::error, leave.text);
  return leave.code;
}

ExitCode forget(const Options& options) {
  const auto forgotten = rudp::uv::forget_known_server(options.known_hosts, *options.forget);
  if (!forgotten) {
    return leave({ExitCode::not_done, sanitize(failure_sentence(forgotten.error())) + '\n'});
  }
  if (*forgotten == 0) {
    return leave({ExitCode::not_done, sanitize(tr("No key of {1} is known.", {*options.forget})) + '\n'});
  }
  return leave(
      {ExitCode::done,
       sanitize(tr("Forgotten: the next key of {1} is taken for its own.", {*options.forget})) + '\n'});
}

ExitCode chat_with(const Options& options) {
  uv_loop_t* loop = uv_default_loop();
  const ExitCode code = can_draw() ? run_terminal(loop, options) : run_plain(loop, options);
  uv_run(loop, UV_RUN_DEFAULT);  // lets libuv free what was closed
  uv_loop_close(loop);
  return code;
}

ExitCode run(int argc, char** argv) {
  ignore_broken_pipes();
  rudp::uv::forbid_core_dumps();  // a password may be in memory
  const Language language = language_of(argc, argv, variable);
  use_language(language, file::program_folder() + "/../share/locale");
  const auto parsed = parse_options(argc, argv, variable);
  if (const auto* refused = std::get_if<Leave>(&parsed)) return leave(*refused);
  const Options& options = std::get<Options>(parsed);
  return options.forget ? forget(options) : chat_with(options);
}

}  // namespace

int main(int argc, char** argv) { return static_cast<int>(run(argc, argv)); }
