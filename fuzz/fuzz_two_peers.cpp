// A client, a server, and a network between them, all of which the input moves: what the link does wrong,
// what both applications do, how the client's address changes, what an attacker repeats or makes up, and how
// long everything lasts. The simulator's own checkers look after every event (docs/TESTING.md), and when the
// faults stop, what was promised must arrive: a connection that nobody ended delivers everything.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <vector>

#include <rudp/sim.hpp>

#include "fuzz/input.hpp"

namespace {

using namespace rudp;
using namespace rudp::sim;
using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 40;
constexpr std::size_t kSeenMax = 16;
constexpr std::size_t kMessageBytesMax = 12'000;
/// Shorter than any timeout that ends a connection: while no more of faulty time has passed, nothing but an
/// application has a reason to end one.
constexpr Duration kFaultyMax = 12s;
/// In which everything must have arrived once the faults have stopped.
constexpr Duration kHealLimit = 60s;
/// In which a connection that is left alone by one side is over, its drain and its idle timeout included.
constexpr Duration kRestLimit = 15min;

const Address kServer = Address::v4(10, 0, 0, 1, 9000);
const Address kClient = Address::v4(10, 0, 0, 2, 5000);
const Address kStranger = Address::v4(192, 0, 2, 1, 666);

/// Made once: a key pair costs more than most inputs.
const Identity& identity_of(std::uint64_t seed) {
  static const std::array<Identity, 2> identities = [] {
    SeededRandom random(1'000'000);
    return std::array<Identity, 2>{Identity::generate(random), Identity::generate(random)};
  }();
  return identities[seed];
}

const PreSharedKey& secret() {
  static const PreSharedKey key = PreSharedKey::from_bytes(std::array<std::uint8_t, 32>{1, 2, 3}).value();
  return key;
}

struct Side {
  NodeId node{};
  std::optional<ConnectionHandle> connection;
  std::vector<StreamId> streams;
  bool closed = false;
};

class Game {
 public:
  explicit Game(Input& input) : world_(input.u8(), {.trace_lines = 30}) {
    build(input.u8(), input.u8());
    world_.set_filter([this](const Datagram& datagram) { return note(datagram); });
  }

  bool is_going_on() const { return !world_.failed() && faulty_ < kFaultyMax; }

  void play(Input& input) {
    const std::uint8_t choice = input.u8();
    Side& side = choice >= 128 ? server_ : client_;
    switch (choice % 16) {
      case 0:
        return fault(input.u8(), input.u8());
      case 1:
        return command(side, input);
      case 2:
        return attack(input);
      case 3:
      case 4:
      case 5:
        return send(side, input);
      case 6:
      case 7:
        return stream(side, input);
      case 8:
        return move(input.u8());
      default:
        return wait(1us * (1 << (input.u8() % 21)));
    }
  }

  /// The faults stop. A connection that nobody has ended delivers what was promised, and one that is ended
  /// ends at both sides; then nothing is left that would ever happen.
  void end() {
    heal();
    world_.run_until([this] { return has_arrived(); }, kHealLimit);
    if (!world_.failed() && !has_arrived()) world_.report_violation("what was promised has not arrived");
    for (Side* side : {&client_, &server_})
      if (side->connection) world_.close(side->node, *side->connection, 7, "all is said", 1s);
    world_.run_until_idle(kRestLimit);
    if (!world_.failed() && !world_.is_idle()) world_.report_violation("the world does not come to rest");
    judge();
  }

 private:
  void build(std::uint8_t pattern, std::uint8_t how) {
    EndpointConfig config;
    config.transport.controller = static_cast<ControllerKind>(how % 3);
    config.transport.only_cipher = Cipher::chacha20_poly1305;
    config.transport.key_update_packets = how / 3 % 2 == 0 ? 0 : 32;
    if (how >= 128) {  // of small means
      config.transport.initial_message_credit_bytes = 16u << 10;
      config.transport.initial_data_bytes = 16u << 10;
      config.transport.initial_stream_data_bytes = 4u << 10;
      config.transport.send_queue_bytes = 16u << 10;
      config.transport.max_streams = 3;
      config.transport.max_channels = 3;
    }
    EndpointConfig server = config;
    server.identity = identity_of(0);
    server.accept = true;
    if (pattern % 2 == 1) server.pre_shared_key = secret();
    server.cookie_free_handshakes_per_second = how / 8 % 2 == 0 ? 10 : 0;
    server_.node = world_.add_node(kServer, server).value();
    client_.node = world_.add_node(kClient, config).value();
    static_cast<void>(world_.add_socket(client_.node, Address::v4(10, 0, 0, 3, 5001)));
    world_.on_event(client_.node, [this](const Event& event) { handle(client_, event); });
    world_.on_event(server_.node, [this](const Event& event) { handle(server_, event); });
    connect(pattern / 2, pattern % 2 == 1);
  }

