// The table of streams, and what the application asks of it.
#include "stream/streams.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.hpp"
#include "stream/limits.hpp"

namespace rudp::stream {

Streams::Streams(Side side, StreamsLimits limits, transfer::CreditBudget& budget)
    : side_(side),
      limits_(limits),
      budget_(budget),
      window_(limits.data_bytes),
      accepted_{transfer::ReceiveCredit(limits.streams), transfer::ReceiveCredit(limits.streams)} {}

Streams::~Streams() { budget_.give_back(budget_bytes_); }

void Streams::set_peer_limits(std::uint64_t data_bytes, std::uint64_t stream_data_bytes,
                              std::uint64_t streams) {
  peer_is_known_ = true;
  peer_stream_data_bytes_ = stream_data_bytes;
  for (auto& [id, stream] : streams_) {
    if (stream.send && stream.send->set_limit(stream_data_bytes)) activate(stream);
  }
  on_max_data(data_bytes);
  on_max_streams(StreamDirection::bidirectional, streams);
  on_max_streams(StreamDirection::one_way, streams);
}

const Turns Streams::kNoTurns;

Turns& Streams::awake() {
  if (!turns_) turns_ = std::make_unique<Turns>();
  return *turns_;
}

void Streams::rest() {
  spare_.clear();
  if (turns().empty()) turns_.reset();
}

Stream* Streams::find(StreamId id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

Stream& Streams::create(StreamId id) {
  Stream& stream = streams_.try_emplace(id, id).first->second;
  const bool is_ours = opener_of(id) == side_;
  const bool is_one_way = direction_of(id) == StreamDirection::one_way;
  if (is_ours || !is_one_way) stream.send.emplace(id, peer_stream_data_bytes_, spare_);
  if (!is_ours || !is_one_way) stream.receive.emplace(limits_.stream_data_bytes);
  return stream;
}

/// To be called last wherever a half may have ended: the stream may be gone after it.
void Streams::settle(Stream& stream) {
  if (stream.send || stream.receive || stream.events != 0) return;
  // The peer may open another one instead.
  if (opener_of(stream.id) != side_) {
    transfer::ReceiveCredit& accepted = accepted_[at(direction_of(stream.id))];
    accepted.on_consumed(1);
    accepted.set_eager(accepted.received() == accepted.promised());
  }
  streams_.erase(stream.id);
}

void Streams::end_sending(Stream& stream) {
  leave_round(stream);
  queued_bytes_ -= stream.send->buffered_bytes();
  stream.send.reset();
}

void Streams::end_receiving(Stream& stream) {
  receive_memory_bytes_ -= stream.receive->buffer().memory_bytes();
  stream.receive.reset();
  stream.events &= static_cast<std::uint8_t>(~kReadableBit);
}

Result<StreamId> Streams::open(const StreamOptions& options) {
  if (options.priority >= transfer::kLevels) return Error::invalid_argument;
  if (!peer_is_known_) return Error::would_block;
  transfer::SendCredit& opened = opened_[at(options.direction)];
  if (!opened.reserve(1)) {
    was_refused_[at(options.direction)] = true;
    return Error::too_many_streams;
  }
  Stream& stream = create(make_id(side_, options.direction, opened.used() - 1));
  stream.level = options.priority;
  return stream.id;
}

StreamWriteResult Streams::write(StreamId id, Bytes bytes, bool fin) {
  Stream* const stream = find(id);
  if (!stream || !stream->send) return {.status = WriteStatus::closed};
  if (stream->send->is_reset()) return {.status = WriteStatus::stopped};
  if (!stream->send->is_open()) return {.status = WriteStatus::closed};
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), room_for(*stream)));
  stream->send->write(bytes.first(taken));
  queued_bytes_ += taken;
  const bool is_all = taken == bytes.size();
  if (is_all && fin) stream->send->finish();
  activate(*stream);
  if (is_all) return {.status = WriteStatus::taken, .bytes = taken};
  if (!std::exchange(stream->wants_writable, true)) awake().writers.push_back(id);
  return {.status = WriteStatus::would_block, .bytes = taken};
}

/// A stream holds at most twice what is left for all others, so that one whose peer does not read never takes
/// everything: alone it has two thirds of the queue.
std::uint64_t Streams::room_for(const Stream& stream) const {
  const std::uint64_t left = limits_.queue_bytes - std::min(limits_.queue_bytes, queued_bytes_);
  const std::uint64_t held = stream.send->buffered_bytes();
  return 2 * left > held ? (2 * left - held) / 3 : 0;
}

Result<StreamRead> Streams::read(Instant now, StreamId id, MutableBytes out) {
  Stream* const stream = find(id);
  if (!stream) return Error::unknown_stream;
  if (stream->was_reset) return Error::stream_reset;
  if (!stream->receive || stream->receive->is_discarding()) return Error::closed;
  ReceiveStream& receive = *stream->receive;
  StreamRead taken;
  taken.bytes = receive.read(now, out, smoothed_rtt_);
  taken.fin = receive.is_at_end();
  if (receive.buffer().readable_bytes() == 0) {
    stream->is_told_readable = false;
    stream->events &= static_cast<std::uint8_t>(~kReadableBit);
  }
  if (receive.window().take_wants_to_grow()) {
    const std::uint64_t most = std::min(limits_.window_bytes_max, window_.window());
    receive.window().grow_to(std::max(receive.window().window(), std::min(2 * receive.window().window(), most)));
  }
  consume(now, taken.bytes);
  if (receive.has_limit_to_announce()) note_control(*stream, kLimitBit);
  if (taken.fin) end_receiving(*stream);
  settle(*stream);
  return taken;
}

