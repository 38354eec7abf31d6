// When memory runs out: one connection ends, the others go on.
#include "endpoint/endpoint_impl.hpp"

namespace rudp {

ConnectionHandle Endpoint::Impl::begin_connection() {
  // Those that wait in a queue, gone ones among them, and each of the others once.
  const std::size_t all = connections.size() + 1;
  transmit_queue.reserve(transmit_queue.size() + all);
  event_queue.reserve(event_queue.size() + all);
  unproven.reserve(unproven.size() + all);
  const ConnectionHandle handle = connections.insert({});
  at_work = handle;
  deadlines.reserve(handle.index + std::size_t{1});
  return handle;
}

void Endpoint::Impl::on_out_of_memory() {
  Entry* const entry = at_work ? connections.find(*at_work) : nullptr;
  if (!entry) return;
  if (!entry->is_made) return unmake(*at_work, *entry);
  connection::Connection& connection = *entry->connection;
  connection.abandon(now);
  while (const auto id = connection.poll_forgotten_local_id()) by_local_cid.erase(*id);
  while (const auto id = connection.poll_forgotten_remote_id()) by_remote_cid.erase(*id, *at_work);
  touch(*at_work, *entry);
}

/// Nothing stays of a connection that was being made. It was not counted yet.
void Endpoint::Impl::unmake(ConnectionHandle handle, Entry& entry) {
  if (entry.handshake) {
    by_handshake.erase(*entry.handshake, handle);
    if (entry.connection) by_local_cid.erase(entry.connection->session().local_cid, handle);
  } else {
    by_client_cid.erase(entry.client_cid, handle);
    by_local_cid.erase(ConnectionId(entry.client_cid.bytes().first(local_cid_length)), handle);
  }
  connections.erase(handle);
}

}  // namespace rudp
