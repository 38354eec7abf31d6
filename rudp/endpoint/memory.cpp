// When memory runs out: one connection ends, the others go on.
#include "endpoint/endpoint_impl.hpp"

namespace rudp {

ConnectionHandle Endpoint::Impl::begin_connection() {
  const ConnectionHandle handle = connections.insert({});
  at_work = handle;
  const std::size_t slots = handle.index + std::size_t{1};
  deadlines.reserve(slots);
  transmit_queue.reserve(slots);
  event_queue.reserve(slots);
  return handle;
}

void Endpoint::Impl::end_connection(ConnectionHandle handle) {
  deadlines.remove(handle.index);
  transmit_queue.remove(handle.index);
  event_queue.remove(handle.index);
  connections.erase(handle);
}

void Endpoint::Impl::on_out_of_memory() {
  Entry* const entry = at_work ? connections.find(*at_work) : nullptr;
  if (!entry) return;
  if (!entry->is_made) return unmake(*at_work, *entry);
  connection::Connection& connection = *entry->connection;
  connection.abandon(now);
  while (const auto id = connection.poll_forgotten_local_id()) by_local_cid.erase(*id);
  while (const auto id = connection.poll_forgotten_remote_id()) by_remote_cid.erase(*id, at_work->index);
  touch(*at_work, *entry);
}

/// Nothing stays of a connection that was being made. It was not counted yet.
void Endpoint::Impl::unmake(ConnectionHandle handle, Entry& entry) {
  const std::uint32_t slot = handle.index;
  if (entry.is_accepted) {
    by_handshake.erase_named(entry.origin, slot);
    if (entry.connection) by_local_cid.erase(entry.connection->session().local_cid, slot);
  } else {
    const ConnectionId client_cid = ConnectionId::from_u64(entry.origin);
    by_client_cid.erase(client_cid, slot);
    by_local_cid.erase(first_local_cid(client_cid), slot);
  }
  end_connection(handle);
}

}  // namespace rudp
