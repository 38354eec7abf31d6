// Credit: what the receiver promised to take, as cumulative limits (RFC 9000 section 4.1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include <rudp/types.hpp>

#include "base/assert.hpp"

namespace rudp::transfer {

/// The sender's half: units used so far against the largest limit that the receiver named.
class SendCredit {
 public:
  SendCredit() = default;
  explicit SendCredit(std::uint64_t limit) : limit_(limit) {}

  /// Limits only grow; a smaller one arrived late and says nothing. True where it grew.
  bool set_limit(std::uint64_t limit) {
    if (limit <= limit_) return false;
    limit_ = limit;
    return true;
  }
  /// Takes all of `units` or nothing.
  bool reserve(std::uint64_t units) {
    if (units > available()) return false;
    used_ += units;
    return true;
  }
  /// For a reservation of which nothing was ever sent. REQUIRES: units <= used().
  void give_back(std::uint64_t units) {
    RUDP_ASSERT(units <= used_);
    used_ -= units;
  }

  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const { return used_; }
  std::uint64_t available() const { return limit_ - used_; }

 private:
  std::uint64_t limit_ = 0;
  std::uint64_t used_ = 0;
};

/// The receiver's half: promises consumed + window, and tells the sender each time a quarter of the window
/// was freed since it was last told (announcing more often costs packets, less often stalls the sender).
class ReceiveCredit {
 public:
  /// The sender knows the first limit, `window`, from the handshake.
  explicit ReceiveCredit(std::uint64_t window) : window_(window), promised_(window) {}

  /// Takes note of `units` that the sender used. False, with nothing noted, where they exceed the promise.
  bool on_received(std::uint64_t units) {
    if (units > promised_ - received_) return false;
    received_ += units;
    return true;
  }
  /// The application took `units`. REQUIRES: they were received before.
  void on_consumed(std::uint64_t units) {
    RUDP_ASSERT(units <= received_ - consumed_);
    consumed_ += units;
  }
  /// Promises at least `limit`, whatever the window says.
  void raise_to(std::uint64_t limit) {
    if (limit <= raised_) return;
    raised_ = limit;
    announce_ = announce_ || limit > promised_;
  }
  void set_window(std::uint64_t window) { window_ = window; }
  /// The sender waits: each unit that was freed is worth an announcement until the next one.
  void set_eager(bool eager) { eager_ = eager; }
  /// The packet with an announcement was lost: say it once more.
  void on_limit_lost() { announce_ = true; }

  bool has_limit_to_announce() const {
    if (announce_) return true;
    const std::uint64_t growth = unannounced();
    return growth > 0 && (eager_ || growth >= (window_ + 3) / 4);
  }
  /// The limit to tell the sender now, once; absent where there is nothing new worth a frame.
  std::optional<std::uint64_t> limit_to_announce() {
    if (!has_limit_to_announce()) return std::nullopt;
    announce_ = false;
    promised_ = target();
    return promised_;
  }

  std::uint64_t window() const { return window_; }
  /// What could be promised now and is not.
  std::uint64_t unannounced() const { return target() - promised_; }
  std::uint64_t promised() const { return promised_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t consumed() const { return consumed_; }
  /// What is promised, or about to be, beyond the window.
  std::uint64_t beyond_window() const { return target() - (consumed_ + window_); }

 private:
  std::uint64_t target() const { return std::max({promised_, raised_, consumed_ + window_}); }

  std::uint64_t window_;
  std::uint64_t promised_;
  std::uint64_t raised_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t consumed_ = 0;
  bool announce_ = false;
  bool eager_ = false;
};

}  // namespace rudp::transfer
