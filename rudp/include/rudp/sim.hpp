// A network that does not exist: many endpoints, one virtual clock, one seed.
//
// Everything that happens in a World follows from its seed and from the calls made
// on it, bit for bit and on every machine: keys, losses, times, also what two
// connections do to one another. A failure is therefore reproduced by its seed
// alone, and hours of network pass in seconds. It stands on the sans-IO door
// <rudp/endpoint.hpp> and on nothing else, so an application tests its own use of
// rudp with it:
//
//   rudp::sim::World world(seed);
//   const auto server = world.add_node(Address::v4(10, 0, 0, 1, 9000), server_config).value();
//   const auto client = world.add_node(Address::v4(10, 0, 0, 2, 5000), {}).value();
//   world.connect_nodes(client, server, {.delay = 25ms, .loss_ppm = 50'000});
//   world.on_event(server, [&](const rudp::Event& event) { ... });
//   const auto peer = world.connect(client, server).value();
//   world.send(client, peer, 0, bytes);
//   world.run_for(10s);
//   if (world.failed()) std::fputs(world.failure_report().c_str(), stderr);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/address.hpp>
#include <rudp/config.hpp>
#include <rudp/endpoint.hpp>
#include <rudp/event.hpp>
#include <rudp/export.hpp>
#include <rudp/random.hpp>
#include <rudp/types.hpp>

namespace rudp::sim {

// ---------------------------------------------------------------- randomness

/// A generator made from a seed (xoshiro256**, seeded by splitmix64). Integers
/// only, the same on every machine. Not for real keys: it is predictable.
class RUDP_API SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);

  /// A generator of its own for one purpose. It depends on this one's seed and on
  /// the label alone, not on what was drawn so far: a new consumer shifts no other.
  SeededRandom fork(std::string_view label) const;
  SeededRandom fork(std::uint64_t number) const;

  void public_fill(MutableBytes out) override;
  void secret_fill(MutableBytes out) override;

  /// 64 bits of the public stream.
  std::uint64_t next();
  /// Uniform in [low, high]. REQUIRES: low <= high.
  std::uint64_t between(std::uint64_t low, std::uint64_t high);
  /// Uniform in [low, high], in nanoseconds. REQUIRES: 0 <= low <= high.
  Duration between(Duration low, Duration high);
  /// True in `ppm` of a million draws. Draws also where the answer is certain, so
  /// that a changed probability shifts no other draw.
  bool chance(std::uint32_t ppm);

 private:
  using State = std::array<std::uint64_t, 4>;
  static State state_from(std::uint64_t seed);
  static std::uint64_t advance(State& state);
  static void fill(State& state, MutableBytes out);

  std::uint64_t seed_;
  State public_;
  State secret_;
};

// --------------------------------------------------------------------- link

/// A time in which a link carries nothing: [from, until).
struct Blackout {
  Instant from;
  Instant until;
};

/// How jitter is distributed.
enum class JitterShape : std::uint8_t {
  uniform,    ///< every value from 0 to the maximum alike
  long_tail,  ///< each doubling half as likely, cut at the maximum: mostly small, seldom large
};

/// One direction of a path. Probabilities are in parts per million of datagrams.
/// A datagram meets, in this order: blackout, packet size, queue and rate (a mark
/// there), burst loss, loss, duplication; then each copy its delay, jitter, reordering, corruption.
struct LinkOptions {
  Duration delay = std::chrono::milliseconds(10);  ///< propagation, one way; not negative
  /// Added to the delay, 0 to this. Order is kept: jitter alone lets none overtake another.
  Duration jitter{0};
  JitterShape jitter_shape = JitterShape::uniform;
  /// Bits a second, IP and UDP headers included; 0: without limit.
  std::uint64_t rate_bits_per_s = 0;
  /// What may wait for a limited rate (the packet being sent included), IP bytes; more is dropped at the
  /// tail.
  std::uint64_t queue_bytes = 64u << 10;
  /// Largest IP packet that passes, in bytes; larger ones vanish.
  std::uint32_t packet_bytes_max = 1500;
  std::uint32_t loss_ppm = 0;
  /// Burst loss after Gilbert: in the bad state all is lost. Chance per datagram to enter and to leave it.
  std::uint32_t burst_begin_ppm = 0;
  std::uint32_t burst_end_ppm = 250'000;
  /// A burst is over after this at the latest: else it would last minutes for whoever sends seldom.
  Duration burst_longest = std::chrono::seconds(2);
  std::uint32_t duplicate_ppm = 0;
  /// Held back by up to `reorder_delay` more, so that others overtake it.
  std::uint32_t reorder_ppm = 0;
  Duration reorder_delay = std::chrono::milliseconds(20);
  /// Bits flipped, cut short or lengthened.
  std::uint32_t corrupt_ppm = 0;
  std::vector<Blackout> blackouts{};
  /// What a limited rate saves up while it is not used, IP bytes: so much leaves at once, without waiting. A
  /// token bucket; with queue_bytes = 0 it drops what it has no tokens for, which is a policer.
  std::uint64_t token_bytes = 0;
  /// A limited rate marks datagrams of ECN-capable senders (CE) while more than this waits, IP bytes; 0:
  /// never.
  std::uint64_t mark_bytes = 0;
  /// Times in which a limited rate sends nothing: its queue waits, and is dropped at the tail as ever.
  std::vector<Blackout> stalls{};
};

