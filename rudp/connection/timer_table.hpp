// Every timer that a connection itself keeps: one slot each, no objects, no callbacks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

namespace rudp::connection {

/// docs/STATE-MACHINE.md says when each is armed and what it does. The loss, ack
/// and partials deadlines belong to their mechanisms and are asked there.
enum class Timer : std::uint8_t {
  handshake_resend,
  handshake_end,
  confirm,
  pacing,
  idle,
  keep_alive,
  silence,
  key_discard,
  drain,
  rest,
  close_repeat,
  close_end,
};
inline constexpr std::size_t kTimerCount = static_cast<std::size_t>(Timer::close_end) + 1;

/// A table of optional instants.
class TimerTable {
 public:
  void arm(Timer timer, Instant at) { slot(timer) = at; }
  void disarm(Timer timer) { slot(timer) = Instant::max(); }
  void disarm_all() { slots_.fill(Instant::max()); }

  bool armed(Timer timer) const { return slot(timer) != Instant::max(); }
  /// Instant::max() where the timer is not armed.
  Instant at(Timer timer) const { return slot(timer); }
  bool due(Timer timer, Instant now) const { return slot(timer) <= now; }
  /// Disarms and answers true when the timer is due.
  bool expire(Timer timer, Instant now) {
    if (!armed(timer) || !due(timer, now)) return false;
    disarm(timer);
    return true;
  }
  /// Instant::max() where nothing is armed.
  Instant next() const {
    Instant earliest = Instant::max();
    for (const Instant at : slots_) earliest = at < earliest ? at : earliest;
    return earliest;
  }

  TimerTable() { disarm_all(); }

 private:
  Instant& slot(Timer timer) { return slots_[static_cast<std::size_t>(timer)]; }
  const Instant& slot(Timer timer) const { return slots_[static_cast<std::size_t>(timer)]; }

  std::array<Instant, kTimerCount> slots_;
};

}  // namespace rudp::connection
