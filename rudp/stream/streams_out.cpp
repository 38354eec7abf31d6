// Frames to the peer: whose turn it is, and what becomes of what was sent.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "stream/limits.hpp"
#include "stream/streams.hpp"

namespace rudp::stream {

/// Something new may be there to send.
void Streams::activate(Stream& stream) {
  if (stream.place != SendPlace::idle || !stream.send || !stream.send->has_new()) return;
  stream.place = SendPlace::active;
  awake().rounds[stream.level].enter(stream);
}

/// Whoever waits for credit is found idle when it comes.
void Streams::leave_round(Stream& stream) {
  if (stream.place == SendPlace::active) awake().rounds[stream.level].leave(stream);
  stream.place = SendPlace::idle;
}

bool Streams::has_work() const {
  for (std::uint8_t level = 0; level < transfer::kLevels; ++level) {
    if (waiting_at(level) > 0) return true;
  }
  return false;
}

std::optional<OutgoingPiece> Streams::next_frame(std::uint8_t level, std::size_t space) {
  if (waiting_at(level) == 0) return std::nullopt;
  std::optional<OutgoingPiece> frame = lost_frame(level, space);
  return frame ? frame : new_frame(level, space);
}

std::optional<OutgoingPiece> Streams::lost_frame(std::uint8_t level, std::size_t space) {
  auto& queue = awake().lost[level];
  for (; !queue.empty(); queue.pop_front()) {
    Stream* const stream = find(queue.front());
    if (!stream) continue;
    stream->in_lost_queue = stream->send && stream->send->has_lost();
    if (!stream->in_lost_queue) continue;
    const std::optional<StreamPiece> piece = stream->send->next_lost(space);
    if (!piece) return std::nullopt;
    return OutgoingPiece{stream->id, *piece};
  }
  return std::nullopt;
}

std::optional<OutgoingPiece> Streams::new_frame(std::uint8_t level, std::size_t space) {
  auto& round = awake().rounds[level];
  // Twice round: a stream that has overdrawn its share sits out its first turn.
  std::size_t passes_left = std::min(kPassesMax, 2 * round.size());
  while (Stream* const stream = round.turn()) {
    SendStream& send = *stream->send;
    if (send.needs_credit() && credit_.available() == 0) {
      leave_round(*stream);
      stream->place = SendPlace::waits_for_credit;
      awake().credit_waiters.push_back(stream->id);
      continue;
    }
    const std::optional<StreamPiece> piece = send.next_new(space, credit_.available());
    if (!piece) {
      if (--passes_left == 0) return std::nullopt;
      round.pass();
      continue;
    }
    const bool is_within = credit_.reserve(piece->data.size());
    RUDP_ASSERT(is_within);
    stream->deficit_bytes -= static_cast<std::int64_t>(piece->data.size());
    if (!send.has_new()) leave_round(*stream);
    return OutgoingPiece{stream->id, *piece};
  }
  return std::nullopt;
}

std::optional<OutgoingPiece> Streams::frame_again(const StreamTag& tag, std::size_t space) {
  const Stream* const stream = find(tag.stream);
  if (!stream || !stream->send) return std::nullopt;
  const std::optional<StreamPiece> piece = stream->send->again(tag.range(), space);
  if (!piece) return std::nullopt;
  return OutgoingPiece{tag.stream, *piece};
}

void Streams::on_acked(const StreamTag& tag) {
  Stream* const stream = find(tag.stream);
  if (!stream || !stream->send || stream->send->is_reset()) return;
  const std::uint64_t before = stream->send->buffered_bytes();
  stream->send->on_acked(tag.range());
  queued_bytes_ -= before - stream->send->buffered_bytes();
  has_freed_ = true;
  if (!stream->send->is_finished()) return;
  end_sending(*stream);
  note_event(*stream, kFinishedBit);
}

void Streams::on_lost(const StreamTag& tag) {
  Stream* const stream = find(tag.stream);
  if (!stream || !stream->send) return;
  stream->send->on_lost(tag.range());
  if (!stream->send->has_lost() || std::exchange(stream->in_lost_queue, true)) return;
  awake().lost[stream->level].push_back(stream->id);
}

void Streams::note_control(Stream& stream, std::uint8_t bit) {
  stream.control_due |= bit;
  if (!std::exchange(stream.in_control_queue, true)) awake().control_due.push_back(stream.id);
}

bool Streams::has_control_to_send() const {
  return !turns().control_due.empty() || window_.has_limit_to_announce() ||
         accepted_[0].has_limit_to_announce() || accepted_[1].has_limit_to_announce();
}

std::optional<ControlFrame> Streams::next_control() {
  if (const auto limit = next_limit()) return limit;
  while (!turns().control_due.empty()) {
    Stream* const stream = find(turns().control_due.front());
    if (stream) {
      if (const auto frame = next_of(*stream)) return frame;
      stream->in_control_queue = false;
    }
    awake().control_due.pop_front();
  }
  return std::nullopt;
}

std::optional<ControlFrame> Streams::next_limit() {
  if (const auto limit = window_.limit_to_announce())
    return ControlFrame{.kind = ControlKind::max_data, .value = *limit};
  if (const auto limit = accepted_[0].limit_to_announce())
    return ControlFrame{.kind = ControlKind::max_streams_bidirectional, .value = *limit};
  if (const auto limit = accepted_[1].limit_to_announce())
    return ControlFrame{.kind = ControlKind::max_streams_one_way, .value = *limit};
  return std::nullopt;
}

/// What the stream owes, unless it has lost its point meanwhile.
std::optional<ControlFrame> Streams::next_of(Stream& stream) {
  const std::uint8_t due = std::exchange(stream.control_due, std::uint8_t{0});
  if ((due & kResetBit) != 0 && stream.send) {
    stream.control_due = static_cast<std::uint8_t>(due & ~kResetBit);
    return ControlFrame{ControlKind::reset_stream, stream.id, stream.reset_code, stream.send->sent_bytes()};
  }
  if ((due & kStopBit) != 0 && stream.receive) {
    stream.control_due = static_cast<std::uint8_t>(due & kLimitBit);
    return ControlFrame{ControlKind::stop_sending, stream.id, stream.stop_code};
  }
  if ((due & kLimitBit) == 0 || !stream.receive || !stream.receive->has_limit_to_announce())
    return std::nullopt;
  return ControlFrame{ControlKind::max_stream_data, stream.id, *stream.receive->window().limit_to_announce()};
}

void Streams::on_control_acked(ControlKind kind, StreamId id) {
  if (kind != ControlKind::reset_stream) return;
  Stream* const stream = find(id);
  if (!stream || !stream->send) return;
  end_sending(*stream);
  settle(*stream);
}

void Streams::on_control_lost(ControlKind kind, StreamId id) {
  if (kind == ControlKind::max_data) return window_.on_limit_lost();
  if (kind == ControlKind::max_streams_bidirectional) return accepted_[0].on_limit_lost();
  if (kind == ControlKind::max_streams_one_way) return accepted_[1].on_limit_lost();
  Stream* const stream = find(id);
  if (!stream) return;
  if (kind == ControlKind::reset_stream && stream->send) note_control(*stream, kResetBit);
  if (kind == ControlKind::stop_sending && stream->receive) note_control(*stream, kStopBit);
  if (kind != ControlKind::max_stream_data || !stream->receive) return;
  stream->receive->window().on_limit_lost();
  note_control(*stream, kLimitBit);
}

}  // namespace rudp::stream