/// What a link did. Every fault has its counter, so that a test can show that it met it.
struct LinkStatistics {
  std::uint64_t offered = 0, offered_bytes = 0;      ///< datagrams and IP bytes that entered
  std::uint64_t delivered = 0, delivered_bytes = 0;  ///< copies and IP bytes that left
  std::uint64_t dropped_blackout = 0, dropped_too_big = 0, dropped_queue = 0;
  std::uint64_t dropped_burst = 0, dropped_loss = 0;
  std::uint64_t duplicated = 0, reordered = 0, jittered = 0;
  std::uint64_t corrupted_flipped = 0, corrupted_cut = 0, corrupted_extended = 0;
  std::uint64_t queue_bytes_max = 0;  ///< the longest queue there was
  std::uint64_t queued = 0;           ///< datagrams that a limited rate took
  Duration queue_delay_sum{0};        ///< what they waited for others before them, together
  std::uint64_t marked = 0;
};

/// A datagram on its way or at its end.
struct Datagram {
  Address from{};
  Address to{};
  Ecn ecn = Ecn::not_ect;
  std::vector<std::uint8_t> bytes{};  ///< UDP payload
};

/// A datagram and when it comes out of a link.
struct Arrival {
  Instant at;
  Datagram datagram;
};

/// One direction of a path as a model of its own; a World has many.
class RUDP_API Link {
 public:
  Link(LinkOptions options, SeededRandom random);

  /// Puts a datagram in; appends what will come out (nothing, one or two copies).
  /// REQUIRES: `now` does not run backwards.
  void carry(Instant now, Datagram datagram, std::vector<Arrival>& arrivals);
  /// From now on this link is like that; what is on its way stays as it was.
  void set_options(LinkOptions options) { options_ = std::move(options); }
  const LinkOptions& options() const { return options_; }
  const LinkStatistics& statistics() const { return statistics_; }

  /// Bytes that a UDP datagram takes on an IP link: payload + 8 + 20 or 40.
  static std::uint64_t ip_bytes(const Address& to, std::size_t payload_bytes);

 private:
  struct Departure {
    Instant at;
    std::uint64_t bytes;
  };
  bool is_blacked_out(Instant now) const;
  bool is_lost(Instant now);
  void move_burst(Instant now);
  std::optional<Instant> leave_queue(Instant now, std::uint64_t bytes);
  Instant after_stalls(Instant time) const;
  void mark(Datagram& datagram);
  Arrival copy_out(Instant departed, Datagram datagram);
  Duration draw_jitter();
  void corrupt(std::vector<std::uint8_t>& bytes);

  LinkOptions options_;
  SeededRandom random_;
  LinkStatistics statistics_;
  std::deque<Departure> queue_;
  std::uint64_t queued_bytes_ = 0;
  Instant free_at_;
  Instant last_arrival_;
  std::optional<Instant> burst_began_;  ///< absent: the good state
};

// ------------------------------------------------------------------ checkers

enum class NodeId : std::uint32_t {};
enum class LinkId : std::uint32_t {};

/// A sentence that says what must not be; absent: all is well.
using Violation = std::optional<std::string>;

/// A call of World::send and its answer.
struct SendSeen {
  NodeId node;
  ConnectionHandle connection;
  ChannelId channel;
  Bytes message;
  SendOptions options;
  SendResult result;
};

/// Bytes that a call of World::write took or World::read gave.
struct StreamSeen {
  NodeId node;
  ConnectionHandle connection;
  StreamId stream;
  Bytes bytes;
  bool fin;  ///< the stream ends with them
};

class World;

