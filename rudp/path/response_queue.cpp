#include "path/response_queue.hpp"

#include "base/assert.hpp"

namespace rudp::path {

void ResponseQueue::push(const PathResponse& response) {
  if (count_ == kResponsesMax) pop();
  ring_[(first_ + count_++) % kResponsesMax] = response;
}

void ResponseQueue::pop() {
  RUDP_ASSERT(!empty());
  first_ = (first_ + 1) % kResponsesMax;
  --count_;
}

}  // namespace rudp::path
