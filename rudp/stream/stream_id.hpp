// What the number of a stream says (RFC 9000 2.1).
#pragma once

#include <cstdint>

#include <rudp/stream.hpp>
#include <rudp/types.hpp>

namespace rudp::stream {

/// Which side of the connection, the client being the even one.
enum class Side : std::uint8_t { client = 0, server = 1 };

constexpr Side opener_of(StreamId id) { return static_cast<Side>(id & 1); }
/// The how-manyth stream of its direction and opener, from 0.
constexpr std::uint64_t index_of(StreamId id) { return id >> 2; }

constexpr StreamId make_id(Side opener, StreamDirection direction, std::uint64_t index) {
  return index << 2 | (direction == StreamDirection::one_way ? 2u : 0u) | static_cast<StreamId>(opener);
}

}  // namespace rudp::stream
