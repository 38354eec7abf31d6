#include "uv/early_messages.hpp"

#include <algorithm>

namespace rudp::uv {

SendResult EarlyMessages::push(Instant now, MessageId id, ChannelId channel, Bytes bytes,
                               const SendOptions& options) {
  if (bytes.size() > kMessageBytesMax) return {SendStatus::too_large, 0, kMessageBytesMax};
  const std::uint64_t cost = bytes.size() + kMessageCostBytes;
  if (!empty() && cost > limit_bytes_ - std::min(used_bytes_, limit_bytes_)) {
    wants_writable_ = true;
    return {SendStatus::would_block, 0, 0};
  }
  EarlyMessage message{id, channel, {bytes.begin(), bytes.end()}, options, std::nullopt};
  if (options.deadline) message.expires_at = now + *options.deadline;
  queue_.push_back(std::move(message));
  used_bytes_ += cost;
  return {SendStatus::queued, id, 0};
}

void EarlyMessages::pop() {
  used_bytes_ -= queue_.front().bytes.size() + kMessageCostBytes;
  queue_.pop_front();
}

void MessageIds::on_forwarded(MessageId early, MessageId core) {
  early_.emplace_back(core, early);
  offset_ = early - core;
}

MessageId MessageIds::from_core(MessageId core) const {
  if (early_.empty() || core > early_.back().first) return core + offset_;
  const auto at = std::lower_bound(early_.begin(), early_.end(), std::pair<MessageId, MessageId>(core, 0));
  return at->second;
}

// The last early message may have expired unsent: its id is then ahead of what the core's would give.
MessageId MessageIds::on_sent(MessageId core) {
  if (core + offset_ <= last_) offset_ = last_ + 1 - core;
  last_ = core + offset_;
  return last_;
}

}  // namespace rudp::uv
