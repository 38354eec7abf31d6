// One measurement over an emulated link: a network of its own, one flow or two, and what the link saw.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "bench/board.hpp"
#include "bench/link/emulator.hpp"
#include "bench/peers/peer.hpp"
#include "bench/process.hpp"

namespace bench {

/// A path as the tables name it; the same loss both ways, the rate in the direction of the data.
struct LinkPath {
  std::uint64_t mbit_per_s = 20;
  Duration rtt = 50ms;
  std::uint64_t queue_percent = 100;  ///< of the bandwidth-delay product
  std::uint32_t loss_ppm = 0;
  /// Instead of single packets, this many in a row on average; 0 or 1: single ones.
  std::uint32_t burst_packets = 0;

  std::uint64_t bdp_bytes() const;
  LinkRules forward(std::uint64_t seed) const;
  LinkRules backward(std::uint64_t seed) const;
};

struct Cell {
  Transport transport;
  Workload workload = Workload::bulk;
  LinkPath path;
  std::uint64_t seed = 1;
  Duration from = 2s;                 ///< after the connection is there
  Duration length = 15s;              ///< that is measured
  std::optional<Transport> beside{};  ///< a second bulk flow over the same link
  Duration beside_at = 3s;            ///< after the first
};

/// What comes out of the child process that measured it.
struct CellFigures {
  bool well = false;
  std::uint64_t bytes = 0, bytes_beside = 0;  ///< payload that arrived while it was measured
  std::uint64_t offered_bytes = 0;  ///< IP bytes that the first flow's end put into the link meanwhile
  std::uint64_t payload_sent = 0;   ///< thin flow: payload that was sent in all
  std::uint64_t queue_us = 0;       ///< mean time in the queue
  std::uint64_t late_us_max = 0;    ///< the emulator's own lateness
  Duration length{0};
  std::size_t samples = 0;
  std::array<std::uint32_t, kSamplesMax> latency_us{};

  /// Of the link's rate.
  double share(std::uint64_t of_bytes, const LinkPath& path) const;
};

/// Measures all, `jobs` at a time; the figures are in the order of the cells.
std::vector<std::unique_ptr<SharedMemory<CellFigures>>> measure_all(const std::vector<Cell>& cells, int jobs);

}  // namespace bench
