// When a connection goes over to another path, and when it looks at one at all: decided on values.
#pragma once

#include <optional>

#include <rudp/types.hpp>

namespace rudp::path {

/// How a path came to be looked at.
enum class Occasion : std::uint8_t {
  noticed,    ///< a packet came from there: a NAT's doing, or an attacker who forwards
  announced,  ///< the peer sent a packet with an id that it had not used before: it means to move
  own,        ///< we move
};

/// An old path that answers within this many round trips is alive, and keeps the data.
constexpr Duration old_path_silence(Duration smoothed_rtt) { return smoothed_rtt * 3 / 2; }
/// No silence shorter than this proves anything: the other side may be busy with something else, or hold an
/// ack back for so long (its max_ack_delay).
inline constexpr Duration kOldPathSilenceMin = std::chrono::milliseconds(25);
/// At most one move, and one path looked at, in a round trip; and no peer can make that shorter than this.
inline constexpr Duration kMoveIntervalMin = std::chrono::milliseconds(10);

/// What is known of a path that was challenged.
struct MoveFacts {
  Occasion occasion = Occasion::noticed;
  bool validated = false;
  /// The first packet from there, or the command; or the last sign since that the old path is alive.
  Instant silent_since;
  Duration smoothed_rtt{0};
};

/// When to move, if nothing is heard of the old path until then; empty: not before there is an answer.
///
/// A noticed path may be an attacker's, who forwards what the peer sends and the peer's answer to our
/// challenge as well. He cannot keep the peer from receiving and sending where it does, so that has to become
/// silent. An answer to one challenge may take longer than any estimate of the round trip says: it waits in
/// queues that this flow fills, while the copies of its acks make the round trip seem short. So each sign of
/// life counts, and silence is a time without any.
constexpr std::optional<Instant> move_at(const MoveFacts& facts) {
  if (!facts.validated) return std::nullopt;
  if (facts.occasion != Occasion::noticed) return facts.silent_since;
  const Duration silence = old_path_silence(facts.smoothed_rtt);
  return facts.silent_since + (silence < kOldPathSilenceMin ? kOldPathSilenceMin : silence);
}

}  // namespace rudp::path
