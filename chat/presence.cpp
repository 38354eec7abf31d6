#include "chat/presence.hpp"

namespace chat {

void PresenceNotices::join(const std::string& name) {
  if (left_.erase(name) == 0) joined_.insert(name);
}

void PresenceNotices::leave(const std::string& name) {
  if (joined_.erase(name) == 0) left_.insert(name);
}

std::optional<Presence> PresenceNotices::take(rudp::Instant now) {
  if (!due() || now < next_) return std::nullopt;
  Presence notice{{joined_.begin(), joined_.end()}, {left_.begin(), left_.end()}};
  joined_.clear();
  left_.clear();
  next_ = now + interval_;
  return notice;
}

std::optional<rudp::Instant> PresenceNotices::due() const {
  if (joined_.empty() && left_.empty()) return std::nullopt;
  return next_;
}

}  // namespace chat
