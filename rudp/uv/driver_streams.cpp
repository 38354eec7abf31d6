// Streams: what the app asks of them, to the core connection that carries them, and its events to the app.
#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {

/// Absent before on_connect: a stream needs the connection that has won.
const Route* Driver::route_of(PeerId id) {
  Peer* const found = peer(id);
  return found && found->route && !found->connecting ? &*found->route : nullptr;
}

Result<StreamId> Driver::open_stream(PeerId id, const StreamOptions& options) {
  const Peer* const found = peer(id);
  if (!found || found->is_over() || found->close_request) return Error::closed;
  const Route* const route = route_of(id);
  if (!route) return Error::would_block;
  return route->binding->command().open_stream(monotonic_now(), route->handle, options);
}

StreamWriteResult Driver::write(PeerId id, StreamId stream, Bytes bytes, bool fin) {
  const Route* const route = route_of(id);
  if (!route) return {.status = WriteStatus::closed};
  return route->binding->command().write(monotonic_now(), route->handle, stream, bytes, fin);
}

Result<StreamRead> Driver::read(PeerId id, StreamId stream, MutableBytes out) {
  const Route* const route = route_of(id);
  if (!route) return Error::unknown_connection;
  return route->binding->command().read(monotonic_now(), route->handle, stream, out);
}

Result<void> Driver::reset_stream(PeerId id, StreamId stream, std::uint64_t code) {
  const Route* const route = route_of(id);
  if (!route) return Error::unknown_connection;
  return route->binding->command().reset_stream(monotonic_now(), route->handle, stream, code);
}

Result<void> Driver::stop_sending(PeerId id, StreamId stream, std::uint64_t code) {
  const Route* const route = route_of(id);
  if (!route) return Error::unknown_connection;
  return route->binding->command().stop_sending(monotonic_now(), route->handle, stream, code);
}

Result<void> Driver::set_stream_priority(PeerId id, StreamId stream, std::uint8_t priority) {
  const Route* const route = route_of(id);
  if (!route) return Error::unknown_connection;
  return route->binding->command().set_stream_priority(monotonic_now(), route->handle, stream, priority);
}

void Driver::on_stream_event(PeerId id, const Event& event) {
  if (!peer(id)) return;
  const Stream stream(connection(id), event.stream);
  switch (event.type) {
    case EventType::stream_opened:
      return on_stream(stream);
    case EventType::stream_readable:
      return on_readable(stream);
    case EventType::stream_writable:
      return on_stream_writable(stream);
    case EventType::stream_reset:
      return on_stream_reset(stream, event.stream_code);
    case EventType::stream_stopped:
      return on_stream_stopped(stream, event.stream_code);
    case EventType::stream_finished:
      return on_stream_finished(stream);
    case EventType::streams_available:
      return on_streams_available(connection(id));
    default:
      return;
  }
}

}  // namespace rudp::uv
