// What a connection counts for its statistics; their other figures are asked of the mechanisms.
#pragma once

#include <cstdint>

namespace rudp::connection {

/// Named as in ConnectionStatistics. What can happen at most a hundred times a second has 32 bits.
struct Counters {
  std::uint64_t packets_sent = 0, packets_received = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t packets_lost = 0, packets_spuriously_lost = 0, probes_sent = 0;
  std::uint64_t packets_duplicate = 0, packets_forged = 0;
  std::uint64_t messages_sent = 0, messages_received = 0;
  std::uint32_t path_challenges_sent = 0, path_moves = 0;
  std::uint32_t mtu_probes_sent = 0, mtu_probes_lost = 0, mtu_black_holes = 0;
};

}  // namespace rudp::connection
