// On a terminal: a prompt at the bottom, complete lines above it.
#pragma once

#include <uv.h>

#include "client/exit_code.hpp"
#include "client/options.hpp"

namespace client {

/// Whether standard input and output are one terminal that can move its cursor.
bool can_draw();

/// Runs until the person leaves or the connection is over. The terminal is as before then.
ExitCode run_terminal(uv_loop_t* loop, const Options& options);

}  // namespace client
