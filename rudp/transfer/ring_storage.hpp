// The memory of rings of bytes, and the one that waits for whoever grows next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace rudp::transfer {

struct RingStorage {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t capacity = 0;  ///< a power of two, or 0
};

/// Keeps the largest storage that was given back, for all rings that share it. Where the path is short a ring
/// runs empty with every ack: without this its memory would go back to the system and come anew, doubling by
/// doubling, each round trip.
class SpareStorage {
 public:
  void keep(RingStorage storage) {
    if (storage.capacity > spare_.capacity) spare_ = std::move(storage);
  }
  /// One of at least `capacity`, or none.
  RingStorage take(std::size_t capacity) {
    if (spare_.capacity < capacity) return {};
    return std::exchange(spare_, {});
  }
  void clear() { spare_ = {}; }
  std::size_t memory_bytes() const { return spare_.capacity; }

 private:
  RingStorage spare_;
};

}  // namespace rudp::transfer