  void connect(unsigned pattern, bool has_secret) {
    ConnectOptions options;
    if (has_secret) options.pre_shared_key = secret();
    if (pattern % 4 != 0) options.server_key = identity_of(0).public_key();
    if (pattern % 4 >= 2) options.identity = identity_of(1);
    options.identity_pattern = pattern % 4 == 3 ? IdentityPattern::ik : IdentityPattern::xk;
    client_.connection = world_.connect(client_.node, server_.node, options).value();
  }

  void handle(Side& side, const Event& event) {
    if (event.type == EventType::connected) side.connection = event.connection;
    if (event.type == EventType::closed) side.closed = true;
    if (event.type == EventType::stream_opened) side.streams.push_back(event.stream);
    if (event.type == EventType::stream_readable && is_healed_) read_all(side, event.stream);
  }

  bool note(const Datagram& datagram) {
    seen_.push_back(datagram);
    if (seen_.size() > kSeenMax) seen_.pop_front();
    return true;
  }

  // The network.

  void fault(std::uint8_t which, std::uint8_t how_much) {
    const bool up = which >= 128;
    Link& link = up ? world_.link(client_.node, server_.node) : world_.link(server_.node, client_.node);
    LinkOptions options = link.options();
    const std::uint32_t ppm = how_much * 2'000u;  // to a half
    if (which % 8 == 0) options.loss_ppm = ppm;
    if (which % 8 == 1) options.duplicate_ppm = ppm;
    if (which % 8 == 2) options.reorder_ppm = ppm;
    if (which % 8 == 3) options.corrupt_ppm = ppm;
    if (which % 8 == 4) options.jitter = 1ms * how_much;
    if (which % 8 == 5) options.rate_bits_per_s = how_much == 0 ? 0 : 50'000u * how_much;
    if (which % 8 == 6) options.blackouts = {{world_.now(), world_.now() + 20ms * how_much}};
    if (which % 8 == 7) options.delay = 1ms * how_much;
    link.set_options(options);
  }

  void heal() {
    world_.link(client_.node, server_.node).set_options({});
    world_.link(server_.node, client_.node).set_options({});
    is_healed_ = true;
    for (Side* side : {&client_, &server_}) {
      world_.set_reading(side->node, true);
      for (const StreamId stream : std::vector<StreamId>(side->streams)) read_all(*side, stream);
    }
  }

  void move(std::uint8_t how) {
    if (how % 2 == 0)
      return world_.rebind(client_.node,
                           Address::v4(10, 0, 1, how, static_cast<std::uint16_t>(6000 + moves_++)));
    if (client_.connection)
      static_cast<void>(world_.migrate(client_.node, *client_.connection, {.socket = how / 2 % 2u}));
  }

  /// What was seen is sent again, altered or not, from its own address or a stranger's; or bytes of the
  /// input.
  void attack(Input& input) {
    const std::uint8_t how = input.u8();
    if (how % 8 == 0) return inject_raw(input, how);
    if (seen_.empty()) return;
    Datagram datagram = seen_[input.u8() % seen_.size()];
    if (how % 8 >= 4) datagram.bytes[input.u16() % datagram.bytes.size()] ^= 1 + how / 8;
    world_.inject(how % 4 == 1 ? kStranger : datagram.from, datagram.to, datagram.bytes);
  }

  void inject_raw(Input& input, std::uint8_t how) {
    const Bytes bytes = input.bytes(input.u8());
    if (how >= 128)
      world_.inject(world_.address(client_.node), kServer, bytes);
    else
      world_.inject(kServer, world_.address(client_.node), bytes);
  }

  void wait(Duration length) {
    faulty_ += length;
    world_.run_for(length);
  }

  // The applications.

  void send(Side& side, Input& input) {
    const std::uint8_t how = input.u8();
    const std::uint8_t deadline = input.u8();
    const std::vector<std::uint8_t> message = next_message(input.u16() % kMessageBytesMax);
    if (!side.connection) return;
    SendOptions options{.delivery = static_cast<rudp::Delivery>(how % 4),
                        .priority = static_cast<std::uint8_t>(how / 32),
                        .receipt = how / 4 % 2 == 1};
    if (deadline % 2 == 1) options.deadline = 4ms * deadline;
    static_cast<void>(world_.send(side.node, *side.connection, how / 8 % 4, message, options));
  }

