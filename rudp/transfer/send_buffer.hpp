// The part of an endless body that was written and is not acknowledged: stored once, in one ring.
#pragma once

#include <cstddef>
#include <cstdint>

#include <rudp/types.hpp>

#include "transfer/range_set.hpp"
#include "transfer/ring_storage.hpp"

namespace rudp::transfer {

/// A buffer that runs empty keeps no more than this; where it has more it leaves that to others as the spare.
inline constexpr std::size_t kKeptSendBufferBytes = 64u << 10;

/// Bytes begin()..end()-1. Grows by doubling; its owner bounds it.
class SendBuffer {
 public:
  /// `spare` outlives this; of it large storage is taken first.
  explicit SendBuffer(SpareStorage& spare) : spare_(&spare) {}

  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  std::uint64_t size() const { return end_ - begin_; }

  void append(Bytes bytes);
  /// As much of the front of `range` as lies in one piece, at least one byte. Valid until the next call that is
  /// not const. REQUIRES: a range that is not empty, inside begin()..end().
  Bytes front_of(Range range) const;
  /// What lies below `offset` is not needed any more.
  void free_to(std::uint64_t offset);
  /// Nothing is needed any more.
  void clear();

  std::size_t memory_bytes() const { return ring_.capacity; }

 private:
  std::size_t place_of(std::uint64_t offset) const { return offset & (ring_.capacity - 1); }
  void grow_to(std::size_t size);
  RingStorage storage_for(std::size_t size);
  void copy_to(RingStorage& larger) const;

  SpareStorage* spare_;
  RingStorage ring_;  // the byte of an offset stands at offset % capacity
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace rudp::transfer
