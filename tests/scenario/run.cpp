#include "run.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "side.hpp"

namespace scenario {
namespace {

using namespace std::chrono_literals;
using namespace rudp;
using namespace rudp::sim;

// Virtual time in which every run must come to rest, the idle timeout of a side that never hears of a close
// included.
constexpr Duration kTimeLimit = 20min;
// A hundred times what the longest talks take: more is a storm that feeds itself.
constexpr std::uint64_t kInputsMax = 1'000'000;
// After the faults have stopped, or the last thing was said, whichever is later.
constexpr Duration kFinishLimit = 30s;
constexpr std::uint16_t kServerPort = 9000;
constexpr std::uint16_t kClientPort = 5000;

struct Pair {
  const ClientPlan& plan;
  NodeId node;
  Side client;
  Side server;
};

class Run {
 public:
  Run(const Plan& plan, const Report& report)
      : plan_(plan),
        world_(plan.seed, {.trace_lines = report.trace_lines,
                           .reproduce_with = report.reproduce_with,
                           .description = describe(plan)}) {}

  Outcome carry_out() {
    build();
    world_.run_until([this] { return world_.is_idle() || world_.statistics().inputs > kInputsMax; },
                     kTimeLimit);
    judge();
    if (!world_.is_idle()) world_.report_violation("the run did not come to rest");
    return {.failure = world_.failed() ? world_.failure_report() : std::string(),
            .trace_hash = world_.trace_hash(),
            .faults = world_.link_statistics(),
            .deliveries = world_.deliveries(),
            .streams = world_.stream_deliveries(),
            .world = world_.statistics(),
            .rebinds = rebinds_,
            .jumps = jumps_,
            .finished_after = finished_after_,
            .took = world_.now() - Instant()};
  }

 private:
  void build() {
    SeededRandom random = world_.random("clocks");
    server_ = add(Address::v4(10, 0, 0, 1, kServerPort), plan_.server, random.between(0h, 1000h));
    world_.on_event(server_, [this](const Event& event) { on_server_event(event); });
    for (std::size_t i = 0; i < plan_.clients.size(); ++i)
      add_client(Address::v4(10, 0, 1, static_cast<std::uint8_t>(i + 1), kClientPort), plan_.clients[i],
                 random.between(0h, 1000h));
    plan_jumps(server_, plan_.server_jumps);
    world_.at(Instant() + plan_.faults_stop, [this] { stop_faults(); });
  }

  void plan_jumps(NodeId node, const std::vector<PlannedJump>& jumps) {
    for (const PlannedJump& jump : jumps)
      world_.at(Instant() + jump.at, [this, node, by = jump.by] { this->jump(node, by); });
  }

  // Whoever sleeps for hours in the middle of a handshake finds it timed out: that is put off.
  void jump(NodeId node, Duration by) {
    const auto is_connecting = [node](const std::unique_ptr<Pair>& pair) {
      return pair->node == node && !pair->client.is_open() && !pair->client.ended();
    };
    if (by >= 1h && std::any_of(pairs_.begin(), pairs_.end(), is_connecting))
      return world_.after(1s, [this, node, by] { jump(node, by); });
    ++jumps_;
    world_.shift_clock(node, by);
  }

  // Another port of the same address, or another address; never one that was there before.
  void rebind(Pair& pair, bool same_ip) {
    ++rebinds_;
    Address address = world_.address(pair.node);
    if (!same_ip) ++address.ip[14];
    ++address.port;
    owners_[address] = &pair;
    world_.rebind(pair.node, address);
  }

  void stop_faults() {
    for (const auto& pair : pairs_) {
      heal(world_.link(pair->node, server_));
      heal(world_.link(server_, pair->node));
    }
  }

  static void heal(Link& link) {
    LinkOptions options = link.options();
    options.loss_ppm = options.burst_begin_ppm = options.duplicate_ppm = 0;
    options.reorder_ppm = options.corrupt_ppm = 0;
    options.blackouts.clear();
    link.set_options(options);
  }

  NodeId add(const Address& address, const EndpointConfig& config, Duration clock_offset) {
    auto node = world_.add_node(address, config, {.clock_offset = clock_offset});
    if (node) return node.value();
    world_.report_violation(node.error().sentence());
    return {};
  }

  void add_client(const Address& address, const ClientPlan& plan, Duration clock_offset) {
    const NodeId node = add(address, plan.config, clock_offset);
    if (world_.failed()) return;
    world_.connect_nodes(node, server_, plan.to_server, plan.to_client);
    const bool client_closes = plan.ending == Ending::drained_by_client;
    const bool server_closes = plan.ending == Ending::drained_by_server;
    const Script up{plan.from_client, plan.streams_of_client};
    const Script down{plan.from_server, plan.streams_of_server};
    pairs_.push_back(std::make_unique<Pair>(Pair{plan, node, Side(world_, node, up, down, client_closes),
                                                 Side(world_, server_, down, up, server_closes)}));
    Pair* const pair = pairs_.back().get();
    owners_[address] = pair;
    plan_jumps(node, plan.jumps);
    for (const PlannedRebind& planned : plan.rebinds)
      world_.at(Instant() + planned.at, [this, pair, planned] { rebind(*pair, planned.same_ip); });
    world_.on_event(node, [pair](const Event& event) { on_client_event(*pair, event); });
    world_.after(plan.starts_at, [this, pair] { start(*pair); });
  }

