// The commands of a world that concern streams.
#include "sim/world_impl.hpp"

namespace rudp::sim {

Result<StreamId> World::open_stream(NodeId node, ConnectionHandle connection, const StreamOptions& options) {
  if (!has_endpoint(node)) return Error::closed;
  const auto stream = endpoint(node).open_stream(local_time(node), connection, options);
  impl_->note({.what = Note::What::open_stream,
               .node = node,
               .connection = connection,
               .number = stream ? *stream : ~StreamId{0}});
  impl_->settle_command(node);
  return stream;
}

StreamWriteResult World::write(NodeId node, ConnectionHandle connection, StreamId stream, Bytes bytes,
                               bool fin) {
  if (!has_endpoint(node)) return {.status = WriteStatus::closed};
  const StreamWriteResult result = endpoint(node).write(local_time(node), connection, stream, bytes, fin);
  impl_->note({.what = Note::What::write,
               .kind = static_cast<std::uint8_t>(result.status),
               .node = node,
               .connection = connection,
               .number = stream,
               .a = result.bytes,
               .b = fin});
  const StreamSeen seen{node, connection, stream, bytes.first(result.bytes), result && fin};
  if (result || result.bytes > 0)
    impl_->check([&](Checker& checker) { return checker.on_stream_write(*this, seen); });
  impl_->settle_command(node);
  return result;
}

Result<StreamRead> World::read(NodeId node, ConnectionHandle connection, StreamId stream, MutableBytes out) {
  if (!has_endpoint(node)) return Error::unknown_connection;
  const auto taken = endpoint(node).read(local_time(node), connection, stream, out);
  if (taken) {
    const Bytes bytes = out.first(taken->bytes);
    impl_->note({.what = Note::What::read,
                 .node = node,
                 .connection = connection,
                 .number = stream,
                 .a = taken->bytes,
                 .b = hash_bytes(bytes) + taken->fin});
    const StreamSeen seen{node, connection, stream, bytes, taken->fin};
    impl_->check([&](Checker& checker) { return checker.on_stream_read(*this, seen); });
  }
  impl_->settle_command(node);
  return taken;
}

Result<void> World::reset_stream(NodeId node, ConnectionHandle connection, StreamId stream,
                                 std::uint64_t code) {
  if (!has_endpoint(node)) return Error::unknown_connection;
  const auto done = endpoint(node).reset_stream(local_time(node), connection, stream, code);
  impl_->note_stream(Note::What::reset_stream, node, connection, stream, code);
  return done;
}

Result<void> World::stop_sending(NodeId node, ConnectionHandle connection, StreamId stream,
                                 std::uint64_t code) {
  if (!has_endpoint(node)) return Error::unknown_connection;
  const auto done = endpoint(node).stop_sending(local_time(node), connection, stream, code);
  impl_->note_stream(Note::What::stop_sending, node, connection, stream, code);
  return done;
}

Result<void> World::set_stream_priority(NodeId node, ConnectionHandle connection, StreamId stream,
                                        std::uint8_t priority) {
  if (!has_endpoint(node)) return Error::unknown_connection;
  const auto done = endpoint(node).set_stream_priority(local_time(node), connection, stream, priority);
  impl_->note_stream(Note::What::stream_priority, node, connection, stream, priority);
  return done;
}

StreamReport World::stream_deliveries() const {
  return impl_->streams ? impl_->streams->report() : StreamReport{};
}

void World::Impl::note_stream(Note::What what, NodeId id, ConnectionHandle connection, StreamId stream,
                              std::uint64_t value) {
  note({.what = what, .node = id, .connection = connection, .number = stream, .a = value});
  settle_command(id);
}

}  // namespace rudp::sim
