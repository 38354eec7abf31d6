// The connection id that stands at offset 1 of every packet.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

#include "base/assert.hpp"

namespace rudp {

/// Up to eight bytes that name a connection on the wire. A value; unused bytes are zero, so that ids of the
/// same length compare as numbers do.
class ConnectionId {
 public:
  static constexpr std::size_t kBytesMax = 8;

  constexpr ConnectionId() = default;
  /// REQUIRES: bytes.size() <= kBytesMax.
  explicit ConnectionId(Bytes bytes) : length_(static_cast<std::uint8_t>(bytes.size())) {
    RUDP_ASSERT(bytes.size() <= kBytesMax);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }

  std::size_t size() const { return length_; }
  bool empty() const { return length_ == 0; }
  /// Valid while this value lives.
  Bytes bytes() const { return Bytes(bytes_.data(), length_); }

  /// The bytes as a big-endian number, for the key of a table. A peer can choose ids: a table whose ids are
  /// not drawn by us must put this number through a keyed hash first.
  std::uint64_t to_u64() const {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes()) value = value << 8 | byte;
    return value;
  }

  /// Of eight bytes, from what to_u64() says.
  static ConnectionId from_u64(std::uint64_t value) {
    ConnectionId id;
    id.length_ = static_cast<std::uint8_t>(kBytesMax);
    for (std::size_t at = kBytesMax; at > 0; --at, value >>= 8)
      id.bytes_[at - 1] = static_cast<std::uint8_t>(value);
    return id;
  }

  friend auto operator<=>(const ConnectionId&, const ConnectionId&) = default;

 private:
  std::array<std::uint8_t, kBytesMax> bytes_{};
  std::uint8_t length_ = 0;
};

}  // namespace rudp
