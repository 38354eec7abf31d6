// Messages that were typed and are not acknowledged, in the order of typing.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "chat/client_session.hpp"
#include "chat/messages.hpp"

namespace chat {

class Outbox {
 public:
  struct Item {
    OutboxEntry entry;
    bool typed_here = false;  ///< in this run, so it is on the screen
    bool in_flight = false;
  };

  void push(OutboxEntry entry, bool typed_here) { items_.push_back({std::move(entry), typed_here, false}); }
  /// The next to send, now in flight; nothing where all are, or `in_flight_max` of them.
  /// The pointer is good until the next call.
  const OutboxEntry* send_next(std::size_t in_flight_max);
  /// Out of the box for good; nothing where it is not in it.
  std::optional<Item> remove(const ClientMessageId& id);
  /// Refused for now: to be sent again.
  void put_back(const ClientMessageId& id);
  /// The connection is gone: everything is to be sent again.
  void put_back_all();

  const Item* find(const ClientMessageId& id) const;
  std::size_t size() const { return items_.size(); }
  std::size_t in_flight() const { return in_flight_; }
  void clear();

 private:
  std::deque<Item>::iterator locate(const ClientMessageId& id);

  std::deque<Item> items_;
  std::size_t in_flight_ = 0;
};

}  // namespace chat
