// The door: checks, commands and getters.
#include <rudp/endpoint.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/blake2b.hpp"
#include "crypto/initialize.hpp"
#include "endpoint/endpoint_impl.hpp"

namespace rudp {

Endpoint::Endpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Endpoint::~Endpoint() = default;

Result<std::unique_ptr<Endpoint>, Failure> Endpoint::create(const EndpointConfig& config, Random& random) {
  crypto::initialize();
  const auto valid = config.validate();
  if (!valid) return valid.error();
  if (connection::offered_suites(config.transport) == 0)
    return Failure(Error::invalid_config,
                   "transport.only_cipher: this processor has no instructions for AES-256-GCM");
  try {
    return std::unique_ptr<Endpoint>(new Endpoint(std::make_unique<Impl>(config, random)));
  } catch (const std::bad_alloc&) {
    return Failure(Error::out_of_memory, {});
  }
}

void Endpoint::handle_datagram(Instant now, const Address& from, MutableBytes datagram, Ecn ecn,
                               SocketId socket) {
  if (!impl_->guarded({}, [&] { impl_->handle_datagram(impl_->advance(now), from, datagram, ecn, socket); }))
    ++impl_->statistics.dropped_limit;
}

void Endpoint::handle_timeout(Instant now) { impl_->handle_timeout(impl_->advance(now)); }

Result<ConnectionHandle> Endpoint::connect(Instant now, const Address& to, const ConnectOptions& options) {
  Result<ConnectionHandle> made = Error::out_of_memory;
  impl_->guarded({}, [&] { made = impl_->connect(impl_->advance(now), to, options); });
  return made;
}

SendResult Endpoint::send(Instant now, ConnectionHandle connection, ChannelId channel, Bytes message,
                          const SendOptions& options) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return {.status = SendStatus::closed};
  SendResult result{.status = SendStatus::closed};
  impl_->command(connection, [&] { result = found->send(impl_->advance(now), channel, message, options); });
  return result;
}

Result<void> Endpoint::migrate(Instant now, ConnectionHandle connection, const MigrateOptions& options) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return Error::unknown_connection;
  const NetworkPath to{options.to.value_or(found->remote()), options.socket};
  if (to.remote.port == 0 || to.remote.is_unspecified()) return Error::bad_address;
  Result<void> begun = Error::out_of_memory;
  impl_->command(connection, [&] { begun = found->migrate(impl_->advance(now), to); });
  return begun;
}

Result<void> Endpoint::update_keys(Instant now, ConnectionHandle connection) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return Error::unknown_connection;
  impl_->advance(now);
  Result<void> updated = Error::out_of_memory;
  impl_->command(connection, [&] { updated = found->update_keys(); });
  return updated;
}

void Endpoint::close(Instant now, ConnectionHandle connection, std::uint64_t code, std::string_view reason,
                     Duration drain) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return;
  impl_->command(connection, [&] { found->close(impl_->advance(now), code, reason, drain); });
}

void Endpoint::close_now(Instant now, ConnectionHandle connection, std::uint64_t code,
                         std::string_view reason) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return;
  impl_->command(connection, [&] { found->close_now(impl_->advance(now), code, reason); });
}

Result<StreamId> Endpoint::open_stream(Instant now, ConnectionHandle connection,
                                       const StreamOptions& options) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return Error::closed;
  impl_->advance(now);
  Result<StreamId> opened = Error::out_of_memory;
  impl_->command(connection, [&] { opened = found->open_stream(options); });
  return opened;
}

StreamWriteResult Endpoint::write(Instant now, ConnectionHandle connection, StreamId stream, Bytes bytes,
                                  bool fin) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return {.status = WriteStatus::closed};
  impl_->advance(now);
  StreamWriteResult result{.status = WriteStatus::closed};
  impl_->command(connection, [&] { result = found->write(stream, bytes, fin); });
  return result;
}

Result<StreamRead> Endpoint::read(Instant now, ConnectionHandle connection, StreamId stream,
                                  MutableBytes out) {
  connection::Connection* const found = impl_->known(connection);
  if (!found) return Error::unknown_connection;
  Result<StreamRead> result = Error::out_of_memory;
  impl_->command(connection, [&] { result = found->read(impl_->advance(now), stream, out); });
  return result;
}

