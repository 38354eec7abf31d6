#include "sim/checkers.hpp"

namespace rudp::sim {
namespace {

constexpr std::uint64_t kPacketsPerProbe = 2;  // RFC 9002 section 6.2.4

}  // namespace

Violation WindowChecker::on_trace(NodeId node, const TraceEvent& event) {
  Flight& flight = flights_[{node, event.connection}];
  switch (event.kind) {
    case TraceKind::packet_sent:
      return on_packet_sent(flight, event);
    case TraceKind::packet_lost:
    case TraceKind::packet_acked:
      flight.in_flight_bytes = event.b;
      return {};
    case TraceKind::window_updated:
      flight.window_bytes = event.a;
      return {};
    case TraceKind::probe_sent:
      flight.probes += kPacketsPerProbe;
      return {};
    default:
      return {};
  }
}

Violation WindowChecker::on_packet_sent(Flight& flight, const TraceEvent& event) {
  const bool ack_eliciting = event.b == 1;
  if (!ack_eliciting) return {};
  flight.in_flight_bytes += event.a;
  if (flight.probes > 0) return --flight.probes, Violation{};
  if (!flight.window_bytes || flight.in_flight_bytes <= *flight.window_bytes) return {};
  return "connection " + std::to_string(event.connection.index) + " has " +
         std::to_string(flight.in_flight_bytes) + " bytes in flight, its congestion window is " +
         std::to_string(*flight.window_bytes);
}

}  // namespace rudp::sim
