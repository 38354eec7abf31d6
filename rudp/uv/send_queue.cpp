#include "uv/send_queue.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace rudp::uv {

// Left uninitialised: pages that no run reaches are never touched.
SendQueue::SendQueue() : buffer_(new std::uint8_t[kBytesMax]) { runs_.reserve(kRunsMax); }

MutableBytes SendQueue::space() {
  if (runs_.size() == kRunsMax || kBytesMax - used_bytes_ < kRunBytesMax) return {};
  return {buffer_.get() + used_bytes_, kRunBytesMax};
}

void SendQueue::push(const Transmit& run) {
  RUDP_ASSERT(runs_.size() < kRunsMax);
  RUDP_ASSERT(run.bytes > 0 && run.bytes <= kRunBytesMax);
  RUDP_ASSERT(run.bytes <= kBytesMax - used_bytes_);
  RUDP_ASSERT(run.segment_bytes > 0);
  runs_.push_back({run, used_bytes_, used_bytes_ + run.bytes});
  used_bytes_ += run.bytes;
}

std::size_t SendQueue::peek(std::span<Chunk> chunks, std::size_t segments_max) {
  std::size_t count = 0;
  for (std::size_t i = first_; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    const std::size_t step = run.transmit.segment_bytes * segments_max;
    for (std::size_t at = run.offset; at < run.end; at += step) {
      if (count == chunks.size()) return count;
      const std::size_t bytes = std::min(step, run.end - at);
      chunks[count++] = {.to = run.transmit.to,
                         .ecn = run.transmit.ecn,
                         .bytes = {buffer_.get() + at, bytes},
                         .segment_bytes = run.transmit.segment_bytes,
                         .socket = run.transmit.socket};
    }
  }
  return count;
}

void SendQueue::drop(const Chunk& chunk) {
  RUDP_ASSERT(!empty());
  Run& run = runs_[first_];
  RUDP_ASSERT(chunk.bytes.data() == buffer_.get() + run.offset);
  run.offset += chunk.bytes.size();
  if (run.offset < run.end) return;
  if (++first_ < runs_.size()) return;
  runs_.clear();
  first_ = 0;
  used_bytes_ = 0;
}

}  // namespace rudp::uv
