// The marks of packets: what is sent, what the peer says of it, and what a router meant by changing it.
#include "connection/connection.hpp"

namespace rudp::connection {

void Connection::begin_ecn() {
  if (environment_.config.transport.ecn) ecn_.start();
}

void Connection::note_marks(Instant now, const wire::AckFrame& frame, bool is_newest,
                            const recovery::AckOutcome& outcome) {
  const bool was_capable = ecn_.is_capable();
  const std::uint64_t marks =
      ecn_.on_ack({.counts = frame.ecn, .marked_packets = outcome.marked_packets, .is_newest = is_newest});
  if (ecn_.is_capable() != was_capable) trace(now, TraceKind::ecn_changed, 0, was_capable ? 0 : 1, 0);
  if (marks > 0) controller_->on_ecn_ce(now, frame.largest());
}

}  // namespace rudp::connection
