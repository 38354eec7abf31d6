// Credit that its receiver grants, and whose window grows where it holds the sender back.
#pragma once

#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "transfer/flow_control.hpp"
#include "transfer/window_pace.hpp"

namespace rudp::stream {

/// The credit of one stream, or of all of a connection. A window that is consumed fast (WindowPace)
/// is smaller than what the path and the application could take: it asks to be doubled.
class ReceiveWindow {
 public:
  explicit ReceiveWindow(std::uint64_t window_bytes) : credit_(window_bytes) {}

  /// Takes note of bytes that arrived. False, with nothing noted, where they exceed the credit.
  bool on_received(Instant now, std::uint64_t bytes);
  /// The application took them, or nobody will. REQUIRES: they were received before.
  void on_consumed(Instant now, std::uint64_t bytes, Duration smoothed_rtt);

  /// Whether the window was consumed too fast; once for each time.
  bool take_wants_to_grow();
  void grow_to(std::uint64_t window_bytes);

  /// A quarter of the window is free, or a sixteenth where the sender has used up all that it had.
  bool has_limit_to_announce() const { return credit_.has_limit_to_announce(); }
  std::optional<std::uint64_t> limit_to_announce() { return credit_.limit_to_announce(); }
  void on_limit_lost() { credit_.on_limit_lost(); }

  std::uint64_t window() const { return credit_.window(); }
  std::uint64_t received() const { return credit_.received(); }
  std::uint64_t consumed() const { return credit_.consumed(); }
  std::uint64_t promised() const { return credit_.promised(); }

 private:
  void watch_for_exhaustion();

  transfer::ReceiveCredit credit_;
  transfer::WindowPace pace_;
  bool wants_to_grow_ = false;
};

}  // namespace rudp::stream
