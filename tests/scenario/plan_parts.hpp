// The parts of a plan, each drawn with a generator of its own.
#pragma once

#include <vector>

#include "plan.hpp"

namespace scenario {

/// In parts per million.
inline constexpr std::uint32_t kTenth = 100'000;

/// plan_links.cpp. `extreme`: every fault at its maximum.
rudp::sim::LinkOptions draw_link(rudp::sim::SeededRandom random, bool extreme);
/// Moves of a client's NAT before `until`, by time.
std::vector<PlannedRebind> draw_rebinds(rudp::sim::SeededRandom random, Duration until);
/// Small jumps of a clock before `until`.
std::vector<PlannedJump> draw_jumps(rudp::sim::SeededRandom random, Duration until);
/// Adds, now and then, a sleep of hours. Whoever is silent when the sleeper wakes up is asked once, and that
/// must not be lost: it is after the faults, and after moves of which the other side hears late.
void draw_sleep(rudp::sim::SeededRandom random, Duration after, std::vector<PlannedJump>& jumps);

/// plan_talk.cpp. Both by time.
std::vector<PlannedMessage> draw_talk(rudp::sim::SeededRandom random, bool extreme);
std::vector<PlannedStream> draw_streams(rudp::sim::SeededRandom random, bool extreme);

}  // namespace scenario
