// A server and a client between which the input decides: what arrives, what is lost, altered, made up or sent
// back, when, and what both applications do meanwhile. Every state of a handshake gets every kind of packet.
#include <chrono>
#include <deque>
#include <memory>

#include "fuzz/hand_made_client.hpp"

namespace {

using namespace fuzz;
using namespace std::chrono_literals;

constexpr int kOperationsMax = 40;
constexpr int kMinutesToEnd = 20;
constexpr std::size_t kUnderWayMax = 64;
constexpr std::size_t kConnectionsMax = 4;
const Address kStranger = Address::v4(192, 0, 2, 1, 666);

enum class Operation : std::uint8_t {
  connect,
  deliver,
  lose,
  alter,
  repeat,
  raw,
  made_up,
  wait,
  send,
  close
};
constexpr std::uint8_t kOperationCount = 10;

/// Made once.
const Identity& client_identity() {
  static const Identity identity = [] {
    sim::SeededRandom random(2'000'000);
    return Identity::generate(random);
  }();
  return identity;
}

const PreSharedKey& secret() {
  static const PreSharedKey key = PreSharedKey::from_bytes(std::array<std::uint8_t, 32>{1, 2, 3}).value();
  return key;
}

struct Peer {
  Address address;
  std::unique_ptr<sim::SeededRandom> random;
  std::unique_ptr<Endpoint> endpoint;
  Drain drain;
  std::vector<ConnectionHandle> connections;
  std::deque<std::vector<std::uint8_t>> sent;  ///< under way to the other
};

class Game {
 public:
  explicit Game(std::uint64_t seed) {
    make(server_, kServerAddress, seed, true);
    make(client_, kClientAddress, seed + 1, false);
  }

  void play(Input& input) {
    const std::uint8_t choice = input.u8();
    Peer& sender = choice >= 128 ? server_ : client_;
    switch (static_cast<Operation>(choice % kOperationCount)) {
      case Operation::connect:
        return connect(choice);
      case Operation::deliver:
        return deliver(sender, take(sender));
      case Operation::lose:
        return static_cast<void>(take(sender));
      case Operation::alter:
        return alter(sender, input);
      case Operation::repeat:
        return deliver(sender, last_);
      case Operation::raw:
        return raw(sender, input);
      case Operation::made_up:
        return make_up(sender, input);
      case Operation::wait:
        return wait(1ms * (1 << (input.u8() % 17)));
      case Operation::send:
        return send(sender, input);
      case Operation::close:
        return close(sender, input.u8());
    }
  }

  void check() const {
    for (const Peer* peer : {&server_, &client_}) {
      RUDP_ASSERT(peer->endpoint->connection_count() <= kConnectionsMax);
      RUDP_ASSERT(peer->endpoint->statistics().half_open <= kConnectionsMax);
    }
  }

  /// Nobody does anything more, and nothing arrives: every connection must end, and no timer stay.
  void end() {
    for (int minutes = 0; minutes < kMinutesToEnd && !is_over(); ++minutes) wait(1min);
    RUDP_ASSERT(is_over());
    RUDP_ASSERT(server_.endpoint->connection_count() == 0);
    RUDP_ASSERT(client_.endpoint->connection_count() == 0);
  }

 private:
  void make(Peer& peer, const Address& address, std::uint64_t seed, bool accept) {
    peer.address = address;
    peer.random = std::make_unique<sim::SeededRandom>(seed);
    EndpointConfig config;
    config.accept = accept;
    if (accept) config.identity = server_identity();
    if (accept && seed % 8 < 4) config.pre_shared_key = secret();
    config.require_pre_shared_key = seed % 2 == 1;
    config.require_client_key = accept && seed % 16 == 5;
    config.max_connections = kConnectionsMax;
    config.max_half_open = kConnectionsMax / 2;
    config.cookie_free_handshakes_per_second = seed % 4 == 0 ? 1 : 0;
    peer.endpoint = std::move(Endpoint::create(config, *peer.random)).value();
  }

  bool is_over() const { return !server_.endpoint->poll_timeout() && !client_.endpoint->poll_timeout(); }

  Peer& other(const Peer& peer) { return &peer == &server_ ? client_ : server_; }

  void drain(Peer& peer) {
    peer.drain(*peer.endpoint, now_, [&](MutableBytes datagram) {
      if (peer.sent.size() < kUnderWayMax) peer.sent.emplace_back(datagram.begin(), datagram.end());
    });
  }

