#include "stream/receive_window.hpp"

#include <utility>

namespace rudp::stream {
namespace {

/// A sender without any credit is told of this part of the window, so that it does not wait for an
/// application that reads no more; announcing every byte would make it send crumbs.
constexpr std::uint64_t kExhaustedShare = 16;

}  // namespace

bool ReceiveWindow::on_received(Instant now, std::uint64_t bytes) {
  if (!credit_.on_received(bytes)) return false;
  pace_.begin(now);
  watch_for_exhaustion();
  return true;
}

void ReceiveWindow::on_consumed(Instant now, std::uint64_t bytes, Duration smoothed_rtt) {
  credit_.on_consumed(bytes);
  watch_for_exhaustion();
  if (pace_.on_progress(now, credit_.consumed(), credit_.window(), smoothed_rtt)) wants_to_grow_ = true;
}

bool ReceiveWindow::take_wants_to_grow() { return std::exchange(wants_to_grow_, false); }

void ReceiveWindow::grow_to(std::uint64_t window_bytes) {
  credit_.set_window(window_bytes);
  watch_for_exhaustion();
}

void ReceiveWindow::watch_for_exhaustion() {
  const bool is_exhausted = credit_.received() == credit_.promised();
  credit_.set_eager(is_exhausted && credit_.unannounced() * kExhaustedShare >= credit_.window());
}

}  // namespace rudp::stream
