// What a peer may ask for without giving anything: frames that cost it a byte or two and us a turn (P6, S8).
//
// Data has a price: it costs the peer congestion window and credit. Control frames have none, so a packet full of
// them, or a flow of such packets, is how work is made. An honest packet holds a few dozen; what is beyond that
// is taken from a budget, and when that is empty the connection ends.
#pragma once

#include <cstdint>

#include <rudp/types.hpp>

#include "wire/frame.hpp"

namespace rudp::connection {

/// Control frames of a packet that are nobody's business: more than our own packets ever hold.
inline constexpr std::uint32_t kControlFramesFree = 96;
/// Control frames beyond that, of all packets: at once, and how many come back in a second.
inline constexpr std::uint32_t kGlitchesMax = 1'000;
inline constexpr std::uint32_t kGlitchesPerSecond = 33;
/// Frames of any kind in a packet. The largest packet has room for fewer messages.
inline constexpr std::uint32_t kFramesPerPacketMax = 1'024;

class GlitchBudget {
 public:
  /// To be called once for each packet, with its control frames. False: the peer has used up its budget.
  bool take(Instant now, std::uint32_t control_frames);
  /// Glitches that are left now.
  std::uint32_t left() const { return left_; }

 private:
  std::uint32_t left_ = kGlitchesMax;
  Instant settled_at_ = Instant::min();
};

/// Everything but data and padding.
bool is_control(const wire::Frame& frame);

}  // namespace rudp::connection