  void start(Pair& pair) {
    ConnectOptions options;
    if (pair.plan.pins_server_key) options.server_key = plan_.server.identity.public_key();
    const auto connection = world_.connect(pair.node, server_, options);
    if (!connection) return world_.report_violation("connect failed");
    pair.client.begin(connection.value());
    if (pair.plan.ending == Ending::abrupt)
      world_.after(pair.plan.abrupt_after, [&pair] { pair.client.close_abruptly(); });
  }

  static void on_client_event(Pair& pair, const Event& event) { pair.client.handle(event); }

  void on_server_event(const Event& event) {
    if (event.type == EventType::connected) accept(event.connection);
    for (const auto& pair : pairs_)
      if (pair->server.is_connection(event.connection)) return pair->server.handle(event);
    if (!is_gone(event.connection)) world_.report_violation("an event for a connection that was not told of");
  }

  void accept(ConnectionHandle connection) {
    const auto info = world_.endpoint(server_).info(connection);
    if (!info) return come_and_gone(connection);
    const auto owner = owners_.find(info.value().remote);
    if (owner != owners_.end() && !owner->second->server.has_handle())
      return owner->second->server.begin(connection);
    world_.report_violation("a connection from nobody, or the second from one client");
  }

  // A client that leaves abruptly may connect and close in one datagram.
  void come_and_gone(ConnectionHandle connection) {
    if (!any_abrupt()) return world_.report_violation("no info for a connection that has just connected");
    gone_.push_back(connection);
  }

  bool is_gone(ConnectionHandle connection) const {
    return std::find(gone_.begin(), gone_.end(), connection) != gone_.end();
  }

  void judge() {
    for (const auto& pair : pairs_) judge(*pair);
    const DeliveryReport report = world_.deliveries();
    const bool promised = !any_abrupt();
    if (promised && report.reliable_delivered != report.reliable_sent)
      world_.report_violation("reliable messages: " + std::to_string(report.reliable_sent) + " sent, " +
                              std::to_string(report.reliable_delivered) + " delivered");
    if (world_.has_endpoint(server_) && world_.endpoint(server_).connection_count() != 0)
      world_.report_violation("the server still holds a connection");
  }

  void judge(const Pair& pair) {
    if (pair.plan.ending != Ending::abrupt && !(pair.client.heard_all() && pair.server.heard_all()))
      world_.report_violation("not heard by the client: " + pair.client.missing() +
                              "; by the server: " + pair.server.missing());
    if (!pair.client.ended()) world_.report_violation("a client was never told that its connection ended");
    if (pair.plan.ending == Ending::abrupt) return;
    judge_time(pair);
    if (!pair.server.ended()) world_.report_violation("the server was never told that a connection ended");
    const bool by_client = pair.plan.ending == Ending::drained_by_client;
    const Side& closer = by_client ? pair.client : pair.server;
    // The other side may have had unreliable messages left, which nobody waits for.
    if (!closer.said_all()) world_.report_violation("not everything could be said");
    judge_end(closer, true);
    judge_end(by_client ? pair.server : pair.client, false);
  }

  // What was promised arrives soon after nothing prevents it any more.
  void judge_time(const Pair& pair) {
    const auto at_client = pair.client.heard_all_at(), at_server = pair.server.heard_all_at();
    if (!at_client || !at_server) return;
    const Instant nothing_prevents_it =
        std::max({Instant() + plan_.faults_stop, pair.client.last_due_at(), pair.server.last_due_at()});
    const Duration after = std::max(*at_client, *at_server) - nothing_prevents_it;
    finished_after_.push_back(std::max(after, Duration(0)));
    if (after > kFinishLimit)
      world_.report_violation("what was promised arrived " + std::to_string(after / 1ms) +
                              " ms after the faults had stopped");
  }

  // A CLOSE may be lost for good; then only silence tells the other side.
  void judge_end(const Side& side, bool closer) {
    const Error error = side.ended_by();
    const bool fine = closer ? error == Error::closed_locally
                             : error == Error::closed_by_peer || error == Error::idle_timeout ||
                                   error == Error::reset_by_peer;
    if (!fine)
      world_.report_violation(std::string(closer ? "the closing" : "the other") + " side ended by " +
                              std::string(to_name(error)));
  }

  bool any_abrupt() const {
    for (const auto& pair : pairs_)
      if (pair->plan.ending == Ending::abrupt) return true;
    return false;
  }

  const Plan& plan_;
  World world_;
  NodeId server_{};
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::vector<ConnectionHandle> gone_;
  std::map<Address, Pair*> owners_;  ///< of every address that a client ever had
  std::uint64_t rebinds_ = 0, jumps_ = 0;
  std::vector<Duration> finished_after_;
};

}  // namespace

Outcome run(const Plan& plan, const Report& report) { return Run(plan, report).carry_out(); }

}  // namespace scenario
