// rchatd migrate: moves a chat from one database into another.
#pragma once

namespace server {

/// `argv[0]` is "migrate". Shows progress on standard error and what was copied on
/// standard output. The exit code of the program.
int run_migrate(int argc, const char* const* argv);

}  // namespace server
