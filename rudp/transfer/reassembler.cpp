#include "transfer/reassembler.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace rudp::transfer {

void Reassembler::restart(std::uint64_t total, std::vector<std::uint8_t>&& buffer) {
  total_ = total;
  arrived_bytes_ = 0;
  arrived_.clear();
  chunks_.clear();
  body_ = std::move(buffer);
  body_.clear();
  body_open_ = body_.capacity() >= total;
}

Result<void> Reassembler::add(std::uint64_t total, std::uint64_t offset, Bytes bytes) {
  if (total != total_) return Error::malformed;
  if (bytes.empty()) return Error::malformed;
  if (offset > total_ || bytes.size() > total_ - offset) return Error::malformed;
  const Range range{offset, offset + bytes.size()};
  if (arrived_.size() >= ranges_max() && !arrived_.joins(range)) return Error::limit_exceeded;

  // Decided once, before anything is stored: opening the body copies what arrived before this range.
  if (!body_open_ && body_is_due(bytes.size())) open_body();
  Range rest = range;
  for (Range gap = arrived_.first_gap(rest); !gap.empty(); gap = arrived_.first_gap(rest)) {
    store(gap.begin, bytes.subspan(gap.begin - offset, gap.size()));
    rest.begin = gap.end;
  }
  arrived_bytes_ += arrived_.add(range);
  return {};
}

std::size_t Reassembler::memory_bytes() const {
  return body_.capacity() + chunks_.memory_bytes() + arrived_.memory_bytes();
}

std::vector<std::uint8_t> Reassembler::take() {
  RUDP_ASSERT(complete() && body_open_);
  return std::exchange(body_, {});
}

std::size_t Reassembler::ranges_max() const {
  return kArrivedRangesBase + static_cast<std::size_t>(total_ / kArrivedRangeShare);
}

void Reassembler::store(std::uint64_t offset, Bytes bytes) {
  if (body_open_) return write_body(offset, bytes);
  chunks_.write(offset, bytes);
}

/// A body that is one chunk anyway needs no chunks. Chunks beyond the share would stand beside the body when
/// it is opened, and their sum must stay within 1.25 x total.
bool Reassembler::body_is_due(std::size_t size) const {
  const std::uint64_t share = total_ / kBodyShare;
  if (total_ <= kChunkBytes || arrived_bytes_ + size >= share) return true;
  return !chunks_.empty() && chunks_.memory_bytes() + kChunkBytes > share;
}

void Reassembler::open_body() {
  body_open_ = true;
  body_.reserve(total_);
  arrived_.for_each([this](Range range) {
    body_.resize(range.end);
    chunks_.read(range, MutableBytes(body_).subspan(range.begin));
  });
  chunks_.clear();
}

/// The body ends where the highest arrived range ends, so what is new lies wholly below or wholly above.
void Reassembler::write_body(std::uint64_t offset, Bytes bytes) {
  if (offset < body_.size()) {
    RUDP_ASSERT(bytes.size() <= body_.size() - offset);
    std::copy(bytes.begin(), bytes.end(), body_.begin() + static_cast<std::ptrdiff_t>(offset));
    return;
  }
  body_.resize(offset);
  body_.insert(body_.end(), bytes.begin(), bytes.end());
}

}  // namespace rudp::transfer