Result<void> Endpoint::reset_stream(Instant now, ConnectionHandle connection, StreamId stream,
                                    std::uint64_t code) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return Error::unknown_connection;
  impl_->advance(now);
  Result<void> result = Error::out_of_memory;
  impl_->command(connection, [&] { result = found->reset_stream(stream, code); });
  return result;
}

Result<void> Endpoint::stop_sending(Instant now, ConnectionHandle connection, StreamId stream,
                                    std::uint64_t code) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return Error::unknown_connection;
  Result<void> result = Error::out_of_memory;
  impl_->command(connection, [&] { result = found->stop_sending(impl_->advance(now), stream, code); });
  return result;
}

Result<void> Endpoint::set_stream_priority(Instant now, ConnectionHandle connection, StreamId stream,
                                           std::uint8_t priority) {
  connection::Connection* const found = impl_->live(connection);
  if (!found) return Error::unknown_connection;
  impl_->advance(now);
  return found->set_stream_priority(stream, priority);
}

bool Endpoint::poll_transmit(Instant now, MutableBytes buffer, Transmit& transmit) {
  return impl_->poll_transmit(impl_->advance(now), buffer, transmit);
}

bool Endpoint::poll_event(Event& event) { return impl_->poll_event(event); }

std::optional<Instant> Endpoint::poll_timeout() const { return impl_->poll_timeout(); }

Result<ConnectionInfo> Endpoint::info(ConnectionHandle connection) const {
  const connection::Connection* const found = impl_->known(connection);
  if (!found) return Error::unknown_connection;
  return found->info();
}

Result<ConnectionStatistics> Endpoint::statistics(ConnectionHandle connection) const {
  const connection::Connection* const found = impl_->known(connection);
  if (!found) return Error::unknown_connection;
  return found->statistics();
}

const EndpointStatistics& Endpoint::statistics() const { return impl_->statistics; }

std::size_t Endpoint::connection_count() const { return impl_->statistics.connections; }

Endpoint::Impl::Impl(const EndpointConfig& endpoint_config, Random& endpoint_random)
    : config(endpoint_config),
      random(endpoint_random),
      environment(config, random),
      local_cid_length(config.accept ? 8 : 4),
      retry_key(random),
      cookie_free(config.cookie_free_handshakes_per_second, config.cookie_free_handshakes_per_second),
      accept_limiter(random, config.source_handshakes_per_second, config.source_handshakes_burst),
      retries(kRetriesPerSecond, kRetriesBurst),
      resets(kResetsPerSecond, kResetsBurst),
      by_local_cid(random),
      by_client_cid(random),
      by_remote_cid(random),
      by_handshake(random) {
  current_reason.reserve(connection::kReasonBytesMax);
  if (!config.accept) return;
  environment.reset_key = &reset_key.emplace(config.identity, crypto::as_bytes(config.reset_label));
  address_key.emplace(config.identity);
}

Instant Endpoint::Impl::advance(Instant caller_now) {
  if (caller_now <= now) return now;
  const Instant before = std::exchange(now, caller_now);
  const auto due = deadlines.earliest();
  if (due && now - std::max(before, due->at) >= kLateMin) on_clock_jump();
  return now;
}

/// Nobody was here when something was due: what arrives now may have waited as long.
void Endpoint::Impl::on_clock_jump() {
  connections.for_each([this](ConnectionHandle, Entry& entry) { entry.connection->on_clock_jump(now); });
}

connection::Connection* Endpoint::Impl::known(ConnectionHandle handle) {
  Entry* const entry = connections.find(handle);
  if (!entry || entry->connection->is_told() || entry->counts_as_half_open) return nullptr;
  return entry->connection.get();
}

connection::Connection* Endpoint::Impl::live(ConnectionHandle handle) {
  connection::Connection* const found = known(handle);
  return found && !found->is_over() ? found : nullptr;
}

Result<ConnectionHandle> Endpoint::Impl::connect(Instant at, const Address& to,
                                                 const ConnectOptions& options) {
  if (to.port == 0 || to.is_unspecified()) return Error::bad_address;
  if (connections.size() >= config.max_connections) return Error::too_many_connections;
  ConnectionId client_cid;
  do {
    std::array<std::uint8_t, wire::kLongConnectionIdBytes> bytes{};
    random.public_fill(bytes);
    client_cid = ConnectionId(bytes);
  } while (by_client_cid.contains(client_cid) || by_local_cid.contains(first_local_cid(client_cid)));
  auto handshake = connection::ClientHandshake::start(environment, client_cid, local_cid_length, options);
  if (!handshake) return handshake.error();

  const ConnectionHandle handle = begin_connection();
  Entry& entry = *connections.find(handle);
  entry.origin = client_cid.to_u64();
  entry.connection = connection::Connection::start(environment, at, handle, {to, options.socket},
                                                   std::move(*handshake), options);
  by_client_cid.insert(client_cid, handle.index);
  by_local_cid.insert(first_local_cid(client_cid), handle.index);
  entry.is_made = true;
  ++statistics.connections;
  touch(handle, entry);
  return handle;
}

