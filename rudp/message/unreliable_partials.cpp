#include "message/unreliable_partials.hpp"

#include <algorithm>
#include <utility>

namespace rudp::message {

Result<std::optional<ReceivedMessage>> UnreliablePartials::add(Instant now, ChannelId channel,
                                                               std::uint16_t number, std::uint64_t total,
                                                               std::uint64_t offset, Bytes bytes) {
  Iterator at = find(channel, number);
  if (at == partials_.end()) {
    partials_.emplace_back(now, channel, number, total);
    at = std::prev(partials_.end());
    memory_bytes_ += occupied_by(*at);
  }
  memory_bytes_ -= occupied_by(*at);
  const Result<void> added = at->body.add(total, offset, bytes);
  memory_bytes_ += occupied_by(*at);
  if (!added) return added.error();

  if (!at->body.complete()) {
    make_room();
    return std::optional<ReceivedMessage>();
  }
  const std::size_t occupied = occupied_by(*at);
  ReceivedMessage message{at->body.take(), channel, Delivery::unreliable};
  partials_.erase(at);
  memory_bytes_ -= occupied;
  return std::optional<ReceivedMessage>(std::move(message));
}

std::optional<Instant> UnreliablePartials::oldest() const {
  if (partials_.empty()) return std::nullopt;
  return partials_.front().begun;
}

void UnreliablePartials::drop_begun_until(Instant limit) {
  while (!partials_.empty() && partials_.front().begun <= limit) drop_oldest();
}

UnreliablePartials::Iterator UnreliablePartials::find(ChannelId channel, std::uint16_t number) {
  return std::find_if(partials_.begin(), partials_.end(), [&](const Partial& partial) {
    return partial.channel == channel && partial.number == number;
  });
}

std::size_t UnreliablePartials::occupied_by(const Partial& partial) const {
  return sizeof(Partial) + partial.body.memory_bytes();
}

void UnreliablePartials::drop_oldest() {
  memory_bytes_ -= occupied_by(partials_.front());
  partials_.erase(partials_.begin());
  ++dropped_;
}

void UnreliablePartials::make_room() {
  while (partials_.size() > kUnreliablePartialsMax || memory_bytes_ > kUnreliablePartialBytesMax)
    drop_oldest();
}

}  // namespace rudp::message
