// The inside of a World: nodes, links, what is on its way, and the one loop over them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <rudp/sim.hpp>

#include "sim/checkers.hpp"
#include "sim/event_queue.hpp"
#include "sim/trace.hpp"

namespace rudp::sim {

struct World::Impl {
  /// An event with what its views show.
  struct OwnedEvent {
    NodeId node{};
    Event event{};
    std::vector<std::uint8_t> bytes{};
    std::string reason{};
  };

  struct Node {
    Address address;            ///< of socket 0
    std::vector<Address> more;  ///< of sockets 1, 2...
    EndpointConfig config;
    std::unique_ptr<SeededRandom> random;  ///< outlives the endpoint
    std::unique_ptr<Endpoint> endpoint;    ///< null: a host, or crashed
    std::function<void(const Datagram&)> on_datagram;
    std::function<void(const Event&)> on_event;
    Duration clock_offset{0};
    std::optional<Instant> timeout;  ///< in world time
    std::uint64_t generation = 0;    ///< counts restarts
    Instant last_timeout_at;
    std::uint64_t timeouts_there = 0;  ///< handled at that instant
    bool reading = true;
  };

  Impl(World& self, std::uint64_t seed, WorldOptions world_options);

  // Building (world.cpp).
  Result<NodeId, Failure> add(const Address& address, Node node);
  Result<void, Failure> start_endpoint(NodeId id);
  EndpointConfig traced_config(NodeId id);
  const Address& address_of(NodeId id, SocketId socket);
  SocketId socket_of(NodeId id, const Address& address);
  Node& node(NodeId id) { return *nodes[static_cast<std::size_t>(id)]; }
  Link& link_between(NodeId from, NodeId to);

  // Time (world_run.cpp).
  std::optional<Instant> next_at() const;
  bool step();
  void advance_to(Instant time);
  void do_next_happening();
  void do_next_timeout();
  void set_timeout(NodeId id, std::optional<Instant> timeout);
  Instant local_time(NodeId id) { return now + node(id).clock_offset; }

  // The drain and the network (world_run.cpp).
  void drain(NodeId id);
  bool drain_transmits(NodeId id);
  bool drain_events(NodeId id);
  void split(NodeId id, const Transmit& transmit);
  void launch(NodeId id, Datagram datagram);
  void land(Datagram datagram);
  void take_event(NodeId id, const Event& event);
  void dispatch();
  void settle_command(NodeId id);
  void note_stream(Note::What what, NodeId id, ConnectionHandle connection, StreamId stream,
                   std::uint64_t value);

  // Watching (world_report.cpp).
  void note(Note note);
  void note_datagram(Note::What what, NodeId id, const Datagram& datagram);
  void fail(std::string what);
  template <class Call>
  void check(Call call) {
    for (const auto& checker : checkers) {
      const Violation found = call(*checker);
      if (found) return fail(std::string(checker->name()) + ": " + *found);
    }
  }
  std::string report() const;

  World& world;
  const std::uint64_t seed;
  const WorldOptions options;
  const SeededRandom random;
  Instant now;
  std::vector<std::unique_ptr<Node>> nodes;
  std::map<Address, NodeId> by_address;
  std::vector<std::unique_ptr<Link>> links;
  std::map<std::pair<NodeId, NodeId>, LinkId> routes;
  std::function<bool(const Datagram&)> filter;
  EventQueue queue;
  std::set<std::pair<Instant, NodeId>> timeouts;
  std::deque<OwnedEvent> events;
  std::uint64_t steps_now = 0;  ///< since time last passed
  std::vector<Arrival> arrivals;
  std::vector<std::uint8_t> buffer;
  std::vector<std::unique_ptr<Checker>> checkers;
  DeliveryChecker* delivery = nullptr;  ///< one of `checkers`
  StreamChecker* streams = nullptr;     ///< another
  WorldStatistics statistics;
  TraceLog trace;
  std::string violation;
};

}  // namespace rudp::sim