void Endpoint::Impl::touch(ConnectionHandle handle, Entry& entry) {
  const connection::Connection& connection = *entry.connection;
  const connection::State state = connection.state();
  if (entry.counts_as_half_open && state != connection::State::half_open) {
    entry.counts_as_half_open = false;
    --statistics.half_open;
  }
  if (!entry.counts_as_open && state == connection::State::open) {
    entry.counts_as_open = true;
    ++(connection.role() == Role::server ? statistics.connections_accepted : statistics.connections_opened);
  }
  if (state == connection::State::handshaking && connection.has_probed_key()) {
    const ConnectionId probe_cid = connection::key_probe_cid(ConnectionId::from_u64(entry.origin));
    if (!by_client_cid.contains(probe_cid)) by_client_cid.insert(probe_cid, handle.index);
  }
  if (connection.has_id_news()) follow_ids(handle, *entry.connection);
  deadlines.set(handle.index, connection.next_timeout());
  transmit_queue.push_back(handle.index);
  event_queue.push_back(handle.index);
}

void Endpoint::Impl::follow_ids(ConnectionHandle handle, connection::Connection& connection) {
  while (connection.local_ids_wanted() > 0) {
    const ConnectionId id = connection.role() == Role::server ? draw_server_cid() : draw_local_cid();
    by_local_cid.insert(id, handle.index);
    connection.give_local_id(id);
  }
  while (const auto id = connection.poll_forgotten_local_id()) by_local_cid.erase(*id);
  if (connection.role() == Role::server) return;
  while (const auto id = connection.poll_forgotten_remote_id()) by_remote_cid.erase(*id, handle.index);
  while (const auto id = connection.poll_learned_remote_id()) by_remote_cid.insert(*id, handle.index);
}

ConnectionId Endpoint::Impl::draw_local_cid() {
  ConnectionId id;
  do {
    std::array<std::uint8_t, ConnectionId::kBytesMax> bytes{};
    random.public_fill(bytes);
    id = ConnectionId(Bytes(bytes).first(local_cid_length));
  } while (by_local_cid.contains(id));
  return id;
}

void Endpoint::Impl::handle_timeout(Instant at) {
  // Each connection has its turn at most once: whatever it arms anew is later than `at` or waits for the
  // drain.
  for (std::size_t left = deadlines.size(); left > 0; --left) {
    const auto due = deadlines.earliest();
    if (!due || due->at > at) return;
    deadlines.remove(due->slot);
    const auto handle = connections.handle_at(due->slot);
    if (!handle) continue;
    Entry& entry = *connections.find(*handle);
    guarded(*handle, [&] {
      entry.connection->handle_timeout(at);
      touch(*handle, entry);
    });
  }
}

void Endpoint::Impl::forget(ConnectionHandle handle, Entry& entry) {
  const connection::Connection& connection = *entry.connection;
  for (std::size_t at = 0; at < connection.local_ids().size(); ++at)
    by_local_cid.erase(connection.local_ids()[at]);
  if (connection.role() == Role::client) {
    const ConnectionId client_cid = ConnectionId::from_u64(entry.origin);
    by_client_cid.erase(client_cid);
    by_client_cid.erase(connection::key_probe_cid(client_cid), handle.index);
    // Its first id may have been retired, or never been confirmed by a handshake.
    by_local_cid.erase(first_local_cid(client_cid), handle.index);
    for (std::size_t at = 0; at < connection.remote_ids().size(); ++at)
      by_remote_cid.erase(connection.remote_ids()[at].id, handle.index);
  } else {
    by_handshake.erase_named(entry.origin, handle.index);
  }
  if (entry.counts_as_half_open) --statistics.half_open;
  --statistics.connections;
  end_connection(handle);
}

void Endpoint::Impl::log(LogLevel level, std::string_view line) const {
  if (config.log) config.log(level, line);
}

}  // namespace rudp