  void connect(std::uint8_t choice) {
    ConnectOptions options;
    if (choice % 3 != 0) options.server_key = server_identity().public_key();
    if (choice % 3 == 2) options.server_key->bytes[0] ^= 1;  // another server's
    if (choice % 3 == 1 && choice / 64 % 2 == 1) options.identity = client_identity();
    if (choice >= 128) options.identity_pattern = IdentityPattern::ik;
    if (choice / 32 % 2 == 1) options.pre_shared_key = secret();
    const auto connection = client_.endpoint->connect(now_, kServerAddress, options);
    if (connection) client_.connections.push_back(*connection);
    drain(client_);
  }

  std::vector<std::uint8_t> take(Peer& sender) {
    if (sender.sent.empty()) return {};
    last_ = std::move(sender.sent.front());
    sender.sent.pop_front();
    return last_;
  }

  void deliver(Peer& sender, std::vector<std::uint8_t> datagram) {
    deliver_from(sender.address, sender, datagram);
  }

  void deliver_from(const Address& from, Peer& sender, std::vector<std::uint8_t> datagram) {
    Peer& receiver = other(sender);
    receiver.endpoint->handle_datagram(now_, from, datagram);
    drain(receiver);
    if (receiver.drain.connection)
      receiver.connections.push_back(*std::exchange(receiver.drain.connection, {}));
  }

  /// The datagram stays under way: the genuine one may come after it.
  void alter(Peer& sender, Input& input) {
    if (sender.sent.empty()) return;
    std::vector<std::uint8_t> datagram = sender.sent.front();
    const std::size_t at = input.u16() % datagram.size();
    const std::uint8_t how = input.u8();
    datagram[at] = static_cast<std::uint8_t>(datagram[at] ^ (how == 0 ? 0xff : how));
    if (how % 16 == 1) datagram.resize(at);
    if (how % 16 == 2) datagram.resize(datagram.size() + at);
    deliver(sender, std::move(datagram));
  }

  void raw(Peer& sender, Input& input) {
    const Bytes bytes = input.bytes(input.u16() % kDatagramBytesMax);
    const Address from = input.u8() % 2 == 0 ? sender.address : kStranger;
    deliver_from(from, sender, {bytes.begin(), bytes.end()});
  }

  /// Type and body from the input, around the connection id of the last datagram that was seen.
  void make_up(Peer& sender, Input& input) {
    std::vector<std::uint8_t> datagram(last_.begin(),
                                       last_.begin() + std::min<std::ptrdiff_t>(9, std::ssize(last_)));
    datagram.resize(9);
    datagram[0] = static_cast<std::uint8_t>(0x80 + input.u8() % 8);
    const Bytes body = input.bytes(input.u8());
    datagram.insert(datagram.end(), body.begin(), body.end());
    if (datagram[0] == 0x80) datagram.resize(wire::kInitBytesMin);
    deliver(sender, std::move(datagram));
  }

  void wait(Duration length) {
    now_ += length;
    for (Peer* peer : {&client_, &server_}) {
      peer->endpoint->handle_timeout(now_);
      drain(*peer);
    }
  }

  void send(Peer& sender, Input& input) {
    const std::vector<std::uint8_t> message(input.u16() % 4'000);
    const std::uint8_t how = input.u8();
    for (const ConnectionHandle connection : sender.connections)
      static_cast<void>(sender.endpoint->send(now_, connection, how % 8, message,
                                              {.delivery = static_cast<Delivery>(how / 8 % 4)}));
    drain(sender);
  }

  void close(Peer& sender, std::uint8_t how) {
    if (sender.connections.empty()) return;
    const ConnectionHandle connection = sender.connections[how / 2 % sender.connections.size()];
    if (how % 2 == 0)
      sender.endpoint->close(now_, connection, how, "over", 10ms * how);
    else
      sender.endpoint->close_now(now_, connection, how, "now");
    drain(sender);
  }

  Peer server_, client_;
  Instant now_ = Instant() + 1h;
  std::vector<std::uint8_t> last_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Game game(input.u8());
  for (int i = 0; i < kOperationsMax && !input.empty(); ++i) {
    game.play(input);
    game.check();
  }
  game.end();
  return 0;
}
