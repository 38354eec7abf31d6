// Byte streams: what names them, how they are opened, what writing and reading answer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rudp {

/// Names a stream of a connection, the same at both ends; never given out twice in a connection's life. A
/// stream that is over answers Error::unknown_stream, or WriteStatus::closed.
using StreamId = std::uint64_t;

enum class StreamDirection : std::uint8_t {
  bidirectional,  ///< both sides write and read
  one_way,        ///< who opened it writes, the other side reads
};

/// Which of the two a stream is.
constexpr StreamDirection direction_of(StreamId id) {
  return (id & 2) != 0 ? StreamDirection::one_way : StreamDirection::bidirectional;
}

/// How a stream is to be opened.
struct StreamOptions {
  std::uint32_t struct_size = sizeof(StreamOptions);
  StreamDirection direction = StreamDirection::bidirectional;
  std::uint8_t priority = 4;  ///< 0 (first) to 7 (last), shared with the priorities of messages
};

enum class WriteStatus : std::uint8_t {
  taken,        ///< all of it was copied and will be sent, the end too where it was asked
  would_block,  ///< only `bytes` of it: EventType::stream_writable follows when there is room
  stopped,      ///< the stream was reset: by the peer's stop_sending, or here
  closed,       ///< no such connection or stream, its end was written, or it is not ours to write
};

struct [[nodiscard]] StreamWriteResult {
  WriteStatus status = WriteStatus::taken;
  std::size_t bytes = 0;  ///< how many were taken, from the first on
  explicit operator bool() const { return status == WriteStatus::taken; }
};

/// What read moved out. No bytes and no end: nothing is there now.
struct StreamRead {
  std::size_t bytes = 0;
  bool fin = false;  ///< nothing follows: the peer has ended the stream, and all of it was read
};

}  // namespace rudp
