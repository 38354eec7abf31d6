// How far a path reorders, and what counts as lost there because of it (RFC 9002 6.1.1, RFC 8985 6.2).
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

#include "base/units.hpp"
#include "recovery/loss_detector.hpp"

namespace rudp::recovery {

/// However late packets come, one that was not acked for twice the round-trip time is lost once a later one
/// was acked: else a peer could keep the sender waiting for ever.
inline constexpr std::uint16_t kTimeThresholdMax = 2;
/// What was learned is forgotten after so many round trips with losses in which nothing came out of order
/// (RFC 8985 6.2, step 4).
inline constexpr std::uint32_t kReorderingRounds = 16;

/// Thresholds that follow one path: they grow with each packet that was declared lost and came after all.
/// Measured, 20 Mbit/s and 50 ms with half of all packets up to 20 ms late: 953/1000 of the link by time
/// alone, 953 with a packet threshold that grows to 2,000 beside it (519 with 3); with 5 % lost besides 851
/// and 828.
class Reordering {
 public:
  explicit Reordering(const LossThresholds& least) : least_(least), present_(least) {}

  const LossThresholds& thresholds() const { return present_; }

  /// A packet declared lost was acked `after` its sending. `longest`: the round-trip time that thresholds are
  /// multiples of.
  void on_late(Duration after, Duration longest);
  /// A packet that `distance` numbers had overtaken was acked and had not been declared lost.
  void on_overtaken(std::uint64_t distance);
  /// Packets up to `largest_lost` were lost, `next_number` is the next to be sent.
  void on_lost(PacketNumber largest_lost, PacketNumber next_number);
  /// Before losses are looked for: forgets what is too long ago.
  void settle();

 private:
  LossThresholds least_;
  LossThresholds present_;
  std::uint32_t rounds_left_ = 0;
  PacketNumber round_end_ = 0;
};

}  // namespace rudp::recovery
