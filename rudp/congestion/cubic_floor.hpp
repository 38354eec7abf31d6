// The default controller: CUBIC whose window does not fall below what the path is known to deliver.
#pragma once

#include "congestion/bandwidth_floor.hpp"
#include "congestion/cubic.hpp"

namespace rudp::congestion {

class CubicFloor final : public Cubic {
 public:
  explicit CubicFloor(std::uint32_t max_datagram_bytes) : Cubic(max_datagram_bytes) {}

  void on_packet_sent(const SendSample& sample) override;
  void on_ack(const AckSample& sample) override;
  void on_loss(const LossSample& sample) override;
  void on_ecn_ce(Instant now, PacketNumber largest_acked) override;
  void on_persistent_congestion(Instant now) override;
  void on_spurious_loss(Instant now, PacketNumber number, std::uint32_t bytes) override;

  ControllerKind kind() const override { return ControllerKind::cubic_floor; }
  const BandwidthFloor& floor() const { return floor_; }

 protected:
  std::uint64_t window_after_loss() const override;
  bool ignores(const LossSample& sample) const override;

 private:
  BandwidthFloor floor_;
};

}  // namespace rudp::congestion
