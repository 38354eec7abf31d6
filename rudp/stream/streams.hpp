// All streams of a connection.
//
// Defined in streams.cpp (the table, what the application asks), streams_in.cpp (frames of the peer) and
// streams_out.cpp (frames to the peer and what becomes of them).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include <rudp/endpoint.hpp>
#include <rudp/error.hpp>
#include <rudp/stream.hpp>
#include <rudp/types.hpp>

#include "stream/receive_window.hpp"
#include "stream/stream.hpp"
#include "stream/stream_frames.hpp"
#include "stream/stream_id.hpp"
#include "stream/turns.hpp"
#include "transfer/credit_budget.hpp"

namespace rudp::stream {

/// What this side told the peer, and what it allows its own application.
struct StreamsLimits {
  std::uint64_t data_bytes = 256u << 10;         ///< first credit for all streams
  std::uint64_t stream_data_bytes = 64u << 10;   ///< first credit for each stream
  std::uint64_t window_bytes_max = 8u << 20;     ///< how far either may grow
  std::uint64_t streams = 128;                   ///< of each direction, open at a time, by the peer
  std::uint64_t queue_bytes = 1u << 20;          ///< written and not acknowledged, of all streams together
};

/// What to tell the application: a type of those that concern streams.
struct StreamEvent {
  EventType type = EventType::stream_opened;
  StreamId stream = 0;
  std::uint64_t code = 0;
};

/// Both halves of every open stream (RFC 9000 sections 2 to 4). Memory follows what is open and what has
/// arrived, never a number that the peer wrote: at most 1.25 x the connection's window of payload (holes and
/// bookkeeping included), and StreamsLimits::streams small objects for each direction.
///
/// An error of an on_* function that answers Result means that the peer broke the protocol: close. Not copied,
/// not moved.
class Streams {
 public:
  /// `budget` must outlive this object; windows grow out of it, as long as half of it stays free for messages.
  Streams(Side side, StreamsLimits limits, transfer::CreditBudget& budget);
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  /// What the peer's parameters say. Before, no stream can be opened. Once more where its handshake starts
  /// over, for streams that are open, too. REQUIRES: no limit is smaller than it was.
  void set_peer_limits(std::uint64_t data_bytes, std::uint64_t stream_data_bytes, std::uint64_t streams);
  /// For the windows.
  void set_smoothed_rtt(Duration smoothed_rtt) { smoothed_rtt_ = smoothed_rtt; }

  // What the application asks: see rudp::Endpoint, with the same errors.

  Result<StreamId> open(const StreamOptions& options);
  StreamWriteResult write(StreamId id, Bytes bytes, bool fin);
  Result<StreamRead> read(Instant now, StreamId id, MutableBytes out);
  Result<void> reset(StreamId id, std::uint64_t code);
  Result<void> stop_sending(Instant now, StreamId id, std::uint64_t code);
  Result<void> set_priority(StreamId id, std::uint8_t priority);
  /// The next thing to tell. False: nothing.
  bool poll_event(StreamEvent& event);

  // Frames of the peer. Errors: stream_limit_exceeded, stream_state_violation, flow_control_violation,
  // final_size_violation.

  Result<void> on_data(Instant now, StreamId id, std::uint64_t offset, Bytes bytes, bool fin);
  Result<void> on_reset(Instant now, StreamId id, std::uint64_t code, std::uint64_t final_size);
  Result<void> on_stop_sending(StreamId id, std::uint64_t code);
  Result<void> on_max_stream_data(StreamId id, std::uint64_t limit);
  void on_max_data(std::uint64_t limit);
  void on_max_streams(StreamDirection direction, std::uint64_t limit);

  // Frames to the peer.

  /// How many streams have data to send at a level, what was lost counting as one.
  std::size_t waiting_at(std::uint8_t level) const {
    return turns().rounds[level].size() + (turns().lost[level].empty() ? 0 : 1);
  }
  bool has_work() const;
  /// The next STREAM of a level for a packet that has `space` bytes left, header included; accounted as sent.
  std::optional<OutgoingPiece> next_frame(std::uint8_t level, std::size_t space);
  /// What is not acknowledged of what `tag` carried, once more, for a probe; not accounted.
  std::optional<OutgoingPiece> frame_again(const StreamTag& tag, std::size_t space);
  void on_acked(const StreamTag& tag);
  void on_lost(const StreamTag& tag);

