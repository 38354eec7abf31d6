#include "message/unreliable_partials.hpp"

#include <algorithm>
#include <utility>

namespace rudp::message {

Result<std::optional<ReceivedMessage>> UnreliablePartials::add(transfer::BufferPool& pool, Instant now,
                                                               Delivery delivery, ChannelId channel,
                                                               std::uint16_t number, std::uint64_t total,
                                                               std::uint64_t offset, Bytes bytes) {
  Iterator at = find(delivery, channel, number);
  if (at == partials_.end()) {
    partials_.push_back({now, delivery, channel, number, bodies_.begin(total, pool)});
    at = std::prev(partials_.end());
    memory_bytes_ += occupied_by(*at);
  }
  memory_bytes_ -= occupied_by(*at);
  const std::uint64_t arrived_before = at->body.arrived_bytes();
  const Result<void> added = at->body.add(total, offset, bytes);
  memory_bytes_ += occupied_by(*at);
  if (!added) return added.error();
  if (delivery == Delivery::latest && at->body.arrived_bytes() > arrived_before) at->since = now;

  if (!at->body.complete()) {
    make_room();
    return std::optional<ReceivedMessage>();
  }
  const std::size_t occupied = occupied_by(*at);
  ReceivedMessage message{at->body.take(), channel, delivery};
  bodies_.recycle(std::move(at->body));
  partials_.erase(at);
  memory_bytes_ -= occupied;
  return std::optional<ReceivedMessage>(std::move(message));
}

Instant UnreliablePartials::drop_time(const Partial& partial, const Patience& patience) {
  return partial.since + (partial.delivery == Delivery::latest ? patience.value : patience.message);
}

Instant UnreliablePartials::next_drop(const Patience& patience) const {
  Instant next = Instant::max();
  for (const Partial& partial : partials_) next = std::min(next, drop_time(partial, patience));
  return next;
}

void UnreliablePartials::drop_old(Instant now, const Patience& patience) {
  for (Iterator at = partials_.begin(); at != partials_.end();)
    at = drop_time(*at, patience) <= now ? drop(at) : std::next(at);
}

void UnreliablePartials::drop_values_to(ChannelId channel, std::uint16_t number) {
  for (Iterator at = partials_.begin(); at != partials_.end();) {
    const bool is_value = at->delivery == Delivery::latest && at->channel == channel;
    const bool is_newer = static_cast<std::int16_t>(at->number - number) > 0;
    at = is_value && !is_newer ? drop(at) : std::next(at);
  }
}

UnreliablePartials::Iterator UnreliablePartials::find(Delivery delivery, ChannelId channel,
                                                      std::uint16_t number) {
  return std::find_if(partials_.begin(), partials_.end(), [&](const Partial& partial) {
    return partial.delivery == delivery && partial.channel == channel && partial.number == number;
  });
}

std::size_t UnreliablePartials::occupied_by(const Partial& partial) const {
  return sizeof(Partial) + partial.body.memory_bytes();
}

UnreliablePartials::Iterator UnreliablePartials::drop(Iterator at) {
  memory_bytes_ -= occupied_by(*at);
  ++dropped_;
  return partials_.erase(at);
}

void UnreliablePartials::make_room() {
  while (partials_.size() > kUnreliablePartialsMax || memory_bytes_ > kUnreliablePartialBytesMax)
    drop(partials_.begin());
}

}  // namespace rudp::message
