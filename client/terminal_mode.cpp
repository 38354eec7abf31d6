#include "client/terminal_mode.hpp"
#include "client/plain_mode.hpp"
namespace client {
bool can_draw() { return false; }
ExitCode run_terminal(uv_loop_t* loop, const Options& options) { return run_plain(loop, options); }
}  // namespace client
