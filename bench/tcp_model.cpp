#include "bench/tcp_model.hpp"

#include "scenario/bulk.hpp"
#include "scenario/tcp.hpp"

namespace bench {

double tcp_model_share(const LinkPath& path, std::uint64_t seed, Duration from, Duration length) {
  scenario::Bulk bulk(seed, {.mbit_per_s = path.mbit_per_s,
                             .rtt = path.rtt,
                             .queue_percent = path.queue_percent,
                             .loss_ppm = path.loss_ppm});
  scenario::TcpFlow tcp(bulk.world, 0, bulk.forward_id(), bulk.backward_id(), Duration::zero());
  bulk.run_until(from);
  const std::uint64_t before = tcp.delivered_bytes();
  bulk.run_until(from + length);
  CellFigures figures;
  figures.length = length;
  return figures.share(tcp.delivered_bytes() - before, path);
}

}  // namespace bench
