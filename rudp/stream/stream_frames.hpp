// What streams hand to a packet, and the tags by which the packet's fate comes back.
#pragma once

#include <cstdint>

#include <rudp/stream.hpp>
#include <rudp/types.hpp>

#include "stream/send_stream.hpp"

namespace rudp::stream {

/// Which part of which stream a packet carries, the end of the stream counting as one byte.
struct StreamTag {
  StreamId stream = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;

  transfer::Range range() const { return {offset, offset + length}; }
};

/// One STREAM to write.
struct OutgoingPiece {
  StreamId stream = 0;
  StreamPiece piece;

  StreamTag tag() const {
    return {stream, piece.offset, static_cast<std::uint32_t>(piece.range().size())};
  }
};

enum class ControlKind : std::uint8_t {
  max_data,
  max_streams_bidirectional,
  max_streams_one_way,
  max_stream_data,
  reset_stream,
  stop_sending,
};

/// One control frame to write.
struct ControlFrame {
  ControlKind kind = ControlKind::max_data;
  StreamId stream = 0;           ///< of the last three kinds
  std::uint64_t value = 0;       ///< the limit, or the code
  std::uint64_t final_size = 0;  ///< of reset_stream
};

}  // namespace rudp::stream
