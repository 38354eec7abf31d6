// Outputs: connections take turns, so that none waits for another's backlog.
#include <utility>

#include "base/assert.hpp"
#include "endpoint/endpoint_impl.hpp"

namespace rudp {
namespace {

constexpr std::size_t kTransmitBufferBytesMin = 1500;

}  // namespace

bool Endpoint::Impl::poll_transmit(Instant at, MutableBytes buffer, Transmit& transmit) {
  RUDP_ASSERT(buffer.size() >= kTransmitBufferBytesMin);
  if (!replies.empty()) {
    NetworkPath to;
    const std::size_t bytes = replies.pop(buffer, to);
    transmit = {.to = to.remote, .bytes = bytes, .segment_bytes = bytes, .socket = to.socket};
    ++statistics.datagrams_sent;
    return true;
  }
  while (!transmit_queue.empty()) {
    const ConnectionHandle handle = *connections.handle_at(transmit_queue.pop_front());
    Entry* const entry = connections.find(handle);
    bool sent = false;
    guarded(handle, [&] {
      const bool has_sent = entry->connection->poll_transmit(at, buffer, transmit);
      // A run was one turn: whoever has more goes to the end of the line. Sending may also have ended a
      // drain.
      if (has_sent) touch(handle, *entry);
      sent = has_sent;
    });
    if (!sent) deadlines.set(handle.index, entry->connection->next_timeout());
    if (!sent) event_queue.push_back(handle.index);
    if (!sent) continue;
    statistics.datagrams_sent += (transmit.bytes + transmit.segment_bytes - 1) / transmit.segment_bytes;
    return true;
  }
  return false;
}

bool Endpoint::Impl::poll_event(Event& event) {
  release_message();
  while (!event_queue.empty()) {
    const ConnectionHandle handle = *connections.handle_at(event_queue.front());
    Entry* const entry = connections.find(handle);
    bool told = false;
    const bool has_memory =
        guarded(handle, [&] { told = entry->connection->poll_event(event, current_message); });
    if (!has_memory) continue;  // it has another event to tell now
    if (told) {
      // Taking a message frees credit, which may be worth telling the peer at once.
      transmit_queue.push_back(handle.index);
      current_owner = handle;
      current_reason.assign(event.reason);
      event.reason = current_reason;
      // An event was one turn, too.
      event_queue.pop_front();
      event_queue.push_back(handle.index);
      return true;
    }
    event_queue.pop_front();
    if (entry->connection->is_finished()) forget(handle, *entry);
  }
  return false;
}

/// The buffer of the last event's message goes back to its connection.
void Endpoint::Impl::release_message() {
  if (current_message.bytes.capacity() == 0) return;
  Entry* const entry = connections.find(current_owner);
  if (entry) guarded(current_owner, [&] { entry->connection->recycle(std::move(current_message.bytes)); });
  current_message.bytes = {};
}

std::optional<Instant> Endpoint::Impl::poll_timeout() const {
  // Undrained output is due at once, for callers that do not drain in the order of the contract.
  if (!transmit_queue.empty() || !replies.empty()) return now;
  const auto due = deadlines.earliest();
  if (!due) return std::nullopt;
  return due->at;
}

}  // namespace rudp
