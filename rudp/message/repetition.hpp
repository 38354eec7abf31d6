// Which small messages a packet carries once more in the low-latency mode, and how many bytes that may cost.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "message/limits.hpp"
#include "message/outgoing_frame.hpp"

namespace rudp::message {

/// Messages that may still be repeated; older ones are left to loss recovery.
inline constexpr std::size_t kRepeatableMessagesMax = 16;
/// Bytes of repetition that may be saved up, for packets whose new messages are short.
inline constexpr std::uint32_t kRepetitionBytesMax = 1024;
/// Bytes that may be repeated for two that are new: a copy of each with the next message, and one for
/// probes.
inline constexpr std::uint32_t kRepetitionBytesForTwo = 3;

/// Remembers tags of the newest messages, never payload. The cost of the mode is bounded whatever the sizes
/// are.
class Repetition {
 public:
  /// A packet is being built.
  void begin_packet() { new_ = asked_ = repeated_ = 0; }

  /// A message left whole in it, for the first time or because it was lost.
  void on_sent(const FrameTag& tag) {
    ++new_;
    const auto begin = newest_.begin(), end = begin + static_cast<std::ptrdiff_t>(count_);
    auto gone = std::find_if(begin, end, [&](const FrameTag& other) { return other.id == tag.id; });
    if (gone == end)
      budget_ = std::min(budget_ + tag.length * kRepetitionBytesForTwo / 2, kRepetitionBytesMax);
    if (gone == end && count_ < newest_.size()) ++count_;
    if (gone == newest_.end()) --gone;
    std::move_backward(begin, gone, gone + 1);
    newest_.front() = tag;
  }

  /// Messages of the packet that are new in it.
  std::size_t new_messages() const { return new_; }

  /// The next message that may be repeated in the packet, newest first: as many as are new in it, at least
  /// one. The caller passes over those that it carries or that are not wanted any more, and tells which it
  /// took.
  std::optional<FrameTag> next() {
    if (asked_ >= count_ || repeated_ >= std::max<std::size_t>(new_, 1)) return std::nullopt;
    if (newest_[asked_].length > budget_) return std::nullopt;
    return newest_[asked_++];
  }

  /// REQUIRES: a tag that next gave.
  void on_repeated(const FrameTag& tag) {
    ++repeated_;
    budget_ -= tag.length;
  }

 private:
  std::array<FrameTag, kRepeatableMessagesMax> newest_{};
  std::size_t count_ = 0;
  std::size_t new_ = 0, asked_ = 0, repeated_ = 0;  // in the packet that is being built
  std::uint32_t budget_ = 0;
};

}  // namespace rudp::message
