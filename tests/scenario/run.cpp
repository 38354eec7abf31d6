#include "run.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

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
constexpr Duration kDrainLimit = 5min;
constexpr std::uint64_t kCloseCode = 7;
constexpr std::uint16_t kServerPort = 9000;
constexpr std::uint16_t kClientPort = 5000;

bool is_reliable(Delivery delivery) {
  return delivery == Delivery::reliable_ordered || delivery == Delivery::reliable_unordered;
}

using Content = std::tuple<ChannelId, Delivery, std::size_t>;

Content content_key(ChannelId channel, Delivery delivery, Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {channel, delivery, std::hash<std::string_view>()(text)};
}

Content content_key(const PlannedMessage& message) {
  return content_key(message.channel, message.delivery, content_of(message));
}

/// How often each content must arrive: what is reliable and has no deadline, and the last value of each
/// channel of `latest`.
std::map<Content, int> promised(const std::vector<PlannedMessage>& talk) {
  std::map<Content, int> counts;
  std::map<ChannelId, const PlannedMessage*> newest;
  for (const PlannedMessage& message : talk) {
    if (message.delivery == Delivery::latest) newest[message.channel] = &message;
    if (is_reliable(message.delivery) && !message.deadline) ++counts[content_key(message)];
  }
  for (const auto& [channel, message] : newest)
    if (!message->deadline) ++counts[content_key(*message)];
  return counts;
}

/// One end of a connection, as an application sees it.
class Side {
 public:
  Side(World& world, NodeId node, const std::vector<PlannedMessage>& to_say,
       const std::vector<PlannedMessage>& to_hear, bool closes)
      : world_(world), node_(node), to_say_(to_say), to_hear_(promised(to_hear)), closes_(closes) {}

  /// From here on there is a handle; what is said before the handshake has ended must arrive as well.
  void begin(ConnectionHandle connection) {
    connection_ = connection;
    has_handle_ = true;
    for (const PlannedMessage& message : to_say_)
      world_.after(message.after_connected, [this, at = message.after_connected] { reach(at); });
  }

  void handle(const Event& event) {
    if (event.type == EventType::connected) open_ = true;
    if (event.type == EventType::message) hear(event.message);
    if (event.type == EventType::receipt) take_receipt(event);
    if (event.type == EventType::writable) say();
    if (event.type == EventType::closed) end(event);
    close_when_done();
  }

  void close_abruptly() {
    abandoned_ = true;
    if (has_handle_ && !ended_) world_.close_now(node_, connection_, kCloseCode, "enough");
  }

  bool is_connection(ConnectionHandle connection) const { return has_handle_ && connection_ == connection; }
  bool ended() const { return ended_; }
  bool has_handle() const { return has_handle_; }
  Error ended_by() const { return ended_by_; }
  bool said_all() const { return next_ == to_say_.size(); }
  bool heard_all() const { return to_hear_.empty(); }
  /// Of what was not heard, the first.
  std::string missing() const {
    if (to_hear_.empty()) return "nothing";
    const auto& [channel, delivery, hash] = to_hear_.begin()->first;
    return std::to_string(to_hear_.size()) + " contents, the first on channel " + std::to_string(channel) +
           ", delivery " + std::to_string(static_cast<int>(delivery));
  }

 private:
  void reach(Duration time) {
    reached_ = time;
    say();
    close_when_done();
  }

  void say() {
    if (ended_ || abandoned_) return;
    while (next_ < to_say_.size() && to_say_[next_].after_connected <= reached_ && say_one(to_say_[next_]))
      ++next_;
    close_when_done();
  }

  void hear(const Message& message) {
    const auto expected = to_hear_.find(content_key(message.channel, message.delivery, message.bytes));
    if (expected != to_hear_.end() && --expected->second == 0) to_hear_.erase(expected);
  }

  // One for every message that asked; `lost` and `expired` only where they may be.
  void take_receipt(const Event& event) {
    const auto asked = asked_.find(event.message_id);
    if (asked == asked_.end()) return world_.report_violation("a receipt that nobody asked for");
    const PlannedMessage& message = *asked->second;
    asked_.erase(asked);
    const bool may_expire = message.deadline || message.delivery == Delivery::latest;
    if (event.receipt == ReceiptStatus::expired && !may_expire)
      world_.report_violation("a message without a deadline expired");
    const bool may_be_lost = !closes_ || may_expire || message.delivery == Delivery::unreliable;
    if (event.receipt == ReceiptStatus::lost && !may_be_lost)
      world_.report_violation("a reliable message is lost though its connection was drained");
  }

  bool say_one(const PlannedMessage& message) {
    const SendResult result = world_.send(node_, connection_, message.channel, content_of(message),
                                          {.delivery = message.delivery,
                                           .priority = message.priority,
                                           .deadline = message.deadline,
                                           .receipt = message.receipt});
    if (result && message.receipt) asked_.emplace(result.id, &message);
    if (result.status == SendStatus::closed && !closes_) return false;  // the peer left abruptly
    if (!result && result.status != SendStatus::would_block)
      world_.report_violation("send answered " + std::to_string(static_cast<int>(result.status)));
    return result.status == SendStatus::queued;
  }

  void close_when_done() {
    if (!closes_ || closing_ || ended_ || !open_ || !said_all() || !heard_all()) return;
    closing_ = true;
    world_.close(node_, connection_, kCloseCode, "all is said", kDrainLimit);
  }

  void end(const Event& event) {
    if (ended_) world_.report_violation("closed was told twice");
    if (!asked_.empty()) world_.report_violation("a message that asked for a receipt got none");
    ended_ = true;
    ended_by_ = event.error;
  }

  World& world_;
  NodeId node_;
  const std::vector<PlannedMessage>& to_say_;
  std::map<Content, int> to_hear_;
  std::unordered_map<MessageId, const PlannedMessage*> asked_;
  bool closes_;
  ConnectionHandle connection_;
  bool has_handle_ = false, open_ = false, closing_ = false, ended_ = false, abandoned_ = false;
  Error ended_by_ = Error::closed_locally;
  Duration reached_{-1};
  std::size_t next_ = 0;
};

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
            .world = world_.statistics(),
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
    pairs_.push_back(std::make_unique<Pair>(
        Pair{plan, node, Side(world_, node, plan.from_client, plan.from_server, client_closes),
             Side(world_, server_, plan.from_server, plan.from_client, server_closes)}));
    Pair* const pair = pairs_.back().get();
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
    for (const auto& pair : pairs_)
      if (world_.address(pair->node) == info.value().remote && !pair->server.has_handle())
        return pair->server.begin(connection);
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
    if (!pair.server.ended()) world_.report_violation("the server was never told that a connection ended");
    const bool by_client = pair.plan.ending == Ending::drained_by_client;
    const Side& closer = by_client ? pair.client : pair.server;
    // The other side may have had unreliable messages left, which nobody waits for.
    if (!closer.said_all()) world_.report_violation("not everything could be said");
    judge_end(closer, true);
    judge_end(by_client ? pair.server : pair.client, false);
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
};

}  // namespace

Outcome run(const Plan& plan, const Report& report) { return Run(plan, report).carry_out(); }

}  // namespace scenario
