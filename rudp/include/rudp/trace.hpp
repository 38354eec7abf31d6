// The seam through which an endpoint shows what it does: one small value per event.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include <rudp/export.hpp>
#include <rudp/types.hpp>

namespace rudp {

/// What happened. The meaning of `number`, `a` and `b` is given for each.
enum class TraceKind : std::uint8_t {
  packet_sent,         ///< number: packet number; a: bytes; b: 1 when ack-eliciting
  packet_received,     ///< number: packet number; a: bytes
  packet_dropped,      ///< a: bytes; b: the Error's number
  packet_lost,         ///< a: bytes lost, or of copies not waited for any more; b: bytes in flight after
  packet_acked,        ///< number: largest acked; a: acked bytes; b: bytes in flight after
  rtt_updated,         ///< a: latest_rtt in ns; b: smoothed_rtt in ns
  window_updated,      ///< a: congestion window in bytes; b: pacing rate in bytes/s
  probe_sent,          ///< a: pto_count
  state_changed,       ///< a: old ConnectionState; b: new ConnectionState
  handshake_sent,      ///< a: packet type byte; b: bytes
  handshake_received,  ///< a: packet type byte; b: bytes
  message_queued,      ///< number: MessageId; a: bytes; b: channel
  message_received,    ///< a: bytes; b: channel
  path_challenged,     ///< number: packet number; a: bytes; b: 1 when it is the path in use
  path_validated,      ///< a: round trip in ns
  path_changed,        ///< a: round trip in ns; b: 1 when only the port is another
  mtu_changed,         ///< a: UDP payload of the largest packets from now on; b: what it was
  ecn_changed,         ///< a: 1 when packets are known to arrive with their marks, 0 when they are not
};

struct TraceEvent {
  Instant at;
  ConnectionHandle connection;  ///< invalid index for events of the endpoint itself
  TraceKind kind = TraceKind::packet_sent;
  std::uint64_t number = 0;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

/// Receives every event, in order. Must not call back into the endpoint.
using TraceSink = std::function<void(const TraceEvent&)>;

/// The enumerator's name, e.g. "packet_sent".
RUDP_API std::string_view to_name(TraceKind kind);

}  // namespace rudp
