// From an address to a core connection: names are resolved, addresses tried in turn, the first that opens
// wins.
#include <algorithm>

#include "uv/clock.hpp"
#include "uv/driver.hpp"

namespace rudp::uv {

PeerId Driver::new_peer() {
  const auto handle = peers_.insert(std::make_unique<Peer>(options_.transport.send_queue_bytes));
  keep_loop_alive();
  return to_id(handle);
}

Peer* Driver::peer(PeerId id) {
  std::unique_ptr<Peer>* const found = peers_.find(to_slot(id));
  return found ? found->get() : nullptr;
}

Connection Driver::connect(const Url& url, ConnectOptions options) {
  if (url.key) options.server_key = url.key;
  if (options.server_key || !options_.known_servers.find) return connect_named(url, options);
  const std::string name = known_server_name(url);
  const auto known = options_.known_servers.find(name);
  if (!known) {
    log(LogLevel::error, known.error().sentence());
    return refuse({.error = known.error().code});
  }
  options.server_key = *known;
  const Connection made = connect_named(url, options);
  if (!options.server_key) peer(made.id())->meets = name;
  return made;
}

Connection Driver::refuse(Closed why) {
  const PeerId id = new_peer();
  end(id, *peer(id), std::move(why));
  return connection(id);
}

Connection Driver::connect_named(const Url& url, const ConnectOptions& options) {
  if (const auto address = numeric_address(url.host, url.port)) return connect({*address}, options);
  const PeerId id = new_peer();
  Peer& made = *peer(id);
  made.connecting = std::make_unique<Connecting>(Connecting{Connector(options), nullptr});
  auto resolution = Resolution::start(
      loop_, url.host, url.port,
      [this, id](Result<std::vector<Address>, Failure> found) { on_resolved(id, std::move(found)); });
  if (resolution && state_ == State::running)
    made.connecting->resolution = *std::move(resolution);
  else
    end(id, made, {.error = state_ == State::running ? Error::name_not_resolved : Error::closed});
  return connection(id);
}

Connection Driver::connect(std::vector<Address> addresses, const ConnectOptions& options) {
  const PeerId id = new_peer();
  Peer& made = *peer(id);
  made.connecting = std::make_unique<Connecting>(Connecting{Connector(options), nullptr});
  if (state_ != State::running)
    end(id, made, {.error = Error::closed});
  else
    begin_attempts(id, made, std::move(addresses));
  return connection(id);
}

void Driver::on_resolved(PeerId id, Result<std::vector<Address>, Failure> addresses) {
  Peer* const found = peer(id);
  if (!found || !found->connecting) return;
  found->connecting->resolution.reset();
  if (!addresses) return end(id, *found, {.error = addresses.error().code});
  begin_attempts(id, *found, *std::move(addresses));
}

void Driver::begin_attempts(PeerId id, Peer& peer, std::vector<Address> addresses) {
  if (addresses.empty()) return end(id, peer, {.error = Error::bad_address});
  const Instant now = monotonic_now();
  peer.connecting->connector.set_addresses(std::move(addresses), now);
  attempt(id, peer, now);
  if (peer.connecting) wait_for(id, now);
}

void Driver::attempt(PeerId id, Peer& peer, Instant now) {
  while (peer.connecting) {
    const std::optional<Address> to = peer.connecting->connector.poll_attempt(now);
    if (!to) return;
    start_attempt(id, peer, *to, now);
  }
}

// A lone address has no rival, so what is sent early may wait in the core, one round trip nearer to the
// server.
void Driver::start_attempt(PeerId id, Peer& peer, const Address& to, Instant now) {
  Connector& connector = peer.connecting->connector;
  const auto binding = binding_for(to);
  if (!binding) return attempt_failed(id, peer, std::nullopt, {.error = binding.error().code});
  ConnectOptions options = connector.options();
  if (!options.address_token) options.address_token = tokens_.take(to);
  options.socket = (*binding)->socket_for(to.is_v4()).value_or(0);
  const auto handle = (*binding)->command().connect(now, to, options);
  if (!handle) return attempt_failed(id, peer, std::nullopt, {.error = handle.error()});
  (*binding)->assign(*handle, id);
  const Route route{*binding, *handle};
  connector.on_started(route);
  if (connector.addresses().size() == 1) adopt(id, peer, route);
}

// The first socket of the family: one that the app bound, or one made for all connections of the family.
Result<Binding*, Failure> Driver::binding_for(const Address& to) {
  for (const auto& binding : bindings_)
    if (binding->socket_for(to.is_v4())) return binding.get();
  const Address any = to.is_v4() ? Address::v4(0, 0, 0, 0, 0) : Address{};
  auto binding = Binding::open(loop_, {&any, 1}, options_.socket_buffer_bytes, core_config(false), *this);
  if (!binding) return binding.error();
  log_grants(**binding);
  bindings_.push_back(*std::move(binding));
  return bindings_.back().get();
}

void Driver::attempt_failed(PeerId id, Peer& peer, const std::optional<Route>& route, Closed why) {
  Connector& connector = peer.connecting->connector;
  connector.on_failed(route, why, monotonic_now());
  if (connector.exhausted()) return end(id, peer, connector.verdict());
  waiting_due_ = monotonic_now();
  note_work();
}

void Driver::adopt(PeerId id, Peer& peer, const Route& route) {
  abandon_attempts(peer, &route);
  peer.connecting.reset();
  peer.route = route;
  const auto info = route.binding->core().info(route.handle);
  if (info) peer.sockets.current = route.binding->socket_for(info->remote.is_v4()).value_or(0);
  forward_early(id, peer);
}

// For the next visit, which it saves a round trip.
void Driver::keep_token(const Route& route) {
  const auto info = route.binding->core().info(route.handle);
  if (info && info->address_token) tokens_.put(info->remote, *info->address_token);
}

// False: it could not be kept, so the next visit could not tell this server from another, or another key was
// kept meanwhile. The connection is over.
bool Driver::keep_key(PeerId id, Peer& peer, const Route& route) {
  const std::string name = std::exchange(peer.meets, {});
  if (name.empty()) return true;
  const auto info = route.binding->core().info(route.handle);
  if (!info || !info->peer_key) return true;
  const auto kept = pin(name, *info->peer_key);
  if (kept) return true;
  log(LogLevel::error, kept.error().sentence());
  route.binding->assign(route.handle, kAbandoned);
  route.binding->command().close_now(monotonic_now(), route.handle);
  Closed why{.error = kept.error().code};
  if (why.error == Error::key_changed) why.offered_key = info->peer_key;
  end(id, peer, std::move(why));
  return false;
}

// Another connection may have met the server since this one began; of two first keys the first holds.
Result<void, Failure> Driver::pin(const std::string& name, const PublicKey& key) {
  const KnownServers& servers = options_.known_servers;
  const auto known = servers.find(name);
  if (!known) return known.error();
  if (*known && **known != key) return Failure(Error::key_changed, name);
  if (*known || !servers.pin) return {};
  return servers.pin(name, key);
}

void Driver::abandon_attempts(Peer& peer, const Route* winner) {
  if (!peer.connecting) return;
  for (const Route& route : peer.connecting->connector.attempts()) {
    if (winner && route == *winner) continue;
    route.binding->assign(route.handle, kAbandoned);
    route.binding->command().close_now(monotonic_now(), route.handle);
  }
}

// on_close is called from the loop, never from inside the call that ended it.
void Driver::end(PeerId id, Peer& peer, Closed why) {
  abandon_attempts(peer, nullptr);
  peer.connecting.reset();
  close_sockets(peer);
  peer.relocation.reset();
  peer.route.reset();
  drop_early(id, peer);
  local_.push_back({id, std::move(why)});
  note_work();
}

void Driver::wait_for(PeerId id, Instant now) {
  waiting_.push_back(id);
  waiting_due_ = now;  // poll_waiting finds out for when
  note_work();
}

void Driver::poll_waiting() {
  const Instant now = monotonic_now();
  if (!waiting_due_ || now < *waiting_due_) return timer_->set(waiting_due_, now);
  waiting_due_.reset();
  std::vector<PeerId> still;
  for (const PeerId id : std::exchange(waiting_, {})) {
    const std::optional<Instant> due = poll_waiting(id, now);
    if (!due) continue;
    still.push_back(id);
    waiting_due_ = std::min(waiting_due_.value_or(*due), *due);
  }
  waiting_.insert(waiting_.end(), still.begin(), still.end());
  timer_->set(waiting_due_, now);
}

// Absent: nothing in time is to be done for this peer any more.
std::optional<Instant> Driver::poll_waiting(PeerId id, Instant now) {
  Peer* const found = peer(id);
  if (!found || found->is_over()) return std::nullopt;
  if (found->close_request && now >= found->close_request->until) {
    const CloseRequest request = *std::exchange(found->close_request, std::nullopt);
    close_peer_now(id, request.code, request.reason);
    return std::nullopt;
  }
  attempt(id, *found, now);
  if (found->relocation && found->relocation->is_due(now)) relocate(*found, now);
  Instant due = found->close_request ? found->close_request->until : Instant::max();
  if (found->connecting)
    due = std::min(due, found->connecting->connector.poll_timeout().value_or(Instant::max()));
  if (found->relocation) due = std::min(due, found->relocation->poll_timeout().value_or(Instant::max()));
  const bool relocates = found->relocation && found->relocation->poll_timeout();
  const bool ends = !found->close_request && !found->connecting && !relocates;
  return ends ? std::nullopt : std::optional(due);
}

}  // namespace rudp::uv
