// Puts a fragmented body together again, in memory that follows what arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "transfer/chunk_store.hpp"
#include "transfer/range_set.hpp"

namespace rudp::transfer {

/// The body gets its one contiguous buffer once chunks hold 1/8 of its total: until then an announced total
/// costs nothing, and from then on the peer has paid for it with real bytes.
inline constexpr std::uint64_t kBodyShare = 8;
/// Disjoint ranges that may have arrived at once are 64 + total / 512. An honest sender makes holes of whole
/// fragments and fills them before it goes on; only a gap bomb (S3) makes more.
inline constexpr std::size_t kArrivedRangesBase = 64;
inline constexpr std::uint64_t kArrivedRangeShare = 512;

/// One body whose ranges arrive in any order, any number of times. Of overlapping bytes the first win, so
/// that the content does not depend on what a peer sends later (S4).
///
/// Real memory is at most 1.25 x total + 8 KiB, and at most one chunk for each piece that arrived while less
/// than 1/8 is there (F1, S3). Bytes that arrive in order are copied once.
class Reassembler {
 public:
  /// REQUIRES: total > 0. Allocates nothing.
  explicit Reassembler(std::uint64_t total) : total_(total) {}
  /// Begins another body with the memory of the last, whose bytes are dropped. `buffer` is where the body
  /// goes if it has room for all of it; memory that is there anyway need not wait until the peer has paid for
  /// it. REQUIRES: total > 0.
  void restart(std::uint64_t total, std::vector<std::uint8_t>&& buffer);

  /// Errors, all with the state untouched: malformed (another total than before, an empty range, a range
  /// beyond the total), limit_exceeded (too many disjoint ranges).
  Result<void> add(std::uint64_t total, std::uint64_t offset, Bytes bytes);

  bool complete() const { return arrived_bytes_ == total_; }
  std::uint64_t total() const { return total_; }
  std::uint64_t arrived_bytes() const { return arrived_bytes_; }
  /// What this body occupies beside the object itself.
  std::size_t memory_bytes() const;
  /// Of this, what restart() would use again.
  std::size_t reusable_bytes() const { return arrived_.memory_bytes(); }

  /// The whole body, contiguous. REQUIRES: complete(); only once.
  std::vector<std::uint8_t> take();

 private:
  std::size_t ranges_max() const;
  void store(std::uint64_t offset, Bytes bytes);
  bool body_is_due(std::size_t size) const;
  void open_body();
  void write_body(std::uint64_t offset, Bytes bytes);

  std::uint64_t total_;
  std::uint64_t arrived_bytes_ = 0;
  RangeSet arrived_;
  ChunkStore chunks_;               // until the body is due
  std::vector<std::uint8_t> body_;  // capacity total once due; size = highest offset written
  bool body_open_ = false;
};

}  // namespace rudp::transfer
