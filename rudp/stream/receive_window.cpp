#include "stream/receive_window.hpp"

#include <utility>

namespace rudp::stream {
namespace {

/// Consumed within so many round trips, a window was the bottleneck: a larger one is used up no sooner than in
/// one, a path or an application that is slower takes more.
constexpr int kFastRoundTrips = 2;
/// A sender without any credit is told of this part of the window, so that it does not wait for an
/// application that reads no more; announcing every byte would make it send crumbs.
constexpr std::uint64_t kExhaustedShare = 16;

}  // namespace

bool ReceiveWindow::on_received(Instant now, std::uint64_t bytes) {
  if (!credit_.on_received(bytes)) return false;
  if (!began_at_) began_at_ = now;
  watch_for_exhaustion();
  return true;
}

void ReceiveWindow::on_consumed(Instant now, std::uint64_t bytes, Duration smoothed_rtt) {
  credit_.on_consumed(bytes);
  watch_for_exhaustion();
  if (credit_.consumed() - began_consumed_ < credit_.window()) return;
  wants_to_grow_ = began_at_ && now - *began_at_ < kFastRoundTrips * smoothed_rtt;
  began_at_ = now;
  began_consumed_ = credit_.consumed();
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
