// Frames of the peer: which stream they mean, whether they may, and what becomes of them.
#include <algorithm>

#include "base/assert.hpp"
#include "stream/streams.hpp"

namespace rudp::stream {

/// The stream of a frame that concerns what we receive; null where its time is over.
Result<Stream*> Streams::find_receiving(StreamId id) {
  const bool is_ours = opener_of(id) == side_;
  if (is_ours && direction_of(id) == StreamDirection::one_way) return Error::stream_state_violation;
  return find_or_accept(id);
}

/// The same for what we send.
Result<Stream*> Streams::find_sending(StreamId id) {
  const bool is_ours = opener_of(id) == side_;
  if (!is_ours && direction_of(id) == StreamDirection::one_way) return Error::stream_state_violation;
  return find_or_accept(id);
}

Result<Stream*> Streams::find_or_accept(StreamId id) {
  const std::uint64_t index = index_of(id);
  const std::size_t direction = at(direction_of(id));
  if (opener_of(id) == side_) {
    if (index >= opened_[direction].used()) return Error::stream_state_violation;
    return find(id);
  }
  if (index >= accepted_[direction].promised()) return Error::stream_limit_exceeded;
  if (index >= accepted_[direction].received()) accept_to(direction_of(id), index + 1);
  return find(id);
}

/// A stream opens all of its kind with lower numbers (RFC 9000 3.2). The promise bounds how many that are.
void Streams::accept_to(StreamDirection direction, std::uint64_t count) {
  transfer::ReceiveCredit& accepted = accepted_[at(direction)];
  const Side opener = side_ == Side::client ? Side::server : Side::client;
  while (accepted.received() < count) {
    note_event(create(make_id(opener, direction, accepted.received())), kOpenedBit);
    const bool is_within = accepted.on_received(1);
    RUDP_ASSERT(is_within);
  }
  accepted.set_eager(accepted.received() == accepted.promised());
}

/// Counts what reaches beyond all before, on the stream and on the connection, or changes nothing.
Result<void> Streams::take_credit(Instant now, ReceiveStream& receive, std::uint64_t end, bool is_final) {
  const Result<std::uint64_t> fresh = receive.check(end, is_final);
  if (!fresh) return fresh.error();
  if (!window_.on_received(now, *fresh)) return Error::flow_control_violation;
  receive.note_end(now, end, is_final);
  return {};
}

Result<void> Streams::on_data(Instant now, StreamId id, std::uint64_t offset, Bytes bytes, bool fin) {
  const Result<Stream*> found = find_receiving(id);
  if (!found) return found.error();
  if (!*found || !(*found)->receive) return {};
  Stream& stream = **found;
  ReceiveStream& receive = *stream.receive;
  const std::uint64_t end = offset + bytes.size();
  const Result<void> taken = take_credit(now, receive, end, fin);
  if (!taken) return taken;
  if (!receive.is_discarding()) {
    make_room(receive, end);
    receive.store(offset, bytes);
    note_readable(stream);
    return {};
  }
  consume(now, receive.discard(now, smoothed_rtt_));
  if (receive.final_size()) end_receiving(stream);
  settle(stream);
  return {};
}

void Streams::note_readable(Stream& stream) {
  const ReceiveStream& receive = *stream.receive;
  const bool is_readable = receive.buffer().readable_bytes() > 0 || receive.is_at_end();
  if (is_readable && !stream.is_told_readable) note_event(stream, kReadableBit);
}

/// As long as all buffers together stay within the window, they grow generously and keep what they have. Beyond,
/// every buffer is cut to what it holds, and grows no more than it must: so memory never exceeds 1.25 times
/// the window, whatever the peer sends where.
void Streams::make_room(ReceiveStream& receive, std::uint64_t end) {
  transfer::ReceiveBuffer& buffer = receive.buffer();
  if (buffer.has_room_to(end)) return;
  const std::uint64_t needed = end - buffer.read_offset();
  const auto total = [&](bool generously) {
    return receive_memory_bytes_ - buffer.memory_bytes() + buffer.memory_for(needed, generously);
  };
  const bool generously = total(true) <= window_.window();
  if (!generously && total(false) > window_.window()) shrink_all();
  receive_memory_bytes_ -= buffer.memory_bytes();
  buffer.grow_to(end, generously);
  receive_memory_bytes_ += buffer.memory_bytes();
}

void Streams::shrink_all() {
  for (auto& [id, stream] : streams_) {
    if (!stream.receive) continue;
    receive_memory_bytes_ -= stream.receive->buffer().memory_bytes();
    stream.receive->buffer().shrink();
    receive_memory_bytes_ += stream.receive->buffer().memory_bytes();
  }
}

Result<void> Streams::on_reset(Instant now, StreamId id, std::uint64_t code, std::uint64_t final_size) {
  const Result<Stream*> found = find_receiving(id);
  if (!found) return found.error();
  if (!*found || !(*found)->receive) return {};
  Stream& stream = **found;
  ReceiveStream& receive = *stream.receive;
  const bool was_complete = receive.is_complete();
  const Result<void> taken = take_credit(now, receive, final_size, true);
  if (!taken) return taken;
  // What has arrived to its end is worth more than the news that nobody would send it again (RFC 9000 3.2).
  if (was_complete) return {};
  const bool is_news = !receive.is_discarding();
  receive_memory_bytes_ -= receive.buffer().memory_bytes();
  consume(now, receive.discard(now, smoothed_rtt_));
  end_receiving(stream);
  if (is_news) {
    stream.was_reset = true;
    stream.peer_reset_code = code;
    note_event(stream, kWasResetBit);
  }
  settle(stream);
  return {};
}

Result<void> Streams::on_stop_sending(StreamId id, std::uint64_t code) {
  const Result<Stream*> found = find_sending(id);
  if (!found) return found.error();
  Stream* const stream = *found;
  if (!stream || !stream->send || stream->send->is_reset()) return {};
  stream->peer_stop_code = code;
  note_event(*stream, kStoppedBit);
  reset_sending(*stream, code);
  return {};
}

Result<void> Streams::on_max_stream_data(StreamId id, std::uint64_t limit) {
  const Result<Stream*> found = find_sending(id);
  if (!found) return found.error();
  Stream* const stream = *found;
  if (stream && stream->send && stream->send->set_limit(limit)) activate(*stream);
  return {};
}

void Streams::on_max_data(std::uint64_t limit) {
  if (!credit_.set_limit(limit)) return;
  while (!turns().credit_waiters.empty()) {
    Stream* const stream = find(awake().credit_waiters.pop_front());
    if (!stream || stream->place != SendPlace::waits_for_credit) continue;
    stream->place = SendPlace::idle;
    activate(*stream);
  }
}

void Streams::on_max_streams(StreamDirection direction, std::uint64_t limit) {
  if (!opened_[at(direction)].set_limit(limit)) return;
  is_available_ = std::exchange(was_refused_[at(direction)], false) || is_available_;
}

}  // namespace rudp::stream
