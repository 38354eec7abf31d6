#include <rudp/trace.hpp>

namespace rudp {

std::string_view to_name(TraceKind kind) {
  switch (kind) {
    case TraceKind::packet_sent:
      return "packet_sent";
    case TraceKind::packet_received:
      return "packet_received";
    case TraceKind::packet_dropped:
      return "packet_dropped";
    case TraceKind::packet_lost:
      return "packet_lost";
    case TraceKind::packet_acked:
      return "packet_acked";
    case TraceKind::rtt_updated:
      return "rtt_updated";
    case TraceKind::window_updated:
      return "window_updated";
    case TraceKind::probe_sent:
      return "probe_sent";
    case TraceKind::state_changed:
      return "state_changed";
    case TraceKind::handshake_sent:
      return "handshake_sent";
    case TraceKind::handshake_received:
      return "handshake_received";
    case TraceKind::message_queued:
      return "message_queued";
    case TraceKind::message_received:
      return "message_received";
    case TraceKind::path_challenged:
      return "path_challenged";
    case TraceKind::path_validated:
      return "path_validated";
    case TraceKind::path_changed:
      return "path_changed";
    case TraceKind::mtu_changed:
      return "mtu_changed";
    case TraceKind::ecn_changed:
      return "ecn_changed";
  }
  return "unknown";
}

}  // namespace rudp
