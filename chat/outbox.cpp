#include "chat/outbox.hpp"

#include <algorithm>
#include <utility>

namespace chat {

// Acknowledgements come in the order of sending, so the searches here end near the front.
std::deque<Outbox::Item>::iterator Outbox::locate(const ClientMessageId& id) {
  return std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.entry.id == id; });
}

const Outbox::Item* Outbox::find(const ClientMessageId& id) const {
  const auto it =
      std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.entry.id == id; });
  return it == items_.end() ? nullptr : &*it;
}

const OutboxEntry* Outbox::send_next(std::size_t in_flight_max) {
  if (in_flight_ >= in_flight_max) return nullptr;
  const auto it =
      std::find_if(items_.begin(), items_.end(), [](const Item& item) { return !item.in_flight; });
  if (it == items_.end()) return nullptr;
  it->in_flight = true;
  in_flight_ += 1;
  return &it->entry;
}

std::optional<Outbox::Item> Outbox::remove(const ClientMessageId& id) {
  const auto it = locate(id);
  if (it == items_.end()) return std::nullopt;
  Item item = std::move(*it);
  if (item.in_flight) in_flight_ -= 1;
  items_.erase(it);
  return item;
}

void Outbox::put_back(const ClientMessageId& id) {
  const auto it = locate(id);
  if (it == items_.end() || !it->in_flight) return;
  it->in_flight = false;
  in_flight_ -= 1;
}

void Outbox::put_back_all() {
  for (Item& item : items_) item.in_flight = false;
  in_flight_ = 0;
}

void Outbox::clear() {
  items_.clear();
  in_flight_ = 0;
}

}  // namespace chat