/// Bytes of any stream are gone: the connection's credit comes free.
void Streams::consume(Instant now, std::uint64_t bytes) {
  window_.on_consumed(now, bytes, smoothed_rtt_);
  if (window_.take_wants_to_grow()) grow_window();
}

/// Doubled out of the endpoint's budget.
void Streams::grow_window() {
  const std::uint64_t window = window_.window();
  if (window >= limits_.window_bytes_max) return;
  const std::uint64_t more = std::min(window, limits_.window_bytes_max - window);
  if (!budget_.take_spare(more)) return;
  budget_bytes_ += more;
  window_.grow_to(window + more);
}

Result<void> Streams::reset(StreamId id, std::uint64_t code) {
  Stream* const stream = find(id);
  if (!stream) return Error::unknown_stream;
  if (!stream->send || stream->send->is_reset()) return Error::closed;
  reset_sending(*stream, code);
  return {};
}

void Streams::reset_sending(Stream& stream, std::uint64_t code) {
  leave_round(stream);
  queued_bytes_ -= stream.send->buffered_bytes();
  has_freed_ = true;
  stream.send->reset();
  stream.wants_writable = false;
  stream.events &= static_cast<std::uint8_t>(~kWritableBit);
  stream.reset_code = code;
  note_control(stream, kResetBit);
}

Result<void> Streams::stop_sending(Instant now, StreamId id, std::uint64_t code) {
  Stream* const stream = find(id);
  if (!stream) return Error::unknown_stream;
  if (!stream->receive || stream->receive->is_discarding()) return Error::closed;
  receive_memory_bytes_ -= stream->receive->buffer().memory_bytes();
  consume(now, stream->receive->discard(now, smoothed_rtt_));
  stream->events &= static_cast<std::uint8_t>(~kReadableBit);
  stream->stop_code = code;
  // Once the end is known nothing more can count, and the peer need not hear of it.
  if (stream->receive->final_size())
    end_receiving(*stream);
  else
    note_control(*stream, kStopBit);
  settle(*stream);
  return {};
}

Result<void> Streams::set_priority(StreamId id, std::uint8_t priority) {
  if (priority >= transfer::kLevels) return Error::invalid_argument;
  Stream* const stream = find(id);
  if (!stream) return Error::unknown_stream;
  const bool is_active = stream->place == SendPlace::active;
  if (is_active) leave_round(*stream);
  stream->level = priority;
  if (is_active) activate(*stream);
  return {};
}

void Streams::note_event(Stream& stream, std::uint8_t bit) {
  stream.events |= bit;
  if (!std::exchange(stream.in_event_queue, true)) awake().events_due.push_back(stream.id);
}

bool Streams::poll_event(StreamEvent& event) {
  if (std::exchange(has_freed_, false)) tell_writers();
  while (!turns().events_due.empty()) {
    Stream* const stream = find(turns().events_due.front());
    const bool told = stream && stream->events != 0;
    if (told) event = take_event(*stream);
    if (told && stream->events != 0) return true;
    awake().events_due.pop_front();
    if (!stream) continue;
    stream->in_event_queue = false;
    // With its last event, and not when the application asks again: the peer may be waiting for its place.
    settle(*stream);
    if (told) return true;
  }
  if (!std::exchange(is_available_, false)) return false;
  event = {.type = EventType::streams_available};
  return true;
}

StreamEvent Streams::take_event(Stream& stream) {
  const auto bit = static_cast<std::uint8_t>(1u << std::countr_zero(stream.events));
  stream.events &= static_cast<std::uint8_t>(~bit);
  switch (bit) {
    case kOpenedBit:
      return {EventType::stream_opened, stream.id};
    case kReadableBit:
      stream.is_told_readable = true;
      return {EventType::stream_readable, stream.id};
    case kWasResetBit:
      return {EventType::stream_reset, stream.id, stream.peer_reset_code};
    case kStoppedBit:
      return {EventType::stream_stopped, stream.id, stream.peer_stop_code};
    case kWritableBit:
      return {EventType::stream_writable, stream.id};
    default:
      return {EventType::stream_finished, stream.id};
  }
}

/// Where others hold the queue and their peer does not read, a stream that holds nothing may never have more
/// room than it has now.
bool Streams::may_write_again(const Stream& stream) const {
  const std::uint64_t room = room_for(stream);
  if (room >= std::min(kWritableBytes, limits_.queue_bytes / 8)) return true;
  return room > 0 && stream.send->buffered_bytes() == 0;
}

void Streams::tell_writers() {
  for (std::size_t left = turns().writers.size(); left > 0; --left) {
    const StreamId id = awake().writers.pop_front();
    Stream* const stream = find(id);
    if (!stream || !stream->send || !stream->wants_writable) continue;
    if (!may_write_again(*stream)) {
      awake().writers.push_back(id);
      continue;
    }
    stream->wants_writable = false;
    note_event(*stream, kWritableBit);
  }
}

bool Streams::drained() const {
  return std::none_of(streams_.begin(), streams_.end(), [](const auto& entry) {
    const std::optional<SendStream>& send = entry.second.send;
    return send && (send->is_reset() || send->has_unacked());
  });
}

}  // namespace rudp::stream
