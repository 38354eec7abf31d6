#include "stream/receive_stream.hpp"

#include "base/assert.hpp"

namespace rudp::stream {

Result<std::uint64_t> ReceiveStream::check(std::uint64_t end, bool is_final) const {
  if (final_size_ && (end > *final_size_ || (is_final && end != *final_size_)))
    return Error::final_size_violation;
  if (is_final && end < window_.received()) return Error::final_size_violation;
  const std::uint64_t fresh = end > window_.received() ? end - window_.received() : 0;
  if (fresh > window_.promised() - window_.received()) return Error::flow_control_violation;
  return fresh;
}

void ReceiveStream::note_end(Instant now, std::uint64_t end, bool is_final) {
  if (is_final) final_size_ = end;
  if (end <= window_.received()) return;
  const bool is_within = window_.on_received(now, end - window_.received());
  RUDP_ASSERT(is_within);
}

std::size_t ReceiveStream::read(Instant now, MutableBytes out, Duration smoothed_rtt) {
  const std::size_t count = buffer_.read(out);
  window_.on_consumed(now, count, smoothed_rtt);
  return count;
}

std::uint64_t ReceiveStream::discard(Instant now, Duration smoothed_rtt) {
  is_discarding_ = true;
  buffer_.clear();
  const std::uint64_t unread = window_.received() - window_.consumed();
  window_.on_consumed(now, unread, smoothed_rtt);
  return unread;
}

}  // namespace rudp::stream
