// Who came and who left, gathered into notices.
#pragma once

#include <optional>
#include <set>
#include <string>

#include <rudp/types.hpp>

#include "chat/messages.hpp"

namespace chat {

/// Gathers joins and leaves; at most one notice per interval, the first at once.
class PresenceNotices {
 public:
  explicit PresenceNotices(rudp::Duration interval) : interval_(interval) {}

  /// A join takes back a leave that nobody was told about yet, and the other way round.
  void join(const std::string& name);
  void leave(const std::string& name);

  /// The next notice, where one is due.
  std::optional<Presence> take(rudp::Instant now);
  /// When take() will have one; nothing while nothing happened.
  std::optional<rudp::Instant> due() const;

 private:
  rudp::Duration interval_;
  rudp::Instant next_;
  std::set<std::string> joined_;
  std::set<std::string> left_;
};

}  // namespace chat
