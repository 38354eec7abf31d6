#include "stream/send_stream.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "stream/limits.hpp"
#include "transfer/frame_room.hpp"

namespace rudp::stream {

using transfer::Range;

void SendStream::write(Bytes bytes) {
  RUDP_ASSERT(is_open());
  buffer_.append(bytes);
  ranges_.grow_by(bytes.size());
}

void SendStream::finish() {
  RUDP_ASSERT(is_open());
  has_ended_ = true;
  ranges_.grow_by(1);
}

void SendStream::reset() {
  RUDP_ASSERT(!is_reset_);
  is_reset_ = true;
  ranges_ = transfer::SendRanges::growing();
  buffer_.clear();
}

bool SendStream::has_new() const {
  if (is_reset_ || !ranges_.has_unsent()) return false;
  return !needs_credit() || credit_.available() > 0;
}

std::optional<StreamPiece> SendStream::next_new(std::size_t space, std::uint64_t credit_bytes) {
  Range range = ranges_.unsent();
  const std::uint64_t credit = std::min(credit_.available(), credit_bytes);
  const std::uint64_t data_end = std::min(buffer_.end(), range.begin + credit);
  // The end goes with the last byte.
  if (data_end < buffer_.end()) range.end = data_end;
  if (range.empty()) return std::nullopt;
  const std::optional<StreamPiece> piece = cut(range, space);
  if (!piece) return std::nullopt;
  ranges_.on_sent(piece->range());
  const bool is_within = credit_.reserve(piece->data.size());
  RUDP_ASSERT(is_within);
  return piece;
}

std::optional<StreamPiece> SendStream::next_lost(std::size_t space) {
  const std::optional<StreamPiece> piece = cut(ranges_.first_lost(), space);
  if (piece) ranges_.on_sent(piece->range());
  return piece;
}

std::optional<StreamPiece> SendStream::again(Range range, std::size_t space) const {
  if (is_reset_) return std::nullopt;
  const std::optional<Range> unacked = ranges_.first_unacked(range);
  return unacked ? cut(*unacked, space) : std::nullopt;
}

/// STREAM with length: type, stream v, [offset v], length v, data.
std::optional<StreamPiece> SendStream::cut(Range range, std::size_t space) const {
  const std::size_t offset_bytes = range.begin > 0 ? transfer::varint_size(range.begin) : 0;
  const std::size_t fixed = 1 + transfer::varint_size(id_) + offset_bytes;
  StreamPiece piece{.offset = range.begin, .data = {}};
  const Range data = intersection(range, {buffer_.begin(), buffer_.end()});
  if (data.empty()) {
    if (space < fixed + 1) return std::nullopt;
    piece.fin = true;
    return piece;
  }
  const std::uint64_t fits = transfer::data_capacity(fixed, space);
  if (fits == 0 || fits < std::min(kPieceBytesMin, data.size())) return std::nullopt;
  piece.data = buffer_.front_of({data.begin, std::min(data.end, data.begin + fits)});
  piece.fin = piece.offset + piece.data.size() == buffer_.end() && range.end > buffer_.end();
  return piece;
}

void SendStream::on_acked(Range range) {
  if (is_reset_) return;
  ranges_.on_acked(range);
  buffer_.free_to(ranges_.acked_to());
}

void SendStream::on_lost(Range range) {
  if (!is_reset_) ranges_.on_lost(range);
}

}  // namespace rudp::stream
