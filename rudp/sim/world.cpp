// Building a world, the commands and the interference; world_run.cpp makes it move.
#include <algorithm>

#include "sim/world_impl.hpp"

namespace rudp::sim {
namespace {

constexpr std::size_t kTransmitBufferBytes = 65'536;  // the longest run that poll_transmit writes

Failure taken(const Address& address) {
  return {Error::invalid_argument, "address: " + address.to_string() + " is taken"};
}

}  // namespace

World::Impl::Impl(World& self, std::uint64_t world_seed, WorldOptions world_options)
    : world(self),
      seed(world_seed),
      options(std::move(world_options)),
      random(world_seed),
      buffer(kTransmitBufferBytes),
      trace(std::max<std::size_t>(1, options.trace_lines)) {
  if (!options.check) return;
  auto owned = std::make_unique<DeliveryChecker>();
  delivery = owned.get();
  checkers.push_back(std::move(owned));
  auto stream_checker = std::make_unique<StreamChecker>();
  streams = stream_checker.get();
  checkers.push_back(std::move(stream_checker));
  checkers.push_back(std::make_unique<AmplificationChecker>());
  checkers.push_back(std::make_unique<WindowChecker>());
  checkers.push_back(std::make_unique<NumbersChecker>());
}

World::World(std::uint64_t seed, WorldOptions options)
    : impl_(std::make_unique<Impl>(*this, seed, std::move(options))) {}
World::~World() = default;

// Building.

Result<NodeId, Failure> World::Impl::add(const Address& address, Node new_node) {
  const auto id = static_cast<NodeId>(nodes.size());
  if (!by_address.try_emplace(address, id).second) return taken(address);
  new_node.address = address;
  nodes.push_back(std::make_unique<Node>(std::move(new_node)));
  return id;
}

EndpointConfig World::Impl::traced_config(NodeId id) {
  EndpointConfig config = node(id).config;
  config.trace = [this, id, user = config.trace](const TraceEvent& event) {
    note({.what = Note::What::trace,
          .kind = static_cast<std::uint8_t>(event.kind),
          .node = id,
          .connection = event.connection,
          .number = event.number,
          .a = event.a,
          .b = event.b});
    check([&](Checker& checker) { return checker.on_trace(id, event); });
    if (user) user(event);
  };
  return config;
}

Result<void, Failure> World::Impl::start_endpoint(NodeId id) {
  Node& starting = node(id);
  const SeededRandom own = random.fork("node").fork(static_cast<std::uint64_t>(id));
  starting.random = std::make_unique<SeededRandom>(own.fork(starting.generation));
  auto created = Endpoint::create(traced_config(id), *starting.random);
  if (!created) return created.error();
  starting.endpoint = std::move(created).value();
  drain(id);
  return {};
}

Result<NodeId, Failure> World::add_node(const Address& address, EndpointConfig config,
                                        const NodeOptions& options) {
  Impl::Node node;
  node.config = std::move(config);
  // Which cipher is preferred depends on the processor, and with it every datagram of a run.
  if (!node.config.transport.only_cipher) node.config.transport.only_cipher = Cipher::chacha20_poly1305;
  node.clock_offset = options.clock_offset;
  const auto id = impl_->add(address, std::move(node));
  if (!id) return id;
  const auto started = impl_->start_endpoint(id.value());
  if (started) return id;
  impl_->nodes.pop_back();
  impl_->by_address.erase(address);
  return started.error();
}

Result<SocketId, Failure> World::add_socket(NodeId node, const Address& address) {
  if (!impl_->by_address.try_emplace(address, node).second) return taken(address);
  impl_->node(node).more.push_back(address);
  return static_cast<SocketId>(impl_->node(node).more.size());
}

const Address& World::Impl::address_of(NodeId id, SocketId socket) {
  const Node& owner = node(id);
  return socket == 0 || socket > owner.more.size() ? owner.address : owner.more[socket - 1];
}

SocketId World::Impl::socket_of(NodeId id, const Address& address) {
  const std::vector<Address>& more = node(id).more;
  const auto found = std::find(more.begin(), more.end(), address);
  return found == more.end() ? 0 : static_cast<SocketId>(found - more.begin()) + 1;
}

Result<NodeId, Failure> World::add_host(const Address& address,
                                        std::function<void(const Datagram&)> on_datagram) {
  Impl::Node node;
  node.on_datagram = std::move(on_datagram);
  return impl_->add(address, std::move(node));
}

LinkId World::add_link(LinkOptions options) {
  const std::size_t index = impl_->links.size();
  SeededRandom random = impl_->random.fork("link").fork(index);
  impl_->links.push_back(std::make_unique<Link>(std::move(options), random));
  return static_cast<LinkId>(index);
}

void World::route(NodeId from, NodeId to, LinkId link) { impl_->routes.insert_or_assign({from, to}, link); }

void World::connect_nodes(NodeId a, NodeId b, const LinkOptions& options) {
  connect_nodes(a, b, options, options);
}

void World::connect_nodes(NodeId a, NodeId b, const LinkOptions& a_to_b, const LinkOptions& b_to_a) {
  route(a, b, add_link(a_to_b));
  route(b, a, add_link(b_to_a));
}

Link& World::Impl::link_between(NodeId from, NodeId to) {
  const auto found = routes.find({from, to});
  if (found != routes.end()) return *links[static_cast<std::size_t>(found->second)];
  const LinkId made = world.add_link({});
  world.route(from, to, made);
  return *links[static_cast<std::size_t>(made)];
}

Link& World::link(NodeId from, NodeId to) { return impl_->link_between(from, to); }
Link& World::link(LinkId link) { return *impl_->links[static_cast<std::size_t>(link)]; }

void World::add_checker(std::unique_ptr<Checker> checker) { impl_->checkers.push_back(std::move(checker)); }

void World::on_event(NodeId node, std::function<void(const Event&)> hook) {
  impl_->node(node).on_event = std::move(hook);
}

void World::set_filter(std::function<bool(const Datagram&)> filter) { impl_->filter = std::move(filter); }

// Commands.

Result<ConnectionHandle> World::connect(NodeId node, const Address& to, const ConnectOptions& options) {
  if (!has_endpoint(node)) return Error::closed;
  const auto connection = endpoint(node).connect(local_time(node), to, options);
  if (!connection) return connection;
  impl_->note({.what = Note::What::connect, .node = node, .connection = connection.value(), .to = to});
  impl_->check([&](Checker& checker) { return checker.on_connect(*this, node, connection.value(), to); });
  impl_->settle_command(node);
  return connection;
}

Result<ConnectionHandle> World::connect(NodeId node, NodeId to, const ConnectOptions& options) {
  return connect(node, address(to), options);
}

SendResult World::send(NodeId node, ConnectionHandle connection, ChannelId channel, Bytes message,
                       const SendOptions& options) {
  if (!has_endpoint(node)) return {.status = SendStatus::closed};
  const SendResult result = endpoint(node).send(local_time(node), connection, channel, message, options);
  impl_->note({.what = Note::What::send,
               .kind = static_cast<std::uint8_t>(result.status),
               .node = node,
               .connection = connection,
               .number = result.id,
               .a = message.size(),
               .b = channel});
  const SendSeen seen{node, connection, channel, message, options, result};
  impl_->check([&](Checker& checker) { return checker.on_send(*this, seen); });
  impl_->settle_command(node);
  return result;
}

void World::close(NodeId node, ConnectionHandle connection, std::uint64_t code, std::string_view reason,
                  Duration drain) {
  if (!has_endpoint(node)) return;
  impl_->note({.what = Note::What::close, .node = node, .connection = connection, .number = code, .a = 1});
  endpoint(node).close(local_time(node), connection, code, reason, drain);
  impl_->settle_command(node);
}

void World::close_now(NodeId node, ConnectionHandle connection, std::uint64_t code, std::string_view reason) {
  if (!has_endpoint(node)) return;
  impl_->note({.what = Note::What::close, .node = node, .connection = connection, .number = code});
  endpoint(node).close_now(local_time(node), connection, code, reason);
  impl_->settle_command(node);
}

Result<void> World::migrate(NodeId node, ConnectionHandle connection, const MigrateOptions& options) {
  if (!has_endpoint(node)) return Error::closed;
  impl_->note(
      {.what = Note::What::migrate, .node = node, .connection = connection, .number = options.socket});
  const auto begun = endpoint(node).migrate(local_time(node), connection, options);
  if (begun && options.to)
    impl_->check([&](Checker& checker) { return checker.on_migrate(*this, node, connection, *options.to); });
  impl_->settle_command(node);
  return begun;
}

void World::drain(NodeId node) { impl_->settle_command(node); }

// Interference.

void World::at(Instant time, std::function<void()> action) {
  impl_->queue.push(std::max(time, impl_->now), std::move(action));
}

void World::after(Duration delay, std::function<void()> action) { at(impl_->now + delay, std::move(action)); }

void World::inject(const Address& from, const Address& to, Bytes datagram, Ecn ecn) {
  Datagram forged{.from = from, .to = to, .ecn = ecn, .bytes = {datagram.begin(), datagram.end()}};
  impl_->note_datagram(Note::What::injected, NodeId{}, forged);
  impl_->queue.push(impl_->now, std::move(forged));
}

void World::send_datagram(NodeId host, const Address& to, Bytes datagram, Ecn ecn) {
  impl_->launch(host,
                {.from = address(host), .to = to, .ecn = ecn, .bytes = {datagram.begin(), datagram.end()}});
}

void World::rebind(NodeId node, const Address& address) {
  Impl::Node& moving = impl_->node(node);
  impl_->note({.what = Note::What::rebind, .node = node, .to = address});
  if (!impl_->by_address.try_emplace(address, node).second) return impl_->fail(taken(address).sentence());
  impl_->by_address.erase(moving.address);
  moving.address = address;
}

void World::shift_clock(NodeId node, Duration by) {
  impl_->note({.what = Note::What::shift_clock, .node = node, .a = static_cast<std::uint64_t>(by.count())});
  impl_->node(node).clock_offset += by;
  impl_->drain(node);
}

void World::set_reading(NodeId node, bool reading) {
  impl_->node(node).reading = reading;
  impl_->settle_command(node);
}

void World::crash(NodeId node) {
  impl_->note({.what = Note::What::crash, .node = node});
  impl_->set_timeout(node, {});
  impl_->node(node).endpoint.reset();
  for (const auto& checker : impl_->checkers) checker->on_crash(node);
}

void World::restart(NodeId node) {
  impl_->note({.what = Note::What::restart, .node = node});
  ++impl_->node(node).generation;
  const auto started = impl_->start_endpoint(node);
  if (!started) impl_->fail("restart: " + started.error().sentence());
}

// Looking.

Instant World::now() const { return impl_->now; }
bool World::is_idle() const { return !impl_->next_at(); }
Instant World::local_time(NodeId node) const { return impl_->local_time(node); }
const Address& World::address(NodeId node) const { return impl_->node(node).address; }
std::size_t World::node_count() const { return impl_->nodes.size(); }
Endpoint& World::endpoint(NodeId node) { return *impl_->node(node).endpoint; }
const Endpoint& World::endpoint(NodeId node) const { return *impl_->node(node).endpoint; }
bool World::has_endpoint(NodeId node) const { return impl_->node(node).endpoint != nullptr; }
bool World::is_reading(NodeId node) const { return impl_->node(node).reading; }
const WorldStatistics& World::statistics() const { return impl_->statistics; }
SeededRandom World::random(std::string_view label) const { return impl_->random.fork("test").fork(label); }
std::uint64_t World::trace_hash() const { return impl_->trace.hash(); }
bool World::failed() const { return !impl_->violation.empty(); }
void World::report_violation(std::string what) { impl_->fail(std::move(what)); }
const std::string& World::violation() const { return impl_->violation; }
std::string World::failure_report() const { return impl_->report(); }

DeliveryReport World::deliveries() const {
  return impl_->delivery ? impl_->delivery->report() : DeliveryReport{};
}

// Running.

bool World::step() { return impl_->step(); }

void World::run_until(Instant time) {
  while (!failed() && impl_->next_at().value_or(Instant::max()) <= time && impl_->step()) {
  }
  if (!failed()) impl_->advance_to(time);
}

void World::run_for(Duration length) { run_until(now() + length); }

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now() + limit;
  while (!failed() && !done()) {
    const std::optional<Instant> next = impl_->next_at();
    if (!next) return false;
    if (*next > end) return impl_->advance_to(end), false;
    impl_->step();
  }
  return !failed();
}

bool World::run_until_idle(Duration limit) {
  run_until([this] { return is_idle(); }, limit);
  return !failed() && is_idle();
}

}  // namespace rudp::sim
