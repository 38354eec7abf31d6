// The clock on the wall, where the reader lives.
#pragma once

#include <string>

#include "chat/messages.hpp"

namespace client {

struct LocalTime {
  std::string hour_minute;  ///< "08:05"
  std::string day;          ///< "2026-11-23"
};

LocalTime to_local_time(chat::UnixMs unix_ms);

}  // namespace client
