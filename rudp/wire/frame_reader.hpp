// Turns the plaintext of a packet into frames.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "wire/frame.hpp"
#include "wire/reader.hpp"

namespace rudp::wire {

/// Reads frame after frame:
///
///   FrameReader frames(payload);
///   for (Frame frame; frames.next(frame);) handle(frame);
///   if (frames.error()) close(*frames.error(), frames.frame_type());
///
/// Frames before a bad one have been handed out by then; the payload is authenticated, so what they say was
/// said by the peer. The views in a frame live as long as the payload.
class FrameReader {
 public:
  explicit FrameReader(Bytes payload) : reader_(payload) {}

  /// False at the end of the payload and at the first error; `frame` is then unchanged.
  bool next(Frame& frame);

  /// Why reading stopped: truncated, malformed, unknown_frame, or nothing at the payload's end. A payload
  /// without any frame is malformed (RFC 9000 12.4).
  std::optional<Error> error() const { return error_; }

  /// The type of the frame that was read last or failed, for a CLOSE frame. 0 before the first.
  std::uint64_t frame_type() const { return frame_type_; }

 private:
  std::optional<Error> read(Frame& frame);

  Reader reader_;
  std::uint64_t frame_type_ = 0;
  std::optional<Error> error_;
};

}  // namespace rudp::wire
