// NewReno as RFC 9002 section 7 and appendix B write it.
#pragma once

#include <cstdint>
#include <optional>

#include "congestion/controller.hpp"
#include "congestion/recovery_period.hpp"
#include "congestion/window_use.hpp"

namespace rudp::congestion {

class NewReno final : public Controller {
 public:
  explicit NewReno(std::uint32_t max_datagram_bytes);

  void on_packet_sent(const SendSample& sample) override;
  void on_ack(const AckSample& sample) override;
  void on_loss(const LossSample& sample) override;
  void on_ecn_ce(Instant now, PacketNumber largest_acked) override;
  void on_persistent_congestion(Instant now) override;
  void on_spurious_loss(Instant now, PacketNumber number, std::uint32_t bytes) override;
  void on_max_datagram(std::uint32_t bytes) override;

  std::uint64_t congestion_window() const override { return window_; }
  std::uint64_t pacing_rate(Duration smoothed_rtt) const override;
  bool in_slow_start() const override { return window_ < threshold_; }
  std::optional<std::uint64_t> slow_start_threshold() const override;
  ControllerKind kind() const override { return ControllerKind::new_reno; }

 private:
  struct Undo {
    std::uint64_t window = 0;
    std::uint64_t threshold = 0;
    std::uint64_t acked_rest = 0;
    RecoveryPeriod period;  // as Cubic's
    std::uint32_t packets = 0;
  };

  void halve();

  std::uint64_t datagram_;
  std::uint64_t window_;
  std::uint64_t threshold_;
  std::uint64_t acked_rest_ = 0;  // acked bytes that have not yet made a datagram of growth
  RecoveryPeriod period_;
  WindowUse use_;
  std::optional<Undo> undo_;
  bool crowded_ = false;  // as Cubic's
};

}  // namespace rudp::congestion
