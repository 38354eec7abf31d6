// How long handshakes take over a path that does its worst.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "duo.hpp"

namespace scenario {

/// Milliseconds until both sides are connected, of the handshakes that completed, ascending. Prints what
/// failed, and then the percentiles.
inline std::vector<std::int64_t> handshake_times(const char* what, int count, const LinkOptions& path) {
  std::vector<std::int64_t> times;
  for (int seed = 1; seed <= count; ++seed) {
    Duo duo(static_cast<std::uint64_t>(seed), path);
    if (duo.connect() && duo.is_well())
      times.push_back((duo.world.now() - Instant()) / 1ms);
    else
      std::fprintf(stderr, "seed %d: %s\n", seed, duo.world.failure_report().c_str());
  }
  std::sort(times.begin(), times.end());
  if (times.empty()) return times;
  const auto per_mille = [&](std::size_t share) {
    return static_cast<long long>(times[(times.size() * share - 1) / 1000]);
  };
  std::printf("%s: %zu of %d handshakes, p50 %lld ms, p90 %lld ms, p99 %lld ms, longest %lld ms\n", what,
              times.size(), count, per_mille(500), per_mille(900), per_mille(990), per_mille(1000));
  return times;
}

/// REQUIRES: times is not empty.
inline std::int64_t p99(const std::vector<std::int64_t>& times) {
  return times[(times.size() * 99 - 1) / 100];
}

}  // namespace scenario
