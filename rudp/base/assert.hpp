// Assertions for our own bugs, active in every build. No datagram may reach one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace rudp::base {

/// Says on standard error what did not hold, and where, and ends the program.
[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace rudp::base

/// Ends the program where `condition` is false. It is evaluated exactly once, in release builds too.
#define RUDP_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::rudp::base::assertion_failed(#condition, __FILE__, __LINE__))
