// Streams: commands and events of the application, frames in and out.
#include "base/assert.hpp"
#include "connection/connection.hpp"
#include "wire/frame_writer.hpp"

namespace rudp::connection {
namespace {

/// A control frame of a stream at its longest: RESET_STREAM, a type and three varints.
constexpr std::size_t kStreamControlBytesMax = 1 + 3 * 8;

}  // namespace

/// Made when the first stream is spoken of: many connections have none. REQUIRES: keys are known, and with
/// them the peer's parameters.
stream::Streams& Connection::streams() {
  if (streams_) return *streams_;
  const TransportOptions& options = environment_.config.transport;
  const stream::StreamsLimits limits{.data_bytes = options.initial_data_bytes,
                                     .stream_data_bytes = options.initial_stream_data_bytes,
                                     .window_bytes_max = options.max_stream_window_bytes,
                                     .streams = options.max_streams,
                                     .queue_bytes = options.send_queue_bytes};
  const auto side = role_ == Role::client ? stream::Side::client : stream::Side::server;
  streams_ = std::make_unique<stream::Streams>(side, limits, environment_.message_budget);
  tell_streams_limits();
  streams_->set_smoothed_rtt(recovery_.rtt().smoothed_rtt());
  return *streams_;
}

void Connection::tell_streams_limits() {
  streams_->set_peer_limits(session_.peer.initial_data, session_.peer.initial_stream_data,
                            session_.peer.max_streams);
}

// Commands. Before there are keys there is no stream, and so none that could be named.

Result<StreamId> Connection::open_stream(const StreamOptions& options) {
  if (over_ || is_asked_to_close() || state_ > State::open) return Error::closed;
  if (!session_.protection) return Error::would_block;
  return streams().open(options);
}

StreamWriteResult Connection::write(StreamId id, Bytes bytes, bool fin) {
  if (!streams_ || over_ || is_asked_to_close()) return {.status = WriteStatus::closed};
  return streams_->write(id, bytes, fin);
}

Result<StreamRead> Connection::read(Instant now, StreamId id, MutableBytes out) {
  if (!streams_) return Error::unknown_stream;
  return streams_->read(now, id, out);
}

Result<void> Connection::reset_stream(StreamId id, std::uint64_t code) {
  if (code > kVarintMax) return Error::invalid_argument;
  if (!streams_) return Error::unknown_stream;
  return streams_->reset(id, code);
}

Result<void> Connection::stop_sending(Instant now, StreamId id, std::uint64_t code) {
  if (code > kVarintMax) return Error::invalid_argument;
  if (!streams_) return Error::unknown_stream;
  return streams_->stop_sending(now, id, code);
}

Result<void> Connection::set_stream_priority(StreamId id, std::uint8_t priority) {
  if (!streams_) return Error::unknown_stream;
  return streams_->set_priority(id, priority);
}

bool Connection::poll_stream_event(Event& event) {
  stream::StreamEvent found;
  if (!streams_ || !streams_->poll_event(found)) return false;
  event.type = found.type;
  event.stream = found.stream;
  event.stream_code = found.code;
  return true;
}

// Frames in.

Result<void> Connection::on_frame(Instant now, const wire::StreamFrame& frame) {
  return streams().on_data(now, frame.stream, frame.offset, frame.data, frame.fin);
}

Result<void> Connection::on_frame(Instant now, const wire::ResetStreamFrame& frame) {
  return streams().on_reset(now, frame.stream, frame.code, frame.final_size);
}

Result<void> Connection::on_frame(Instant, const wire::StopSendingFrame& frame) {
  return streams().on_stop_sending(frame.stream, frame.code);
}

Result<void> Connection::on_frame(Instant, const wire::MaxDataFrame& frame) {
  streams().on_max_data(frame.limit);
  return {};
}

Result<void> Connection::on_frame(Instant, const wire::MaxStreamDataFrame& frame) {
  return streams().on_max_stream_data(frame.stream, frame.limit);
}

Result<void> Connection::on_frame(Instant, const wire::MaxStreamsFrame& frame) {
  streams().on_max_streams(frame.direction, frame.limit);
  return {};
}

// Frames out.

bool Connection::streams_have_data() const {
  return streams_ && (streams_->has_work() || streams_->has_control_to_send());
}

std::optional<std::size_t> Connection::write_stream(PacketBuilder& builder, std::uint8_t level) {
  const auto frame = streams_->next_frame(level, builder.space());
  if (!frame) return std::nullopt;
  write_stream_piece(builder, *frame);
  return frame->piece.data.size();
}

void Connection::write_stream_piece(PacketBuilder& builder, const stream::OutgoingPiece& frame) {
  const bool fits = wire::write(builder.frames(), wire::StreamFrame{.stream = frame.stream,
                                                                    .offset = frame.piece.offset,
                                                                    .data = frame.piece.data,
                                                                    .fin = frame.piece.fin});
  RUDP_ASSERT(fits);
  builder.record(record_of(frame.tag()));
  builder.set_ack_eliciting();
}

/// True: what the record says is in this packet, exactly.
bool Connection::repeat_stream(PacketBuilder& builder, const recovery::SentFrame& record) {
  const stream::StreamTag tag = stream_tag_of(record);
  const auto frame = streams_->frame_again(tag, builder.space());
  if (!frame) return false;
  write_stream_piece(builder, *frame);
  return frame->tag().offset == tag.offset && frame->tag().length == tag.length;
}

void Connection::write_stream_control(PacketBuilder& builder) {
  using stream::ControlKind;
  while (streams_ && streams_->has_control_to_send() && builder.space() >= kStreamControlBytesMax) {
    const auto frame = streams_->next_control();
    if (!frame) return;
    wire::Writer& frames = builder.frames();
    switch (frame->kind) {
      case ControlKind::max_data:
        wire::write(frames, wire::MaxDataFrame{frame->value});
        break;
      case ControlKind::max_streams_bidirectional:
        wire::write(frames, wire::MaxStreamsFrame{StreamDirection::bidirectional, frame->value});
        break;
      case ControlKind::max_streams_one_way:
        wire::write(frames, wire::MaxStreamsFrame{StreamDirection::one_way, frame->value});
        break;
      case ControlKind::max_stream_data:
        wire::write(frames, wire::MaxStreamDataFrame{frame->stream, frame->value});
        break;
      case ControlKind::reset_stream:
        wire::write(frames, wire::ResetStreamFrame{frame->stream, frame->value, frame->final_size});
        break;
      case ControlKind::stop_sending:
        wire::write(frames, wire::StopSendingFrame{frame->stream, frame->value});
        break;
    }
    builder.record(record_of(*frame));
    builder.set_ack_eliciting();
  }
}

}  // namespace rudp::connection
