// The sending half of a stream.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/stream.hpp>
#include <rudp/types.hpp>

#include "transfer/flow_control.hpp"
#include "transfer/send_buffer.hpp"
#include "transfer/send_ranges.hpp"

namespace rudp::stream {

/// Bytes of a stream for one STREAM frame.
struct StreamPiece {
  std::uint64_t offset = 0;
  Bytes data;  ///< valid until the next call that is not const
  bool fin = false;
  /// What is remembered of it: `data`, and one more where fin is in it.
  transfer::Range range() const { return {offset, offset + data.size() + (fin ? 1 : 0)}; }
};

/// Takes bytes, cuts them for packets within the stream's own credit, sends again what was lost. The end of
/// the stream is tracked as one more byte behind the last, so that a lost fin comes back like lost data.
class SendStream {
 public:
  /// `spare` outlives this.
  SendStream(StreamId id, std::uint64_t credit_bytes, transfer::SpareStorage& spare)
      : id_(id), buffer_(spare), credit_(credit_bytes) {}

  // What the application asks.

  /// REQUIRES: is_open().
  void write(Bytes bytes);
  /// Nothing follows. REQUIRES: is_open().
  void finish();
  /// Drops what was not acknowledged. REQUIRES: !is_reset().
  void reset();

  bool is_open() const { return !has_ended_ && !is_reset_; }
  bool is_reset() const { return is_reset_; }
  /// Written and not acknowledged, or dropped.
  std::uint64_t buffered_bytes() const { return buffer_.size(); }
  /// What RESET_STREAM states: no byte at or above it was ever sent.
  std::uint64_t sent_bytes() const { return credit_.used(); }

  // What packets take.

  /// Whether something can be sent for the first time, the connection's credit left aside.
  bool has_new() const;
  /// Whether that takes credit of the connection: else only the end is left.
  bool needs_credit() const { return ranges_.sent_to() < buffer_.end(); }
  bool has_lost() const { return ranges_.has_lost(); }
  /// The next new bytes that fit `space`, at most `credit_bytes`; accounted as sent. REQUIRES: has_new().
  std::optional<StreamPiece> next_new(std::size_t space, std::uint64_t credit_bytes);
  /// The next lost bytes; accounted as sent. REQUIRES: has_lost().
  std::optional<StreamPiece> next_lost(std::size_t space);
  /// What is not acknowledged of `range`, once more, for a probe; not accounted.
  std::optional<StreamPiece> again(transfer::Range range, std::size_t space) const;

  // What the peer says.

  void on_acked(transfer::Range range);
  void on_lost(transfer::Range range);
  /// MAX_STREAM_DATA; a limit that does not grow says nothing, and false.
  bool set_limit(std::uint64_t limit) { return credit_.set_limit(limit); }
  /// Whether the peer has everything, the end too.
  bool is_finished() const { return has_ended_ && !is_reset_ && ranges_.all_acked(); }
  /// Whether something written, or the end, was not acknowledged.
  bool has_unacked() const { return !is_reset_ && !ranges_.all_acked(); }
  std::size_t memory_bytes() const { return buffer_.memory_bytes(); }

 private:
  std::optional<StreamPiece> cut(transfer::Range range, std::size_t space) const;

  StreamId id_;
  transfer::SendBuffer buffer_;
  transfer::SendRanges ranges_ = transfer::SendRanges::growing();
  transfer::SendCredit credit_;
  bool has_ended_ = false;
  bool is_reset_ = false;
};

}  // namespace rudp::stream
