// How rchat ends; scripts rely on these numbers, --help explains them.
#pragma once

namespace client {

enum class ExitCode : int {
  done = 0,
  not_done = 1,        ///< something that was asked could not be done
  usage = 2,           ///< wrong options
  unreachable = 3,     ///< no answer from the server, or the connection did not come back
  key_changed = 4,     ///< the server's key is not the one that is known
  not_logged_in = 5,   ///< login or registration was refused
  replaced = 6,        ///< the same account logged in elsewhere
  unacknowledged = 7,  ///< some messages were not acknowledged in time; they are kept
};

}  // namespace client
