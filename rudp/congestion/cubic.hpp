// CUBIC (RFC 9438) with HyStart++ (RFC 9406).
#pragma once

#include <cstdint>
#include <optional>

#include "congestion/controller.hpp"
#include "congestion/cubic_curve.hpp"
#include "congestion/hystart.hpp"
#include "congestion/recovery_period.hpp"
#include "congestion/window_use.hpp"

namespace rudp::congestion {

/// beta_cubic = 0.7 (RFC 9438 4.6).
inline constexpr std::uint64_t kCubicBetaPercent = 70;
/// The answer to a CE mark is milder, for the queue that marks is short (RFC 8511).
inline constexpr std::uint64_t kCubicBetaEcnPercent = 85;

class Cubic : public Controller {
 public:
  explicit Cubic(std::uint32_t max_datagram_bytes);

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
  ControllerKind kind() const override { return ControllerKind::cubic; }

 protected:
  /// Window after a loss; the controller with the floor answers more than 0.7 of it.
  virtual std::uint64_t window_after_loss() const;
  /// Whether a loss is only a loss: no reduction, no end of slow start.
  virtual bool ignores(const LossSample&) const { return false; }

  std::uint64_t minimum_window() const { return kMinimumWindowDatagrams * datagram_; }
  std::uint64_t datagram() const { return datagram_; }
  /// Whether the window was what held the sender back; where it doubles, half of it is enough.
  bool window_is_full(bool doubling) const;
  /// Adds to the window outside the curve.
  void raise_window(std::uint64_t bytes);
  /// Ends slow start at the present window.
  void leave_slow_start();

 private:
  struct Undo {
    std::uint64_t window = 0;
    std::uint64_t threshold = 0;
    CubicCurve curve;
    RecoveryPeriod period;      // before; its last number sent is the last that the reduction covers
    std::uint32_t packets = 0;  // lost in that round and not yet shown to have arrived
  };

  void reduce_to(std::uint64_t window);
  void grow_in_slow_start(const AckSample& sample);

  std::uint64_t datagram_;
  std::uint64_t window_;
  std::uint64_t threshold_;
  CubicCurve curve_;
  Hystart hystart_;
  RecoveryPeriod period_;
  WindowUse use_;
  std::optional<Undo> undo_;
  PacketNumber ignored_end_ = 0;  // losses below it were ignored: that they arrive takes back nothing
  bool crowded_ = false;  // the smallest window is marked: it is spread over two round trips
};

}  // namespace rudp::congestion