  /// No two are equal, so that the checkers know which one has arrived.
  std::vector<std::uint8_t> next_message(std::size_t bytes) {
    ++messages_;
    std::vector<std::uint8_t> message(2 + bytes, static_cast<std::uint8_t>(messages_ % 251));
    message[0] = static_cast<std::uint8_t>(messages_ >> 8);
    message[1] = static_cast<std::uint8_t>(messages_);
    return message;
  }

  void stream(Side& side, Input& input) {
    const std::uint8_t how = input.u8();
    const std::uint8_t which = input.u8();
    std::vector<std::uint8_t> buffer(input.u16() % kMessageBytesMax);
    if (!side.connection) return;
    const ConnectionHandle connection = *side.connection;
    if (how % 8 == 0) return open(side, connection, which);
    if (side.streams.empty()) return;
    const StreamId id = side.streams[which % side.streams.size()];
    for (std::uint8_t& byte : buffer) byte = ++stream_byte_;
    if (how % 8 < 4) static_cast<void>(world_.write(side.node, connection, id, buffer, how >= 192));
    gave_up_ = gave_up_ || how % 8 == 4 || how % 8 == 5;
    if (how % 8 == 4) static_cast<void>(world_.reset_stream(side.node, connection, id, how));
    if (how % 8 == 5) static_cast<void>(world_.stop_sending(side.node, connection, id, how));
    if (how % 8 == 6) static_cast<void>(world_.read(side.node, connection, id, buffer));
    if (how % 8 == 7) static_cast<void>(world_.set_stream_priority(side.node, connection, id, how / 32));
  }

  void open(Side& side, ConnectionHandle connection, std::uint8_t how) {
    const auto direction = how % 2 == 0 ? StreamDirection::bidirectional : StreamDirection::one_way;
    const auto id = world_.open_stream(side.node, connection, {.direction = direction});
    if (id) side.streams.push_back(*id);
  }

  void read_all(const Side& side, StreamId stream) {
    std::vector<std::uint8_t> buffer(kMessageBytesMax);
    while (side.connection) {
      const auto got = world_.read(side.node, *side.connection, stream, buffer);
      if (!got || got->bytes == 0) return;
    }
  }

  void command(Side& side, Input& input) {
    const std::uint8_t how = input.u8();
    if (how % 8 == 0) return world_.set_reading(side.node, how >= 128);
    if (how % 8 == 1) return shift_clock(side, 20ms * input.u8());
    if (!side.connection) return;
    if (how % 8 == 2) end_connection(side, how);
    if (how % 8 > 2) update_keys(side);
  }

  /// To its node it is as if so much time had passed.
  void shift_clock(const Side& side, Duration by) {
    faulty_ += by;
    world_.shift_clock(side.node, by);
  }

  void end_connection(Side& side, std::uint8_t how) {
    is_ended_ = true;
    if (how >= 128) return world_.close_now(side.node, *side.connection, how, "enough");
    world_.close(side.node, *side.connection, how, "no more", 100ms * how);
  }

  void update_keys(Side& side) {
    static_cast<void>(world_.endpoint(side.node).update_keys(world_.local_time(side.node), *side.connection));
    world_.drain(side.node);
  }

  // The verdict.

  bool has_arrived() const {
    const DeliveryReport messages = world_.deliveries();
    const StreamReport streams = world_.stream_deliveries();
    if (is_ended_) return true;
    return messages.reliable_delivered == messages.reliable_sent &&
           (gave_up_ || streams.bytes_read == streams.bytes_written);
  }

  void judge() {
    if (!world_.failed() && (!client_.closed || (server_.connection && !server_.closed)))
      world_.report_violation("a side was never told that its connection ended");
    if (!world_.failed()) return;
    std::fputs(world_.failure_report().c_str(), stderr);
    std::abort();
  }

  World world_;
  Side client_, server_;
  std::deque<Datagram> seen_;
  bool is_ended_ = false;  ///< by an application
  bool gave_up_ = false;   ///< some stream was, by an application
  bool is_healed_ = false;
  std::uint16_t messages_ = 0;
  std::uint8_t stream_byte_ = 0;
  std::uint16_t moves_ = 0;
  Duration faulty_{0};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game(input);
  for (int i = 0; i < kOperationsMax && !input.empty() && game.is_going_on(); ++i) game.play(input);
  game.end();
  return 0;
}