/// Watches a world and names what must not be. The first violation stops the
/// world. A checker must not act on the world; from on_trace it must not even look
/// at it (the endpoint is in the middle of a function then).
class RUDP_API Checker {
 public:
  virtual ~Checker() = default;
  /// For the report, e.g. "delivery".
  virtual std::string_view name() const = 0;
  virtual Violation on_connect(const World&, NodeId, ConnectionHandle, const Address& /*to*/) { return {}; }
  /// `to`: the address that the node means to reach its peer at from now on.
  virtual Violation on_migrate(const World&, NodeId, ConnectionHandle, const Address& /*to*/) { return {}; }
  virtual Violation on_send(const World&, const SendSeen&) { return {}; }
  virtual Violation on_stream_write(const World&, const StreamSeen&) { return {}; }
  virtual Violation on_stream_read(const World&, const StreamSeen&) { return {}; }
  /// Before the node's own hook. The event's bytes are valid for the call.
  virtual Violation on_event(const World&, NodeId, const Event&) { return {}; }
  /// As the node hands it to the network, before any fault.
  virtual Violation on_datagram_sent(const World&, NodeId, const Datagram&) { return {}; }
  /// As the node gets it, after all faults, before it is handled.
  virtual Violation on_datagram_received(const World&, NodeId, const Datagram&) { return {}; }
  virtual Violation on_trace(NodeId, const TraceEvent&) { return {}; }
  /// The node has forgotten all; handles may come again.
  virtual void on_crash(NodeId) {}
  /// After a node was given an input and has been drained.
  virtual Violation on_settled(const World&, NodeId) { return {}; }
};

// --------------------------------------------------------------------- world

struct WorldOptions {
  /// The built-in checkers: every message unaltered, at most once and in the order of its kind; of a stream
  /// what was written to it, in order, and its end in its place; no receipt for what the peer has not got; at
  /// most three times what came from an address is sent to it before it is validated; nothing but a probe sent
  /// beyond the congestion window; no packet number sent or accepted twice; no timer that fires for ever
  /// without time passing.
  bool check = true;
  /// How many lines a failure report shows of what happened last.
  std::size_t trace_lines = 60;
  /// The command that repeats this run, for the failure report.
  std::string reproduce_with{};
  /// What was drawn for this run, for the failure report.
  std::string description{};
};

struct NodeOptions {
  /// The node's own clock is ahead of the world's by this; nodes never agree on an origin.
  Duration clock_offset = std::chrono::hours(1);
};

/// What became of the messages sent, over all connections.
struct DeliveryReport {
  std::uint64_t reliable_sent = 0, reliable_delivered = 0;  ///< reliable kinds without a deadline
  std::uint64_t expiring_sent = 0, expiring_delivered = 0;  ///< reliable kinds with one
  std::uint64_t unreliable_sent = 0, unreliable_delivered = 0;
  std::uint64_t latest_sent = 0, latest_delivered = 0;
  std::uint64_t bytes_delivered = 0;
};

/// What became of the streams, over all connections.
struct StreamReport {
  std::uint64_t bytes_written = 0, bytes_read = 0;
  std::uint64_t ends_written = 0, ends_read = 0;
};

struct WorldStatistics {
  std::uint64_t inputs = 0;          ///< datagrams, timeouts and commands given to nodes
  std::uint64_t unroutable = 0;      ///< datagrams to an address that nobody has
  std::uint64_t filtered = 0;        ///< datagrams that the filter dropped
  std::uint64_t datagrams_sent = 0;  ///< by all nodes
  std::uint64_t events = 0;          ///< taken from all endpoints
};

