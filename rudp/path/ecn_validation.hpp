// Whether a path passes ECN marks on unharmed, by what the peer counted (RFC 9000 13.4.2 and A.4).
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/units.hpp"

namespace rudp::path {

/// Packets that are marked before anything is known; then none are until one of them is acknowledged.
inline constexpr std::uint32_t kEcnTestPackets = 10;
/// Where so many marked packets were lost and none arrived, the path takes marked packets for something bad.
inline constexpr std::uint32_t kEcnTestLosses = 3;

/// What an ACK frame says to a sender that marks.
struct EcnReport {
  std::optional<EcnCounts> counts;   ///< absent: a frame without counts
  std::uint32_t marked_packets = 0;  ///< newly acknowledged ones that left with a mark
  bool is_newest = false;            ///< it raises the largest acknowledged number; others may be overtaken
};

class EcnValidation {
 public:
  /// Marks nothing before start().
  EcnValidation() = default;
  /// A path begins. Counts go on where they were: the peer counts for the connection.
  void start();
  void stop() { state_ = State::off; }

  /// A run of packets is going to be made, which all have one mark. `for_sure`: none, while the path is
  /// unknown; for what must not be lost to a path that does not like marks.
  void begin_run(bool for_sure);
  /// Whether the packet of this run counts as marked.
  bool on_packet_sent();
  /// The mark of the run.
  Ecn end_run();

  /// How many more packets the peer saw marked by a router (CE); 0 where the report cannot be true: nothing is
  /// marked from then on.
  std::uint64_t on_ack(const EcnReport& report);
  /// So many marked packets are lost.
  void on_lost(std::uint32_t marked_packets);

  bool is_capable() const { return state_ == State::capable; }
  /// Over the life of the connection.
  std::uint64_t marks_reported() const { return seen_.ce; }

 private:
  enum class State : std::uint8_t { off, testing, unknown, capable };

  bool is_believable(const EcnReport& report) const;

  State state_ = State::off;
  bool run_is_marked_ = false;
  std::uint32_t tested_ = 0;  // marked since the path began, to kEcnTestPackets
  std::uint32_t lost_ = 0;    // of them
  std::uint64_t sent_ = 0;    // marked over the life of the connection
  EcnCounts seen_;            // of the newest ACK frame
};

}  // namespace rudp::path
