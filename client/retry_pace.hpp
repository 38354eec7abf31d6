// When to connect again after a loss.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <rudp/random.hpp>
#include <rudp/types.hpp>

namespace client {

/// The wait grows with every failure in a row and varies, so that a thousand clients don't come
/// back in the same moment. A server that accepts a connection and closes it at once has failed
/// too: only a connection that holds for a while ends the row.
class RetryPace {
 public:
  static constexpr std::chrono::milliseconds kFirst{400};
  static constexpr std::chrono::milliseconds kMax{8'000};
  /// A connection that stood for so long was a good one.
  static constexpr rudp::Duration kHeld = kMax;
  /// No server keeps a client away for longer.
  static constexpr rudp::Duration kPauseMax = std::chrono::minutes(1);

  void on_up(rudp::Instant now) { up_at_ = now; }
  /// Also for a connection that never came up.
  void on_down(rudp::Instant now);
  /// The server asks for so long a pause before the next try.
  void pause(rudp::Duration least);

  /// How long to wait before the next try: half of it is chance, what the server asked for is added.
  rudp::Duration next(rudp::Random& random);

 private:
  std::uint32_t failures_ = 0;
  std::optional<rudp::Instant> up_at_;
  rudp::Duration pause_{};
};

}  // namespace client
