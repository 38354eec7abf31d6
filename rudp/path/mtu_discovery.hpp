// How large packets may be on a path: probed upwards, and given up when the large ones stop arriving
// (RFC 8899, RFC 9000 14.3).
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/address.hpp>
#include <rudp/types.hpp>

#include "base/units.hpp"

namespace rudp::path {

/// MAX_PROBES: so many lost probes of one size say that the path does not carry it.
inline constexpr std::uint32_t kMtuProbesMax = 3;
/// The search ends where the next step would gain less.
inline constexpr std::uint32_t kMtuStepBytesMin = 16;
/// PMTU_RAISE_TIMER: a path that refused a size is asked again after this.
inline constexpr Duration kMtuRaiseInterval = std::chrono::minutes(10);
/// PROBE_TIMER: a probe of which nothing was heard for so long is lost.
inline constexpr Duration kMtuProbeLifetime = std::chrono::seconds(15);
/// So many large packets lost in a row, while smaller ones arrive, are a black hole.
inline constexpr std::uint32_t kBlackHoleLosses = 3;
/// It may have been a mere outage, or chance: the size given up is probed at once, and used again as soon as
/// such a probe arrives. For this time from then on so many losses more are asked for...
inline constexpr std::uint32_t kBlackHoleLossesInDoubt = 6;
inline constexpr Duration kBlackHolePause = std::chrono::minutes(1);
/// ... and after so many of them, each within that time of the one before, no probe leaves until it is over.
inline constexpr std::uint8_t kBlackHolesInDoubt = 3;

/// UDP payload of an Ethernet frame's IP packet, at most `limit_bytes`: where a search ends.
std::uint32_t largest_datagram(const Address& remote, std::uint64_t limit_bytes);

/// The search on one path. It has no timer: probes leave while packets are full, so a path where nothing
/// large is sent costs nothing.
class MtuDiscovery {
 public:
  /// Packets have `base_bytes` at first, and `most_bytes` at most. Both the same: no search, and no way back.
  MtuDiscovery(std::uint32_t base_bytes, std::uint32_t most_bytes);

  /// What packets may have now.
  std::uint32_t datagram_bytes() const { return current_; }
  /// The size to probe now, if any: what a black hole took, the largest, then halfway between what passed and
  /// what did not.
  std::optional<std::uint32_t> next_probe(Instant now);
  void on_probe_sent(Instant now, std::uint32_t bytes);
  /// True: packets may be larger from now on. What is not under way says nothing, it may be of another path.
  bool on_probe_acked(Instant now, std::uint32_t bytes);
  void on_probe_lost(Instant now, std::uint32_t bytes);

  /// A packet of more than the base size arrived.
  void on_large_acked() { large_lost_ = 0; }
  /// Such packets were lost, and none arrived that was sent after them. True: it is a black hole, and packets
  /// have the base size again.
  bool on_large_lost(Instant now, std::uint32_t packets);

 private:
  std::uint32_t candidate() const;
  void refute(Instant now, std::uint32_t bytes);
  void rest_when_done(Instant now);
  bool hole_is_recent(Instant now) const;
  Instant probes_from() const;

  std::uint32_t base_;
  std::uint32_t most_;
  std::uint32_t current_;
  std::uint32_t given_up_ =
      0;                // what packets had before the black hole, until a probe of it is answered or refuted
  std::uint32_t high_;  // nothing above it passes, as far as is known
  bool most_is_refuted_ = false;
  std::uint32_t tries_ = 0;    // probes of this size that were lost
  std::uint32_t probing_ = 0;  // size of the probe under way; 0: there is none
  std::uint32_t large_lost_ = 0;
  std::uint8_t holes_ = 0;  // in a row, none of them refuted a size
  Instant probe_sent_at_;
  Instant search_at_ = Instant::min();  // no probe before
  Instant last_black_hole_ = Instant::min();
};

}  // namespace rudp::path
