// What a connection keeps while it looks at another path, and only then.
#pragma once

#include <optional>

#include <rudp/types.hpp>

#include "base/units.hpp"
#include "path/move.hpp"
#include "path/validation.hpp"

namespace rudp::connection {

struct Probing {
  Probing(const NetworkPath& path, path::Occasion why) : fresh(path), occasion(why) {}

  path::Validation fresh;
  std::optional<path::Validation> old;  ///< the path in use, where it is to be asked as well
  path::Occasion occasion;
  Instant noticed_at;
  Instant old_heard_at;             ///< the last sign that the path in use is alive; at first noticed_at
  PacketNumber noticed_by = 0;      ///< number of the peer's packet
  std::uint64_t id_sequence = 0;    ///< the newest of our ids that came from there
  Duration rtt{0};                  ///< of the new path, once it has answered
};

}  // namespace rudp::connection