/// Nodes on a network, in virtual time that starts at 0. Not thread-safe; worlds
/// share nothing, so each thread may have its own. Functions may be called from
/// hooks, except run_*, step, and add_node.
class RUDP_API World {
 public:
  explicit World(std::uint64_t seed, WorldOptions options = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Building.

  /// A node that runs an Endpoint. A sink in `config.trace` is called as well.
  /// Errors: as Endpoint::create; invalid_argument where the address is taken.
  Result<NodeId, Failure> add_node(const Address& address, EndpointConfig config,
                                   const NodeOptions& options = {});
  /// Another address of a node, as a machine with two networks has, and its SocketId: 1, 2...
  /// Errors: invalid_argument where the address is taken.
  Result<SocketId, Failure> add_socket(NodeId node, const Address& address);
  /// A node that speaks for itself: an attacker, another protocol beside ours.
  Result<NodeId, Failure> add_host(const Address& address, std::function<void(const Datagram&)> on_datagram);
  /// A link without a use yet; route gives it one. Several routes over one link share its queue.
  LinkId add_link(LinkOptions options);
  /// What `from` sends to `to` goes over `link`. Without a route: 10 ms and no fault.
  void route(NodeId from, NodeId to, LinkId link);
  /// A link each way, both like `options`.
  void connect_nodes(NodeId a, NodeId b, const LinkOptions& options);
  void connect_nodes(NodeId a, NodeId b, const LinkOptions& a_to_b, const LinkOptions& b_to_a);
  /// The link that carries from `from` to `to` (made now where there was none).
  Link& link(NodeId from, NodeId to);
  Link& link(LinkId link);
  void add_checker(std::unique_ptr<Checker> checker);
  /// Called for each event of the node, after the node has been drained; from step and
  /// run_* only, never inside of a command.
  void on_event(NodeId node, std::function<void(const Event&)> hook);
  /// Sees each datagram as it is sent; false drops it.
  void set_filter(std::function<bool(const Datagram&)> filter);

  // Commands: as the functions of Endpoint, at the node's present time, drained after.

  Result<ConnectionHandle> connect(NodeId node, const Address& to, const ConnectOptions& options = {});
  Result<ConnectionHandle> connect(NodeId node, NodeId to, const ConnectOptions& options = {});
  SendResult send(NodeId node, ConnectionHandle connection, ChannelId channel, Bytes message,
                  const SendOptions& options = {});
  Result<StreamId> open_stream(NodeId node, ConnectionHandle connection, const StreamOptions& options = {});
  StreamWriteResult write(NodeId node, ConnectionHandle connection, StreamId stream, Bytes bytes,
                          bool fin = false);
  Result<StreamRead> read(NodeId node, ConnectionHandle connection, StreamId stream, MutableBytes out);
  Result<void> reset_stream(NodeId node, ConnectionHandle connection, StreamId stream, std::uint64_t code);
  Result<void> stop_sending(NodeId node, ConnectionHandle connection, StreamId stream, std::uint64_t code);
  Result<void> set_stream_priority(NodeId node, ConnectionHandle connection, StreamId stream,
                                   std::uint8_t priority);
  void close(NodeId node, ConnectionHandle connection, std::uint64_t code = 0, std::string_view reason = {},
             Duration drain = std::chrono::seconds(5));
  void close_now(NodeId node, ConnectionHandle connection, std::uint64_t code = 0,
                 std::string_view reason = {});

  Result<void> migrate(NodeId node, ConnectionHandle connection, const MigrateOptions& options = {});

  // Interference.

  /// Calls `action` at that time (now, where it has passed).
  void at(Instant time, std::function<void()> action);
  void after(Duration delay, std::function<void()> action);
  /// A datagram with any source appears at its destination now, without a link.
  void inject(const Address& from, const Address& to, Bytes datagram, Ecn ecn = Ecn::not_ect);
  /// A host sends over its links.
  void send_datagram(NodeId host, const Address& to, Bytes datagram, Ecn ecn = Ecn::not_ect);
  /// The node's NAT gives it another outside address; what is sent to the old one is unroutable.
  void rebind(NodeId node, const Address& address);
  /// The node's clock jumps, forwards or backwards.
  void shift_clock(NodeId node, Duration by);
  /// The application of this node stops (or resumes) taking events; the endpoint
  /// keeps running.
  void set_reading(NodeId node, bool reading);
  /// The endpoint vanishes without a word, as at a power cut.
  void crash(NodeId node);
  /// After crash: a new endpoint with the same configuration and new randomness.
  void restart(NodeId node);

  // Running.

  /// Does the next thing that is due, however far away. False: nothing is, or the world failed.
  bool step();
  void run_until(Instant time);
  void run_for(Duration length);
  /// Runs until `done` answers true. False: `limit` came first, nothing was left to do, or the world failed.
  bool run_until(const std::function<bool()>& done, Duration limit);
  /// Runs until nothing is on its way and no timer is set. False: `limit` came first or the world failed.
  bool run_until_idle(Duration limit);

  // Looking.

  Instant now() const;
  /// Nothing is on its way and no timer is set.
  bool is_idle() const;
  /// What the node's own clock shows.
  Instant local_time(NodeId node) const;
  const Address& address(NodeId node) const;
  std::size_t node_count() const;
  /// For getters. After a command given here directly, call drain.
  /// REQUIRES: the node was made by add_node and has not crashed.
  Endpoint& endpoint(NodeId node);
  const Endpoint& endpoint(NodeId node) const;
  bool has_endpoint(NodeId node) const;
  /// See set_reading.
  bool is_reading(NodeId node) const;
  void drain(NodeId node);
  const WorldStatistics& statistics() const;
  /// The sum over all links.
  LinkStatistics link_statistics() const;
  /// Zeros where WorldOptions::check is off.
  DeliveryReport deliveries() const;
  StreamReport stream_deliveries() const;
  /// A generator for the test's own draws, from the world's seed.
  SeededRandom random(std::string_view label) const;
  /// Over every trace event, datagram and event so far; equal runs have equal hashes.
  std::uint64_t trace_hash() const;

  bool failed() const;
  /// Ends the world with a violation of the caller's own.
  void report_violation(std::string what);
  /// The violation in one line; empty where there is none.
  const std::string& violation() const;
  /// For people: the violation, the seed, what was drawn, the last lines, the command
  /// that repeats it. Also without a violation (a run that did not end).
  std::string failure_report() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rudp::sim
