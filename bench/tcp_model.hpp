// The simulator's TCP CUBIC (tests/scenario/tcp.hpp) over the same path as the kernel's, in virtual time.
#pragma once

#include "bench/link/cell.hpp"

namespace bench {

/// Payload delivered in order, of the link's rate, from `from` on for `length`.
double tcp_model_share(const LinkPath& path, std::uint64_t seed, Duration from, Duration length);

}  // namespace bench
