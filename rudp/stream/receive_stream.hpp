// The receiving half of a stream.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "stream/receive_window.hpp"
#include "transfer/receive_buffer.hpp"

namespace rudp::stream {

/// Orders what arrives and keeps the peer to its promises: the stream's credit and its final size (RFC 9000
/// 4.5). The connection's credit is its owner's affair, who asks first how much a frame would use.
class ReceiveStream {
 public:
  explicit ReceiveStream(std::uint64_t window_bytes) : window_(window_bytes) {}

  // What the peer sends; each frame is checked before anything is changed.

  /// How far a frame that ends at `end` reaches beyond all before, in bytes. Errors: final_size_violation,
  /// flow_control_violation (the stream's own).
  Result<std::uint64_t> check(std::uint64_t end, bool is_final) const;
  /// Takes note of `end`, without bytes. REQUIRES: check() agreed.
  void note_end(Instant now, std::uint64_t end, bool is_final);
  /// Stores bytes. REQUIRES: note_end() took note of their end, buffer() has room, !is_discarding().
  void store(std::uint64_t offset, Bytes bytes) { buffer_.add(offset, bytes); }
  transfer::ReceiveBuffer& buffer() { return buffer_; }
  const transfer::ReceiveBuffer& buffer() const { return buffer_; }

  // What the application takes.

  /// Moves the next bytes out.
  std::size_t read(Instant now, MutableBytes out, Duration smoothed_rtt);
  /// Nobody reads any more: all that has arrived is consumed. Returns how much that is.
  std::uint64_t discard(Instant now, Duration smoothed_rtt);
  bool is_discarding() const { return is_discarding_; }
  /// The application has all there was.
  bool is_at_end() const { return final_size_ && buffer_.read_offset() == *final_size_; }
  /// All has arrived, whether it was read or not.
  bool is_complete() const {
    return final_size_ && buffer_.read_offset() + buffer_.readable_bytes() == *final_size_;
  }
  const std::optional<std::uint64_t>& final_size() const { return final_size_; }

  /// No limit is of use once the end is known.
  bool has_limit_to_announce() const {
    return !final_size_ && !is_discarding_ && window_.has_limit_to_announce();
  }
  ReceiveWindow& window() { return window_; }
  const ReceiveWindow& window() const { return window_; }

 private:
  ReceiveWindow window_;
  transfer::ReceiveBuffer buffer_;
  std::optional<std::uint64_t> final_size_;
  bool is_discarding_ = false;
};

}  // namespace rudp::stream
