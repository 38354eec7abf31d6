// The fixed numbers of streams.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rudp::stream {

/// A piece of a stream carries at least this much, unless it is the last of what may be sent.
inline constexpr std::uint64_t kPieceBytesMin = 64;

/// A writer that had to wait is told when it may write this much again, or an eighth of the queue where that
/// is less; or, where nothing of it is left in the queue, when it may write anything.
inline constexpr std::uint64_t kWritableBytes = 16u << 10;

/// Streams that cannot use the space that a packet has left may be passed over so many times.
inline constexpr std::size_t kPassesMax = 16;

}  // namespace rudp::stream
