// Bulk transfers through one bottleneck: real endpoints in virtual time, and what the link saw of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rudp/sim.hpp>

namespace scenario {

using namespace rudp;
using namespace rudp::sim;
using namespace std::chrono_literals;

/// A path as the tables name it: one bottleneck with a queue, loss in both directions.
struct BulkPath {
  std::uint64_t mbit_per_s = 20;
  Duration rtt = 50ms;
  std::uint64_t queue_percent = 100;  ///< of the bandwidth-delay product; at least four packets
  std::uint32_t loss_ppm = 0;

  std::uint64_t bdp_bytes() const;
  /// The direction of the data; the other one has no limited rate and the same loss.
  LinkOptions forward() const;
  LinkOptions backward() const;
};

/// What a span of time brought a flow, and what its link did in it.
struct BulkSpan {
  std::uint64_t delivered_bytes = 0;  ///< payload handed to the receiving application
  std::uint64_t sent_bytes = 0;       ///< IP bytes offered to the link by this flow
  std::uint64_t share_permille = 0;   ///< of the link's rate that delivered_bytes make
};

/// A sender that always has more to send, over links of its own or of others.
class Bulk {
 public:
  /// `seed` gives the world, its losses and its keys.
  explicit Bulk(std::uint64_t seed, BulkPath path = {});

  /// A flow over the common bottleneck, begun at that time. Returns its number.
  std::size_t add(const TransportOptions& transport, Duration at = 0ms);
  void run_until(Duration time) { world.run_until(Instant() + time); }
  /// Of one flow, from the time that is now to `end`.
  BulkSpan measure(std::size_t flow, Duration end);
  std::vector<BulkSpan> measure_all(Duration end);
  /// Mean time that datagrams waited in the bottleneck since the last call, in microseconds.
  std::uint64_t mean_queue_us();
  std::uint64_t delivered_bytes(std::size_t flow) const { return flows_[flow]->delivered_bytes; }
  std::uint64_t sent_bytes(std::size_t flow) const { return flows_[flow]->sent_bytes; }
  Instant last_delivery(std::size_t flow) const { return flows_[flow]->last_delivery; }
  bool is_closed(std::size_t flow) const { return flows_[flow]->closed; }
  ConnectionStatistics statistics(std::size_t flow) const;
  Link& bottleneck() { return world.link(forward_); }
  Link& return_link() { return world.link(backward_); }
  LinkId forward_id() const { return forward_; }
  LinkId backward_id() const { return backward_; }
  const BulkPath& path() const { return path_; }

  World world;

 private:
  struct Flow {
    NodeId server{}, client{};
    ConnectionHandle connection;
    bool closed = false;
    std::uint64_t delivered_bytes = 0, sent_bytes = 0;
    Instant last_delivery;
  };
  void fill(Flow& flow);

  BulkPath path_;
  LinkId forward_{}, backward_{};
  std::vector<std::unique_ptr<Flow>> flows_;
  std::vector<std::uint8_t> message_;
  std::uint64_t queued_before_ = 0;
  Duration delay_before_{0};
};

/// Options under which nothing but the controller limits a flow: no queue, credit or packet size does.
TransportOptions bulk_transport(ControllerKind controller = ControllerKind::cubic_floor);

}  // namespace scenario
