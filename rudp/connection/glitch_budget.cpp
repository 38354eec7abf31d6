#include "connection/glitch_budget.hpp"

#include <algorithm>
#include <variant>

namespace rudp::connection {

bool GlitchBudget::take(Instant now, std::uint32_t control_frames) {
  if (control_frames <= kControlFramesFree) return true;
  if (left_ < kGlitchesMax && now > settled_at_) {
    constexpr Duration kFull = std::chrono::seconds(kGlitchesMax / kGlitchesPerSecond + 1);
    const auto elapsed_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::min(now - settled_at_, kFull)).count();
    const auto earned = static_cast<std::uint32_t>(elapsed_ms * kGlitchesPerSecond / 1'000);
    left_ = std::min(left_ + earned, kGlitchesMax);
  }
  settled_at_ = now;
  const std::uint32_t glitches = control_frames - kControlFramesFree;
  if (glitches > left_) {
    left_ = 0;
    return false;
  }
  left_ -= glitches;
  return true;
}

bool is_control(const wire::Frame& frame) {
  return !std::holds_alternative<wire::MessageFrame>(frame) && !std::holds_alternative<wire::MessagesFrame>(frame) &&
         !std::holds_alternative<wire::FragmentFrame>(frame) && !std::holds_alternative<wire::StreamFrame>(frame) &&
         !std::holds_alternative<wire::PaddingFrame>(frame);
}

}  // namespace rudp::connection
