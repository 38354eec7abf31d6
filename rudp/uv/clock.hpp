// The one clock of the libuv endpoint.
#pragma once

#include <uv.h>

#include <rudp/types.hpp>

namespace rudp::uv {

/// The system's monotonic clock (CLOCK_MONOTONIC on Linux, which timerfd counts by as well).
inline Instant monotonic_now() { return Instant::from_ns(static_cast<std::int64_t>(uv_hrtime())); }

}  // namespace rudp::uv