  bool has_control_to_send() const;
  /// The next control frame, once for each that is due: call it when the packet has room for the frame.
  std::optional<ControlFrame> next_control();
  void on_control_acked(ControlKind kind, StreamId id);
  /// The packet was lost, or it is to be said again by a probe.
  void on_control_lost(ControlKind kind, StreamId id);

  /// Whether everything written, and every reset, is acknowledged.
  bool drained() const;
  bool blocked_by_credit() const { return !turns().credit_waiters.empty(); }
  std::size_t open_count() const { return streams_.size(); }
  /// Written and not acknowledged.
  std::uint64_t queued_bytes() const { return queued_bytes_; }
  /// What arrived and was not read, in real memory: payload, holes and bits.
  std::size_t receive_memory_bytes() const { return receive_memory_bytes_; }
  /// Nothing is said for a while: gives back memory that only who is busy has use for.
  void rest();
  /// The window of all streams together, and what of it is taken from the budget.
  std::uint64_t window_bytes() const { return window_.window(); }
  std::uint64_t budget_bytes() const { return budget_bytes_; }

 private:
  static const Turns kNoTurns;

  // streams.cpp
  const Turns& turns() const { return turns_ ? *turns_ : kNoTurns; }
  /// To put somebody into a queue, or take somebody out.
  Turns& awake();
  static std::size_t at(StreamDirection direction) { return static_cast<std::size_t>(direction); }
  Stream* find(StreamId id);
  Stream& create(StreamId id);
  void settle(Stream& stream);
  void end_sending(Stream& stream);
  void end_receiving(Stream& stream);
  void reset_sending(Stream& stream, std::uint64_t code);
  std::uint64_t room_for(const Stream& stream) const;
  bool may_write_again(const Stream& stream) const;
  void note_event(Stream& stream, std::uint8_t bit);
  static StreamEvent take_event(Stream& stream);
  void tell_writers();
  void consume(Instant now, std::uint64_t bytes);
  void grow_window();

  // streams_in.cpp
  Result<Stream*> find_receiving(StreamId id);
  Result<Stream*> find_sending(StreamId id);
  Result<Stream*> find_or_accept(StreamId id);
  void accept_to(StreamDirection direction, std::uint64_t count);
  Result<void> take_credit(Instant now, ReceiveStream& receive, std::uint64_t end, bool is_final);
  void note_readable(Stream& stream);
  void make_room(ReceiveStream& receive, std::uint64_t end);
  void shrink_all();

  // streams_out.cpp
  void activate(Stream& stream);
  void leave_round(Stream& stream);
  void note_control(Stream& stream, std::uint8_t bit);
  std::optional<OutgoingPiece> lost_frame(std::uint8_t level, std::size_t space);
  std::optional<OutgoingPiece> new_frame(std::uint8_t level, std::size_t space);
  std::optional<ControlFrame> next_limit();
  std::optional<ControlFrame> next_of(Stream& stream);

  const Side side_;
  const StreamsLimits limits_;
  transfer::CreditBudget& budget_;
  std::uint64_t budget_bytes_ = 0;
  Duration smoothed_rtt_{0};

  transfer::SpareStorage spare_;
  std::unordered_map<StreamId, Stream> streams_;

  // Receiving.
  ReceiveWindow window_;
  std::array<transfer::ReceiveCredit, 2> accepted_;  // streams of the peer, by direction
  std::size_t receive_memory_bytes_ = 0;

  // Sending.
  bool peer_is_known_ = false;
  std::uint64_t peer_stream_data_bytes_ = 0;
  transfer::SendCredit credit_;
  std::array<transfer::SendCredit, 2> opened_;  // streams of ours, by direction
  std::array<bool, 2> was_refused_{};           // open answered too_many_streams
  std::uint64_t queued_bytes_ = 0;

  // Telling.
  std::unique_ptr<Turns> turns_;  // null at rest
  bool has_freed_ = false;        // since the waiting writers were last looked at
  bool is_available_ = false;
};

}  // namespace rudp::stream
